import type { CustomerId } from '../domain/index.ts';
import type { CustomerFacts } from '../facts/index.ts';
import type { Policy } from '../policy/index.ts';
import { dueAtLatest, netLate, policyOf, reachedThreshold, type OverdueTerms } from '../rules/index.ts';
import type { Bars, Hurdle } from './bars.ts';
import {
  Meter,
  Rates,
  payableParts,
  type PayOrder,
  type Payable,
  type PayablePart,
  type Payment,
} from './payable.ts';
import { PaymentPath, firstPoint, type PathPoint } from './payment-path.ts';

/** Takes the hurdles one after another, each with as little as is left to pay for it. */
export function smallestPayment(hurdles: readonly Hurdle[], policy: Policy): Payment {
  const payment: Payment = { byInvoice: new Map(), onAccount: new Map() };
  for (const hurdle of hurdles) takeHurdle(hurdle, policy, payment);
  return payment;
}

function takeHurdle({ facts, bars }: Hurdle, policy: Policy, payment: Payment): void {
  const { overdue } = policyOf(facts, policy);
  const takesOff = overdue.creditsClearOverdue && bars.late.length > 0;
  const unapplied = takesOff ? unappliedByCurrency(facts, payment) : NOTHING;
  const order: PayOrder = {
    paysWaiting: bars.paysWaiting,
    withGroup: bars.groupAtMost !== null || bars.groupFlagAtMost !== null,
    lateUntil: dueAtLatest(facts.asOf, overdue.graceDays + 1),
    unapplied,
  };
  const payable = payableParts(facts, order, payment);
  const figures = figuresOf(facts, payment);
  const path = pathTo(bars, payable, figures, facts.baseCurrency);
  const own = new PaymentPath(path.parts, (part) => part.isOwn);
  const late = lateBars(facts, bars, { graceDays: overdue.graceDays, path, own, unapplied });
  const point = firstPoint(path, (count, minor) => {
    if (bars.everything && count < payable.own.length) return false;
    const paying = {
      own: (currency: string): number => own.upTo(count, minor, currency),
      all: (currency: string): number => path.upTo(count, minor, currency),
    };
    return exposureFits(bars, figures, paying) && late.every((bar) => bar.isSilent(count, minor, figures));
  });
  if (point !== null) pay(facts.customer.id, path, point, payment);
}

const NOTHING: ReadonlyMap<string, number> = new Map();

/** Adds what lies before a point of the path; what is touched last stands last. */
function pay(customer: CustomerId, path: PaymentPath, point: PathPoint, payment: Payment): void {
  path.parts.slice(0, point.count + 1).forEach(({ id, minor }, index) => {
    const share = index < point.count ? minor : point.minor;
    if (share === 0) return;
    if (id === null) return add(payment.onAccount, customer, share);
    const before = payment.byInvoice.get(id) ?? 0;
    payment.byInvoice.delete(id);
    payment.byInvoice.set(id, before + share);
  });
}

function add<Key>(sums: Map<Key, number>, key: Key, minor: number): void {
  sums.set(key, (sums.get(key) ?? 0) + minor);
}

interface FigureMeters {
  own: Meter;
  group: Meter | null;
}

function figuresOf(
  { customer, descendants, total, group, baseCurrency }: CustomerFacts,
  payment: Payment,
): FigureMeters {
  const family: CustomerId[] = [customer.id, ...descendants];
  return {
    own: new Meter(total, family, baseCurrency, payment),
    group: group === null ? null : new Meter(group.position, group.members, baseCurrency, payment),
  };
}

/** What is paid by currency: of the customer's own, and of everything. */
interface Paying {
  own: (currency: string) => number;
  all: (currency: string) => number;
}

function exposureFits(bars: Bars, { own, group }: FigureMeters, paying: Paying): boolean {
  const { ownAtMost, groupAtMost, groupFlagAtMost } = bars;
  const needsOwn = ownAtMost !== null || groupFlagAtMost !== null;
  const ownMinor = needsOwn ? own.exposureMinor(paying.own) : 0;
  if (ownAtMost !== null && ownMinor > ownAtMost) return false;
  if (group === null || (groupAtMost === null && groupFlagAtMost === null)) return true;
  const groupMinor = group.exposureMinor(paying.all);
  if (groupAtMost !== null && groupMinor > groupAtMost) return false;
  return groupFlagAtMost === null || groupMinor <= groupFlagAtMost || ownMinor <= 0;
}

/**
 * The payable parts in their order, with money on account where they are not enough (drafts and orders are in the
 * exposure, and are not payable).
 */
function pathTo(bars: Bars, payable: Payable, figures: FigureMeters, baseCurrency: string): PaymentPath {
  const onAccount = (minor: number): PayablePart[] =>
    minor <= 0
      ? []
      : [{ id: null, dueDate: null, currency: baseCurrency, minor, dispute: 'none', isOwn: true }];
  const own = [...payable.own, ...onAccount(ownShort(bars, payable.own, figures))];
  const all = [...own, ...payable.others];
  const groupMinor = figures.group?.exposureMinor(sumOf(all)) ?? 0;
  const short = Math.max(
    bars.groupAtMost === null ? 0 : groupMinor - bars.groupAtMost,
    bars.groupFlagAtMost === null || figures.own.exposureMinor(sumOf(own)) <= 0
      ? 0
      : groupMinor - bars.groupFlagAtMost,
  );
  return new PaymentPath([...all, ...onAccount(short)]);
}

/** What is still missing when all of its own is paid: to its own limit, or to owing nothing if that is less than its group's. */
function ownShort(bars: Bars, own: PayablePart[], figures: FigureMeters): number {
  const ownMinor = figures.own.exposureMinor(sumOf(own));
  const toLimit = bars.ownAtMost === null ? 0 : ownMinor - bars.ownAtMost;
  if (bars.groupFlagAtMost === null || figures.group === null) return toLimit;
  const groupMinor = figures.group.exposureMinor(sumOf(own)) - Math.max(0, toLimit);
  const isLess = ownMinor <= groupMinor - bars.groupFlagAtMost && bars.groupAtMost === null;
  return isLess ? Math.max(toLimit, ownMinor) : toLimit;
}

function sumOf(parts: readonly PayablePart[]): (currency: string) => number {
  const path = new PaymentPath(parts);
  return (currency) => path.upTo(parts.length, 0, currency);
}

/** An overdue rule that must not speak any more, at any point of a path. */
interface LateBar {
  isSilent(count: number, minor: number, figures: FigureMeters): boolean;
}

function lateBars(
  facts: CustomerFacts,
  bars: Bars,
  search: {
    graceDays: number;
    path: PaymentPath;
    own: PaymentPath;
    unapplied: ReadonlyMap<string, number>;
  },
): LateBar[] {
  if (bars.late.length === 0) return [];
  const rates = new Rates(facts.total, facts.baseCurrency);
  return bars.late.map(({ terms, mode }) => {
    const lastDue = dueAtLatest(facts.asOf, search.graceDays + terms.daysAtLeast);
    const late = new PaymentPath(search.path.parts, ({ dueDate, dispute, isOwn }) => {
      if (dueDate === null || dueDate > lastDue || !isOwn) return false;
      return dispute === 'none' || (mode === 'approved' && dispute === 'waiting');
    });
    return lateBar(terms, { ...search, late, rates });
  });
}

interface LateSearch {
  late: PaymentPath;
  own: PaymentPath;
  rates: Rates;
  unapplied: ReadonlyMap<string, number>;
}

function lateBar(terms: OverdueTerms, { late, own: ownPath, rates, unapplied }: LateSearch): LateBar {
  const end = late.parts.length;
  return {
    isSilent: (count, minor, { own }) => {
      let sum = 0;
      for (const currency of late.currencies) {
        const left = late.upTo(end, 0, currency) - late.upTo(count, minor, currency);
        if (left > 0) sum += rates.inBase(netLate(left, unapplied.get(currency) ?? 0), currency);
      }
      if (sum <= 0) return true;
      const paying = (currency: string): number => ownPath.upTo(count, minor, currency);
      return (
        reachedThreshold(terms, sum, terms.sharePercent === null ? 0 : own.balanceMinor(paying)) === null
      );
    },
  };
}

/** What was paid on account is unapplied as well. */
function unappliedByCurrency(
  { customer, descendants, total, baseCurrency }: CustomerFacts,
  { onAccount }: Payment,
): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { currency, openMinor } of total.credits) add(sums, currency, openMinor);
  for (const [id, minor] of onAccount)
    if (id === customer.id || descendants.includes(id)) add(sums, baseCurrency, minor);
  return sums;
}
