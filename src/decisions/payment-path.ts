import type { PayablePart } from './payable.ts';

/** Parts in their order with running sums by currency, of all of them or of those that count. */
export class PaymentPath {
  readonly parts: readonly PayablePart[];
  readonly currencies: readonly string[];
  readonly #counts: (part: PayablePart) => boolean;
  readonly #running: ReadonlyMap<string, readonly number[]>;

  constructor(parts: readonly PayablePart[], counts: (part: PayablePart) => boolean = () => true) {
    this.parts = parts;
    this.#counts = counts;
    this.currencies = [...new Set(parts.filter(counts).map((part) => part.currency))];
    this.#running = new Map(
      this.currencies.map((currency) => [
        currency,
        runningSums(parts, (part) => part.currency === currency && counts(part)),
      ]),
    );
  }

  /** What the first `count` parts come to in a currency, and `minor` of the part after them. */
  upTo(count: number, minor: number, currency: string): number {
    const sum = this.#running.get(currency)?.[count] ?? 0;
    const next = minor > 0 ? this.parts[count] : undefined;
    return next?.currency === currency && this.#counts(next) ? sum + minor : sum;
  }
}

function runningSums(parts: readonly PayablePart[], counts: (part: PayablePart) => boolean): number[] {
  const sums = [0];
  let sum = 0;
  for (const part of parts) {
    if (counts(part)) sum += part.minor;
    sums.push(sum);
  }
  return sums;
}

/** A point on the path: so many parts whole, and some of the next. */
export interface PathPoint {
  count: number;
  minor: number;
}

/** The first point at which `isMet` holds; null when it does not at the end. It must hold from somewhere on. */
export function firstPoint(
  { parts }: PaymentPath,
  isMet: (count: number, minor: number) => boolean,
): PathPoint | null {
  if (isMet(0, 0)) return { count: 0, minor: 0 };
  if (parts.length === 0 || !isMet(parts.length, 0)) return null;
  const count = firstWhere(1, parts.length, (candidate) => isMet(candidate, 0)) - 1;
  const whole = parts[count]?.minor ?? 0;
  return {
    count,
    minor: firstWhere(1, whole, (candidate) => candidate === whole || isMet(count, candidate)),
  };
}

/** The first number from `low` to `high` (where it must hold) at which a test holds. */
function firstWhere(low: number, high: number, holds: (value: number) => boolean): number {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}
