/**
 * The figures of the trade, as pure arithmetic. Amounts are minor units of one currency, so they cancel out; days and
 * shares are plain numbers that nobody rounds before they are shown. null = not defined (a division by nothing).
 */

/** Days sales outstanding: receivables ÷ credit sales of a period × its days. Source: domain rules, DSO simple. */
export function dsoSimple(receivablesMinor: number, creditSalesMinor: number, days: number): number | null {
  return creditSalesMinor <= 0 ? null : (receivablesMinor / creditSalesMinor) * days;
}

/** One month of credit sales with its number of days. */
export interface MonthOfSales {
  salesMinor: number;
  days: number;
}

/** Days, or (`isMore`) more than so many: the receivables reach further back than is looked. */
export interface CountedDays {
  days: number;
  isMore: boolean;
}

/** Two years of history say enough; whoever has older receivables has another problem. */
export const COUNT_BACK_MONTHS = 24;

/**
 * DSO by count-back: goes back month by month, the newest first, taking each month's sales off the receivables. A
 * month without sales (or with more credited than sold) counts its full days. Source: domain rules, count-back.
 */
export function dsoCountBack(receivablesMinor: number, newestFirst: readonly MonthOfSales[]): CountedDays {
  let rest = receivablesMinor;
  let days = 0;
  if (rest <= 0) return { days, isMore: false };
  for (const month of newestFirst.slice(0, COUNT_BACK_MONTHS)) {
    if (month.salesMinor > 0 && rest <= month.salesMinor)
      return { days: days + (rest / month.salesMinor) * month.days, isMore: false };
    days += month.days;
    rest -= Math.max(0, month.salesMinor);
  }
  return { days, isMore: true };
}

/** '64.3', or '> 731' where the receivables reach further back than was looked. */
export function describeCountedDays({ days, isMore }: CountedDays): string {
  return isMore ? `> ${Math.round(days)}` : days.toFixed(1);
}

/** The DSO that would be if nothing were overdue. Source: domain rules, best possible DSO. */
export function bestPossibleDso(
  currentReceivablesMinor: number,
  creditSalesMinor: number,
  days: number,
): number | null {
  return dsoSimple(currentReceivablesMinor, creditSalesMinor, days);
}

/** Days by which customers pay late on average: DSO − best possible DSO. Source: creditguru.com (45 − 12 = 33). */
export function averageDaysDelinquent(dso: number | null, bestPossible: number | null): number | null {
  return dso === null || bestPossible === null ? null : dso - bestPossible;
}

/** A period as the collection effectiveness index looks at it. Minor units. */
export interface CollectionPeriod {
  beginReceivablesMinor: number;
  /** Of the whole period. */
  creditSalesMinor: number;
  endReceivablesMinor: number;
  /** Of those at the end what is not overdue. */
  endCurrentMinor: number;
  /** Length of the period: the sales of several months count by their average. */
  months?: number;
}

/**
 * Collection effectiveness in percent: what was collected of what could be. 100 = everything that was due.
 * Source: maxyfi.com, semilla-advisors.com (for N months sales ÷ N).
 */
export function collectionEffectivenessIndex(period: CollectionPeriod): number | null {
  const sales = period.creditSalesMinor / (period.months ?? 1);
  const collectable = period.beginReceivablesMinor + sales - period.endCurrentMinor;
  if (collectable === 0) return null;
  return ((period.beginReceivablesMinor + sales - period.endReceivablesMinor) / collectable) * 100;
}

/**
 * What an early-payment discount costs a year, as a share: d ÷ (1 − d) × 365 ÷ (net days − discount days); 2/10 net
 * 30 costs 0.372. null when the discount is everything or the days are not before the net days. Standard arithmetic.
 */
export function earlyDiscountAnnualCost(
  discountPercent: number,
  discountDays: number,
  netDays: number,
): number | null {
  if (discountPercent >= 100 || netDays <= discountDays) return null;
  return (discountPercent / (100 - discountPercent)) * (365 / (netDays - discountDays));
}

/** An amount and by how many days it was, or is, paid late. */
export interface LateAmount {
  amountMinor: number;
  daysLate: number;
}

/** Σ amount × days late ÷ Σ amount: one large late payer weighs more than many small punctual ones. Source: Upflow. */
export function weightedDaysLate(amounts: readonly LateAmount[]): number | null {
  let [weighted, total] = [0, 0];
  for (const { amountMinor, daysLate } of amounts) {
    weighted += amountMinor * daysLate;
    total += amountMinor;
  }
  return total === 0 ? null : weighted / total;
}
