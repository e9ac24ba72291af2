import { daysBetween, formatMoney } from '../domain/index.ts';
import type { Conversion, CustomerFacts } from '../facts/index.ts';
import { compareStandings, type PolicyForCustomer } from '../policy/index.ts';
import { describeConversions, describeLate, type Flag } from './flag.ts';
import { countOlder, lateBook, lateConversions, lateSumMinor, type DisputeMode } from './late-items.ts';
import type { LateBook } from './late-items.ts';
import { severityOf } from './measure.ts';
import { overdueTerms, reachedThreshold, type OverdueTerms } from './overdue-terms.ts';

/**
 * Age AND (amount OR share of the balance). The age is that of the oldest item beyond the grace; amount and share
 * look only at items of at least the rule's age, and so does the tolerance, so that one old trifle beside fresh
 * invoices stops nobody. What is disputed counts neither by its age nor by its amount.
 * At most one flag: that of the most severe rule which speaks.
 */
export function overdue(facts: CustomerFacts, policy: PolicyForCustomer, mode: DisputeMode = 'all'): Flag[] {
  const book = lateBook(facts, policy, mode);
  if (book === null) return [];
  const match = worstMatch(facts, policy, book);
  if (match === null) return [];
  const conversions = lateConversions(book, book.items.length, facts);
  const figureMinor = conversions.reduce((sum, { baseMinor }) => sum + baseMinor, 0);
  const inputs = describeLate(facts, book, conversions);
  return [
    {
      customerId: facts.customer.id,
      rule: 'overdue',
      severity: severityOf(match.terms.standing),
      asOf: facts.asOf,
      currency: facts.baseCurrency,
      figureMinor,
      thresholdMinor: match.thresholdMinor,
      inputs,
      explanation: explain(facts, book, { ...match, figureMinor, conversions }),
      clearsWith: { amountMinor: figureMinor, invoices: inputs.invoices.map((invoice) => invoice.number) },
    },
  ];
}

interface Match {
  terms: OverdueTerms;
  thresholdMinor: number;
  /** What is at least the rule's days old. */
  sumMinor: number;
}

/** Of the rules that speak the most severe; of equals the one that asks for more days. */
function worstMatch(facts: CustomerFacts, policy: PolicyForCustomer, book: LateBook): Match | null {
  const balanceMinor = facts.total.base?.balanceMinor ?? 0;
  let worst: Match | null = null;
  for (const terms of overdueTerms(policy, facts.baseCurrency)) {
    if (worst !== null && compareTerms(terms, worst.terms) <= 0) continue;
    const count = countOlder(book.items, facts, policy, terms.daysAtLeast);
    if (count === 0) continue;
    const sumMinor = lateSumMinor(book, count, facts);
    const thresholdMinor = reachedThreshold(terms, sumMinor, balanceMinor);
    if (thresholdMinor !== null) worst = { terms, thresholdMinor, sumMinor };
  }
  return worst;
}

const compareTerms = (a: OverdueTerms, b: OverdueTerms): number =>
  compareStandings(a.standing, b.standing) || a.daysAtLeast - b.daysAtLeast;

function explain(
  facts: CustomerFacts,
  book: LateBook,
  found: Match & { figureMinor: number; conversions: Conversion[] },
): string {
  const { terms, sumMinor, thresholdMinor, figureMinor, conversions } = found;
  const money = (minor: number): string => formatMoney(minor, facts.baseCurrency);
  const oldest = book.items[0]?.invoice;
  const days = oldest === undefined ? 0 : daysBetween(oldest.dueDate, facts.asOf);
  const count = book.items.length;
  const rates = describeConversions(conversions);
  const older =
    terms.amountMinor === null && terms.sharePercent === null
      ? ''
      : `; ${money(sumMinor)} of it is ${inDays(terms.daysAtLeast)} or more overdue, at least ${money(thresholdMinor)}`;
  return (
    `${facts.customer.name} is overdue with ${money(figureMinor)} on ${count} ` +
    `${count === 1 ? 'invoice' : 'invoices'}${rates === '' ? '' : ` (${rates})`}, the oldest, ${oldest?.number ?? ''}, ` +
    `due ${oldest?.dueDate ?? ''}, ${inDays(days)} ago${older}${leftOut(facts, book)}. ` +
    `The policy says ${terms.standing} from ${inDays(terms.daysAtLeast)}.`
  );
}

/** What does not count although it is late: credits where the policy takes them off, and disputed amounts. */
function leftOut({ total }: CustomerFacts, book: LateBook): string {
  const credits = book.credits.map(({ number, currency, openMinor }) => {
    return `${formatMoney(openMinor, currency)} of ${number}`;
  });
  const disputed = total.invoices.flatMap(({ id, number, currency }) => {
    const minor = book.disputed.get(id);
    return minor === undefined ? [] : [`${formatMoney(minor, currency)} of ${number}`];
  });
  const off = credits.length === 0 ? '' : `; ${credits.join(', ')} is unapplied and taken off`;
  return disputed.length === 0 ? off : `${off}; ${disputed.join(', ')} is disputed and left out`;
}

const inDays = (count: number): string => `${count} ${count === 1 ? 'day' : 'days'}`;
