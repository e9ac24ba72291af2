import { convertMinor, formatMoney } from '../domain/index.ts';
import type { CustomerFacts, Position } from '../facts/index.ts';
import { compareStandings, type Standing } from '../policy/index.ts';
import { cannotDecide, policyOf } from '../rules/index.ts';
import { waysBelow, type BarContext, type Hurdle } from './bars.ts';
import { isHeld } from './kept-hold.ts';
import type { Decided } from './overrule.ts';
import type { Payment } from './payable.ts';
import { manualReasons } from './reason.ts';
import { smallestPayment } from './smallest-payment.ts';
import type { Clearing, ClearingPart, Clears } from './standing-record.ts';

export const NOTHING_TO_CLEAR: Clears = { clearing: null, unpayable: null };

/** Finds the smallest payment after which the customer, judged again from its present standing, stands milder. Pure. */
export function findClearing(facts: CustomerFacts, { standing }: Decided, context: BarContext): Clears {
  const below: Standing = isHeld(standing) ? 'hold' : standing;
  const debtor = facts.debtorId === facts.customer.id ? undefined : context.factsOf.get(facts.debtorId);
  const why =
    whyUnpayable(facts, below, context) ??
    (debtor === undefined ? null : whyUnpayable(debtor, below, context));
  if (why !== null) return { clearing: null, unpayable: why };
  const own = waysBelow(facts, below, context);
  const above = debtor === undefined ? [[]] : waysBelow(debtor, below, context);
  // Whoever is deepest in the family first: what it pays counts for those above it as well.
  const bySize = (a: Hurdle, b: Hurdle): number => a.facts.descendants.length - b.facts.descendants.length;
  const ways = own.flatMap((ofOwn) => above.map((ofDebtor) => [...ofOwn, ...ofDebtor].sort(bySize)));
  const [best] = ways
    .map((hurdles) => describe(facts, debtor, smallestPayment(hurdles, context.policy)))
    .sort((a, b) => a.amountMinor - b.amountMinor);
  if (best === undefined || best.parts.length === 0)
    return { clearing: null, unpayable: 'No payment can be named that makes it milder.' };
  return { clearing: { ...best, sentence: sentenceOf(best, facts, standing) }, unpayable: null };
}

/** Why no payment helps: people's words, the policy's override, figures that cannot be trusted. */
function whyUnpayable(facts: CustomerFacts, below: Standing, context: BarContext): string | null {
  const stands = context.first.get(facts.customer.id)?.standing ?? 'clear';
  if (compareStandings(stands, below) < 0) return null;
  const manual = manualReasons(facts)[0];
  if (manual !== undefined && compareStandings(manual.standing, below) >= 0) return manual.explanation;
  const reason = cannotDecide(facts);
  if (reason !== null)
    return `No payment can be named while ${facts.customer.name} cannot be judged: ${reason}.`;
  const { override } = policyOf(facts, context.policy);
  const atLeast = override?.set.atLeast;
  if (override === null || atLeast === undefined || compareStandings(atLeast, below) < 0) return null;
  return `No payment makes it milder: the policy’s override keeps ${facts.customer.name} on ${atLeast} until ${override.until} (${override.reason}).`;
}

type Bare = Omit<Clearing, 'sentence'>;

function describe(facts: CustomerFacts, debtor: CustomerFacts | undefined, payment: Payment): Bare {
  const { baseCurrency } = facts;
  const positions = [facts, debtor].flatMap((one) =>
    one === undefined ? [] : [one.total, ...(one.group === null ? [] : [one.group.position])],
  );
  const parts = [...invoiceParts(positions, payment), ...accountParts(payment, baseCurrency)];
  return {
    amountMinor: sumInBase(parts, positions, baseCurrency),
    currency: baseCurrency,
    invoices: parts.flatMap(({ number }) => (number === null ? [] : [number])),
    parts,
  };
}

/** In the order in which they are to be paid. */
function invoiceParts(positions: Position[], { byInvoice }: Payment): ClearingPart[] {
  const invoices = new Map(
    positions.flatMap((position) => position.invoices).map((invoice) => [invoice.id, invoice]),
  );
  return [...byInvoice].flatMap(([id, amountMinor]) => {
    const invoice = invoices.get(id);
    if (invoice === undefined) return [];
    const { customerId, number, currency } = invoice;
    return [{ customerId, remoteId: id, number, currency, amountMinor }];
  });
}

function accountParts({ onAccount }: Payment, currency: string): ClearingPart[] {
  return [...onAccount].map(([customerId, amountMinor]) => {
    return { customerId, remoteId: null, number: null, currency, amountMinor };
  });
}

function sumInBase(parts: ClearingPart[], positions: Position[], base: string): number {
  let sum = 0;
  for (const [currency, minor] of sumsByCurrency(parts)) {
    const rate = positions
      .flatMap((position) => position.conversions)
      .find((conversion) => conversion.currency === currency);
    sum += currency === base ? minor : convertMinor(minor, currency, base, rate?.rate ?? '0');
  }
  return sum;
}

function sumsByCurrency(parts: ClearingPart[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { currency, amountMinor } of parts) sums.set(currency, (sums.get(currency) ?? 0) + amountMinor);
  return sums;
}

/** So many invoices are named in a sentence; the data name all of them. */
const NAMED_MAX = 5;

const EFFECTS: Readonly<Record<Standing, string>> = {
  clear: '',
  watch: 'ends this watch',
  'approve-first': 'takes it off approve-first',
  prepay: 'takes it off prepay',
  hold: 'lifts this hold',
  stop: 'lifts this stop',
};

function sentenceOf(clearing: Bare, facts: CustomerFacts, standing: Standing): string {
  const { amountMinor, currency, invoices, parts } = clearing;
  const base = formatMoney(amountMinor, currency);
  const sums = [...sumsByCurrency(parts)];
  const foreign = sums.some(([other]) => other !== currency);
  const paid = foreign
    ? `${sums.map(([other, minor]) => formatMoney(minor, other)).join(' and ')} (${base} at the rates of ${facts.asOf})`
    : base;
  const where = [
    ...(invoices.length === 0 ? [] : [`on ${listed(invoices)}`]),
    ...(parts.some(({ number }) => number === null) ? ['on account'] : []),
  ];
  return `${paid} ${where.join(' and ')} ${EFFECTS[standing]}.`;
}

function listed(numbers: string[]): string {
  const named = numbers.slice(0, NAMED_MAX);
  const more = numbers.length - named.length;
  if (more > 0) return `${named.join(', ')} and ${more} more`;
  const last = named.pop() ?? '';
  return named.length === 0 ? last : `${named.join(', ')} and ${last}`;
}
