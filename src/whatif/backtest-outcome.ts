import { addDays, convertMinor, daysBetween, type CustomerId, type Day } from '../domain/index.ts';
import type { InvoiceHistory, KnownRate } from '../mirror/index.ts';
import type { HeldSpell } from './backtest-holds.ts';

/**
 * What a hold turned out to be, by what is known today.
 * 'needless': a good customer. Everything open on the first day was settled in full, no later than `withinDays` after
 * that day or after its own due day, whichever is later, and none of it more than `lateDays` late; and nothing invoiced
 * while it was held stayed unpaid for longer than `withinDays` beyond its due day.
 * 'justified': anything else. 'too-early': it may still become either.
 */
export type Verdict = 'needless' | 'justified' | 'too-early';

/** What passes as a good customer; see Verdict. */
export interface Goodness {
  withinDays: number;
  lateDays: number;
}

/** What became of a sum after the hold began. Base currency at the rates of that day, minor units. */
export interface Fates {
  paidOnTimeMinor: number;
  paidLateMinor: number;
  /** Taken off by credit notes, or voided: never paid, and not owed either. */
  creditedMinor: number;
  /** Past due and unpaid on the last day that is known. */
  unpaidMinor: number;
  /** Unpaid and not due yet on that day. */
  notDueMinor: number;
}

/** How it ended, looking back from today: the judgement of the day never sees any of this. */
export interface HoldOutcome {
  verdict: Verdict;
  /** What was open on the first day. */
  open: Fates;
  /** Amount-weighted days between due and paid, of what was paid late; null = nothing was. */
  daysLate: number | null;
  /** What was invoiced on the later days of the hold: business that it would have stopped. */
  sold: Fates & { invoices: number };
}

/** A hold with what came of it. */
export interface PlayedHold extends HeldSpell {
  outcome: HoldOutcome;
}

/** What an outcome is told from. */
export interface Hindsight {
  baseCurrency: string;
  /** The last day of which anything is known. */
  knownUntil: Day;
  good: Goodness;
  invoices: readonly InvoiceHistory[];
  /** Rates of the hold's first day, for currencies in which nothing was open then. */
  rates: ReadonlyMap<string, KnownRate>;
}

/** Says what came of a hold. Pure. */
export function outcomeOf(spell: HeldSpell, lastDay: Day, hindsight: Hindsight): HoldOutcome {
  const byId = new Map(hindsight.invoices.map((invoice) => [invoice.id, invoice]));
  const openThen = spell.open.flatMap((item): Claim[] => {
    const invoice = byId.get(item.id);
    return invoice === undefined ? [] : [{ invoice, openMinor: item.openMinor, dueDate: item.dueDate }];
  });
  const sold = soldDuring(spell, lastDay, hindsight.invoices);
  const open = follow(openThen, spell, hindsight);
  const later = follow(sold, spell, hindsight);
  return {
    verdict: verdictOf(openThen, sold, spell.from, hindsight),
    open: open.fates,
    daysLate: open.daysLate,
    sold: { ...later.fates, invoices: sold.length },
  };
}

/** An amount of an invoice that was open from some day on. */
interface Claim {
  invoice: InvoiceHistory;
  openMinor: number;
  dueDate: Day;
}

function soldDuring(spell: HeldSpell, lastDay: Day, invoices: readonly InvoiceHistory[]): Claim[] {
  const members: ReadonlySet<CustomerId> = new Set(spell.members);
  const isDuring = ({ issueDate }: InvoiceHistory): boolean =>
    issueDate > spell.from && (spell.until === null ? issueDate <= lastDay : issueDate < spell.until);
  return invoices
    .filter((one) => isDuring(one) && members.has(one.customerId) && isReal(one))
    .map((invoice) => ({ invoice, openMinor: invoice.totalMinor, dueDate: invoice.dueDate }));
}

const isReal = ({ status }: InvoiceHistory): boolean => status === 'open' || status === 'paid';

/** Sums per currency and fate, converted and rounded once each. */
function follow(
  claims: Claim[],
  spell: HeldSpell,
  hindsight: Hindsight,
): { fates: Fates; daysLate: number | null } {
  const sums = new Map<string, Fates>();
  let lateMinor = 0;
  let lateDays = 0;
  for (const claim of claims) {
    const { currency } = claim.invoice;
    const fates = sums.get(currency) ?? noFates();
    sums.set(currency, fates);
    for (const part of partsOf(claim, spell.from, hindsight.knownUntil)) {
      fates[part.fate] += part.amountMinor;
      if (part.fate !== 'paidLateMinor') continue;
      const weight = inBase(part.amountMinor, currency, spell, hindsight);
      lateMinor += weight;
      lateDays += weight * part.daysLate;
    }
  }
  const fates = noFates();
  for (const [currency, sum] of sums)
    for (const fate of FATES) fates[fate] += inBase(sum[fate], currency, spell, hindsight);
  return { fates, daysLate: lateMinor === 0 ? null : lateDays / lateMinor };
}

interface Part {
  fate: keyof Fates;
  amountMinor: number;
  daysLate: number;
}

/** What became of a claim after a day, part by part. */
function partsOf({ invoice, openMinor, dueDate }: Claim, after: Day, knownUntil: Day): Part[] {
  const parts: Part[] = [];
  let left = openMinor;
  for (const { on, amountMinor, by } of laterSettlements(invoice, after)) {
    const taken = Math.min(left, amountMinor);
    if (taken <= 0) break;
    left -= taken;
    const daysLate = daysBetween(dueDate, on);
    const paid = daysLate > 0 ? 'paidLateMinor' : 'paidOnTimeMinor';
    parts.push({ fate: by === 'credit-note' ? 'creditedMinor' : paid, amountMinor: taken, daysLate });
  }
  if (left > 0) {
    const open = dueDate < knownUntil ? 'unpaidMinor' : 'notDueMinor';
    parts.push({ fate: isReal(invoice) ? open : 'creditedMinor', amountMinor: left, daysLate: 0 });
  }
  return parts;
}

/** Settlements of what was open at the end of a day; of an invoice of a later day, all of them. */
const laterSettlements = ({ issueDate, settled }: InvoiceHistory, after: Day) =>
  issueDate > after ? settled : settled.filter(({ on }) => on > after);

function verdictOf(open: Claim[], sold: Claim[], from: Day, hindsight: Hindsight): Verdict {
  const { knownUntil, good } = hindsight;
  const states = [...open, ...sold].map((claim) => {
    const isSold = claim.invoice.issueDate > from;
    const dueBy = isSold ? addDays(claim.dueDate, good.withinDays) : lastGoodDay(claim, from, good);
    return stateOf(claim, from, dueBy, knownUntil);
  });
  if (states.includes('bad')) return 'justified';
  return states.includes('open') ? 'too-early' : 'needless';
}

function lastGoodDay({ dueDate }: Claim, from: Day, { withinDays, lateDays }: Goodness): Day {
  const asked = addDays(dueDate > from ? dueDate : from, withinDays);
  const latest = addDays(dueDate, lateDays);
  return asked < latest ? asked : latest;
}

/** Whether a claim was settled in full by a day; 'open' while that day is not over. */
function stateOf(claim: Claim, from: Day, dueBy: Day, knownUntil: Day): 'good' | 'bad' | 'open' {
  if (!isReal(claim.invoice)) return 'good';
  let left = claim.openMinor;
  for (const { on, amountMinor } of laterSettlements(claim.invoice, from))
    if (on <= dueBy) left -= amountMinor;
  if (left <= 0) return 'good';
  return dueBy < knownUntil ? 'bad' : 'open';
}

function inBase(
  minor: number,
  currency: string,
  spell: HeldSpell,
  { baseCurrency, rates }: Hindsight,
): number {
  if (currency === baseCurrency || minor === 0) return minor;
  const known = spell.conversions.find((one) => one.currency === currency) ?? rates.get(currency);
  return known === undefined ? 0 : convertMinor(minor, currency, baseCurrency, known.rate);
}

export const FATES: readonly (keyof Fates)[] = [
  'paidOnTimeMinor',
  'paidLateMinor',
  'creditedMinor',
  'unpaidMinor',
  'notDueMinor',
];

export const noFates = (): Fates => ({
  paidOnTimeMinor: 0,
  paidLateMinor: 0,
  creditedMinor: 0,
  unpaidMinor: 0,
  notDueMinor: 0,
});
