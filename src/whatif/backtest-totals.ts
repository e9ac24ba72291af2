import type { HeldSeries } from './backtest-cluster.ts';
import { FATES, noFates, type Fates, type PlayedHold, type Verdict } from './backtest-outcome.ts';
import type { PlayedReminder } from './backtest-reminders.ts';

/** A policy's period in numbers. Base currency, minor units. */
export interface PolicyTotals {
  holds: number;
  /** How many different customers were ever held. */
  customers: number;
  /** Days on hold, over all customers. */
  heldDays: number;
  /** Of all days of the period, the middle one. */
  heldCustomersMedian: number;
  heldCustomersMax: number;
  /** Exposure on the first day of each hold, summed: a customer held twice counts twice. */
  exposureAtHoldMinor: number;
  verdicts: Record<Verdict, number>;
  /** Exposure on the first day of the needless holds. */
  needlessExposureMinor: number;
  /** What became of what was open when the holds began. */
  open: Fates;
  /** What became of what was invoiced while customers were held. */
  sold: Fates & { invoices: number };
  /** Invoiced while held, past due and unpaid today: what the holds would have kept back. = sold.unpaidMinor */
  avoidedMinor: number;
  /** Holds that would have kept back something. */
  catches: number;
  reminders: { total: number; customers: number; bySteps: { step: number; sent: number }[] };
}

/** Adds up a replay. Pure. */
export function totalsOf(holds: PlayedHold[], reminders: PlayedReminder[], held: HeldSeries): PolicyTotals {
  const verdicts: Record<Verdict, number> = { needless: 0, justified: 0, 'too-early': 0 };
  for (const { outcome } of holds) verdicts[outcome.verdict] += 1;
  const sold = sumFates(holds.map(({ outcome }) => outcome.sold));
  const needless = holds.filter(({ outcome }) => outcome.verdict === 'needless');
  return {
    holds: holds.length,
    customers: new Set(holds.map((hold) => hold.customerId)).size,
    heldDays: holds.reduce((sum, hold) => sum + hold.days, 0),
    heldCustomersMedian: medianOf(held.customers),
    heldCustomersMax: held.customers.reduce((most, count) => Math.max(most, count), 0),
    exposureAtHoldMinor: exposureOf(holds),
    verdicts,
    needlessExposureMinor: exposureOf(needless),
    open: sumFates(holds.map(({ outcome }) => outcome.open)),
    sold: { ...sold, invoices: holds.reduce((sum, { outcome }) => sum + outcome.sold.invoices, 0) },
    avoidedMinor: sold.unpaidMinor,
    catches: holds.filter(({ outcome }) => outcome.sold.unpaidMinor > 0).length,
    reminders: {
      total: reminders.length,
      customers: new Set(reminders.map((reminder) => reminder.billTo)).size,
      bySteps: countSteps(reminders),
    },
  };
}

const exposureOf = (holds: PlayedHold[]): number =>
  holds.reduce((sum, hold) => sum + (hold.exposureMinor ?? 0), 0);

function sumFates(all: Fates[]): Fates {
  const sum = noFates();
  for (const one of all) for (const fate of FATES) sum[fate] += one[fate];
  return sum;
}

function countSteps(reminders: PlayedReminder[]): { step: number; sent: number }[] {
  const steps = new Map<number, number>();
  for (const { step } of reminders) steps.set(step, (steps.get(step) ?? 0) + 1);
  return [...steps].sort(([a], [b]) => a - b).map(([step, sent]) => ({ step, sent }));
}

/** The lower of the two middle ones where there are two. */
function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length / 2) - 1] ?? 0;
}
