import { addDays, daysBetween, type CustomerId, type Day } from '../domain/index.ts';
import type { CaseNotes, Dispute, LimitTable } from '../cases/index.ts';
import type { Policy } from '../policy/index.ts';
import type { KnownRate, LedgerCustomer, OpenCredit, OpenInvoice } from '../mirror/index.ts';
import { buildFamilies, type Families } from './families.ts';
import type { Items } from './figures.ts';
import { ItemsByCustomer, NO_ITEMS } from './items.ts';
import { indexNotes, type CustomerNotes } from './notes.ts';
import { computePosition, type Basis, type Position } from './position.ts';

/** A limit shared by several customers, with what they use of it together. */
export interface GroupFacts {
  name: string;
  limitMinor: number;
  members: CustomerId[];
  position: Position;
  /** A row of a member lies in quarantine: what the group uses cannot be trusted. */
  incomplete: boolean;
}

/** What is true of one customer on one day. */
export interface CustomerFacts {
  customer: LedgerCustomer;
  asOf: Day;
  baseCurrency: string;
  /** The customer's own items. */
  own: Position;
  /** Own items and those of every sub-customer below it: what limits and overdue rules are about. */
  total: Position;
  /** Sub-customers below this one, at any depth. */
  descendants: CustomerId[];
  /** The legal debtor: the topmost parent, or the customer itself. */
  debtorId: CustomerId;
  /** In force on the day: permanent and temporary together. null = never assessed. */
  limit: CustomerNotes['limit'];
  /** What the limit is made of and when it is due for review; null = nothing beside its amount. */
  limitTerms: CustomerNotes['limitTerms'];
  tags: readonly string[];
  /** Days that most of its own open invoices were granted: their median, of two the smaller; null without any. */
  termsDays: number | null;
  /** Open disputes of invoices in `total`. */
  disputes: readonly Dispute[];
  /** Its own, newest first. */
  promises: CustomerNotes['promises'];
  /** In force on the day, the most severe first. */
  manualStandings: CustomerNotes['manualStandings'];
  /** In force on the day. */
  releases: CustomerNotes['releases'];
  group: GroupFacts | null;
  /** A row of this customer lies in quarantine: its figures cannot be trusted. */
  incomplete: boolean;
}

export interface FactsInput {
  asOf: Day;
  baseCurrency: string;
  customers: LedgerCustomer[];
  invoices: OpenInvoice[];
  credits: OpenCredit[];
  /** Invoices not approved yet, with their whole amount as open. */
  drafts: OpenInvoice[];
  /** Accepted quotes and orders, with what is not invoiced yet as open and the day of delivery as due. */
  orders: OpenInvoice[];
  /** How drafts and orders count. */
  exposure: Policy['exposure'];
  limits: LimitTable;
  notes: CaseNotes;
  /** One usable rate per foreign currency; what is missing here cannot be decided. */
  rates: ReadonlyMap<string, KnownRate>;
  /** Whose documents could not all be read; what a merged customer lacks, its survivor lacks. */
  incomplete: ReadonlySet<CustomerId> | 'everybody';
}

/** Facts of every customer that is not merged away or deleted (unless it still has open items). Pure. */
export function computeFacts(input: FactsInput): CustomerFacts[] {
  const items = new ItemsByCustomer(countedOf(input));
  const families = buildFamilies(input.customers, items.owners());
  items.follow(families.survivor);
  const basis = basisOf(input);
  const positions = new Positions(items, basis);
  const notes = indexNotes(input, families.survivor, input.asOf);
  const isIncomplete = incompleteFinder(input.incomplete, families);
  const groups = computeGroups(input, families, positions, isIncomplete);
  return families.customers.map((customer) => {
    const noted = notes.of(customer.id);
    const descendants = families.descendants(customer.id);
    const own = positions.of(customer.id);
    const total = descendants.length === 0 ? own : positions.ofAll([customer.id, ...descendants]);
    return {
      customer,
      asOf: input.asOf,
      baseCurrency: input.baseCurrency,
      own,
      total,
      descendants,
      debtorId: families.root(customer.id),
      limit: noted.limit,
      limitTerms: noted.limitTerms,
      tags: noted.tags,
      termsDays: basis.termsDays(own.invoices),
      disputes: notes.disputesOf([customer.id, ...descendants], total.invoices),
      promises: noted.promises,
      manualStandings: noted.manualStandings,
      releases: noted.releases,
      group: noted.groupName === null ? null : (groups.get(noted.groupName) ?? null),
      incomplete: isIncomplete([customer.id, ...descendants]),
    };
  });
}

function incompleteFinder(
  incomplete: FactsInput['incomplete'],
  { survivor }: Families,
): (ids: CustomerId[]) => boolean {
  if (incomplete === 'everybody') return () => true;
  const doubtful = new Set(Array.from(incomplete, survivor));
  return (ids) => doubtful.size > 0 && ids.some((id) => doubtful.has(id));
}

/** What counts: drafts and orders only where the policy gives them a weight, orders only within its horizon. */
function countedOf({ exposure, invoices, credits, drafts, orders, asOf }: FactsInput) {
  const until = addDays(asOf, exposure.orders.horizonDays);
  return {
    invoices,
    credits,
    drafts: exposure.drafts.weightPercent === 0 ? [] : drafts,
    orders: exposure.orders.weightPercent === 0 ? [] : orders.filter((order) => order.dueDate <= until),
  };
}

/** Exposure over limit; null without an amount to divide by. Uses the customer's total (with sub-customers). */
export function useRatio(facts: CustomerFacts): number | null {
  if (facts.limit?.kind !== 'amount' || facts.limit.limitMinor === 0 || facts.total.base === null)
    return null;
  return facts.total.base.exposureMinor / facts.limit.limitMinor;
}

/** Positions of customers together; most have nothing open, and share one. */
class Positions {
  readonly #items: ItemsByCustomer;
  readonly #basis: Basis;
  readonly #nothing: Position;

  constructor(items: ItemsByCustomer, basis: Basis) {
    this.#items = items;
    this.#basis = basis;
    this.#nothing = computePosition(NO_ITEMS, basis);
  }

  of(id: CustomerId): Position {
    return this.#compute(this.#items.of(id));
  }

  ofAll(ids: CustomerId[]): Position {
    return this.#compute(this.#items.ofAll(ids));
  }

  #compute(items: Items): Position {
    return items === NO_ITEMS ? this.#nothing : computePosition(items, this.#basis);
  }
}

function computeGroups(
  input: FactsInput,
  families: Families,
  positions: Positions,
  isIncomplete: (ids: CustomerId[]) => boolean,
): Map<string, GroupFacts> {
  const members = new Map<string, Set<CustomerId>>();
  for (const entry of input.limits.entries) {
    if (entry.group === null) continue;
    const set = members.get(entry.group) ?? new Set();
    const id = families.survivor(entry.customerId);
    [id, ...families.descendants(id)].forEach((member) => set.add(member));
    members.set(entry.group, set);
  }
  return new Map(
    input.limits.groups.map(({ name, limitMinor }) => {
      const ids = [...(members.get(name) ?? [])].sort();
      const incomplete = isIncomplete(ids);
      return [name, { name, limitMinor, members: ids, position: positions.ofAll(ids), incomplete }];
    }),
  );
}

/** Days are counted once for each date that occurs, not for each document. */
function basisOf({ asOf, baseCurrency, rates, exposure }: FactsInput) {
  const known = new Map<Day, number>();
  const daysPastDue = (date: Day): number => {
    const cached = known.get(date);
    if (cached !== undefined) return cached;
    const days = daysBetween(date, asOf);
    known.set(date, days);
    return days;
  };
  const termsDays = (invoices: readonly OpenInvoice[]): number | null => {
    const days = invoices.map((one) => Math.max(0, daysPastDue(one.issueDate) - daysPastDue(one.dueDate)));
    if (days.every((one) => one === days[0])) return days[0] ?? null;
    return days.sort((a, b) => a - b)[Math.ceil(days.length / 2) - 1] ?? null;
  };
  const weights = { drafts: exposure.drafts.weightPercent, orders: exposure.orders.weightPercent };
  return { asOf, baseCurrency, rates, weights, daysPastDue, termsDays };
}
