interface Amount {
  currency: string;
  openMinor: number;
}

/**
 * Whether in some currency what is unapplied comes to at least `percent` of the items: they are probably paid already.
 * 0 = never.
 */
export function isProbablyPaid(
  credits: readonly Amount[],
  items: readonly Amount[],
  percent: number,
): boolean {
  if (percent === 0 || credits.length === 0) return false;
  const currencies = new Set(items.map((item) => item.currency));
  return [...currencies].some((currency) => {
    const unapplied = sumIn(credits, currency);
    return unapplied > 0 && unapplied * 100 >= sumIn(items, currency) * percent;
  });
}

function sumIn(amounts: readonly Amount[], currency: string): number {
  let sum = 0;
  for (const amount of amounts) if (amount.currency === currency) sum += amount.openMinor;
  return sum;
}
