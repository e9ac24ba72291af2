/** The middle value; of an even number, the mean of the two in the middle. Throws for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new Error('There is no median of no values.');
  return (upper + lower) / 2;
}

/** Median of one ÷ median of the other, and how far the ratios of single rounds lie apart. */
export interface Ratio {
  figure: number;
  lowest: number;
  highest: number;
}

/** Both series were measured by turns, so that a busy neighbour hit both. Throws unless they are equally long. */
export function ratioOf(over: readonly number[], under: readonly number[]): Ratio {
  if (over.length !== under.length) throw new Error('Ratios need as many values on each side.');
  const single = over.map((value, round) => value / (under[round] ?? NaN));
  return {
    figure: median(over) / median(under),
    lowest: Math.min(...single),
    highest: Math.max(...single),
  };
}
