import type { Policy } from '../policy/index.ts';

/** With fewer nights than this the median says nothing yet. */
const NIGHTS_MIN = 7;
/** Three times a quiet median would stop the first ordinary Monday. */
const FLOOR = 5;

/**
 * Why this many effects of one kind in one night must wait for a person, or null. A bad sync or a changed rule
 * shows as a crowd: more than max(customers, percent of all), or three times the median of the last 28 nights.
 */
export function blastRadius(
  count: number,
  customers: number,
  lastNights: number[],
  limits: Policy['gates']['blastRadius'],
): string | null {
  const cap = Math.max(limits.customers, Math.floor((customers * limits.percent) / 100));
  if (count > cap) return `${count} in one night, more than the policy's ${cap}`;
  if (lastNights.length < NIGHTS_MIN) return null;
  const usual = Math.max(FLOOR, 3 * median(lastNights));
  return count > usual ? `${count} in one night, more than three times the usual number` : null;
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
