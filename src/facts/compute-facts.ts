import { daysBetween, type CustomerId, type Day } from '../domain/index.ts';
import type {
  CaseNotes,
  CreditLimit,
  Dispute,
  HoldRelease,
  LimitEntry,
  LimitTable,
  LimitTerms,
  ManualStanding,
  PaymentPromise,
} from '../cases/index.ts';
import type { Policy } from '../policy/index.ts';
import type { KnownRate, LedgerCustomer, OpenCredit, OpenInvoice } from '../mirror/index.ts';
import { buildFamilies, type Families } from './families.ts';
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
  limit: CreditLimit | null;
  /** What the limit is made of and when it is due for review; null = nothing beside its amount. */
  limitTerms: (LimitTerms & { permanentMinor: number | null }) | null;
  tags: readonly string[];
  /** Days that most of its open invoices were granted; null without any. */
  termsDays: number | null;
  /** Open disputes of invoices in `total`. */
  disputes: readonly Dispute[];
  /** Its own, newest first. */
  promises: readonly PaymentPromise[];
  /** In force on the day, the most severe first. */
  manualStandings: readonly ManualStanding[];
  releases: readonly HoldRelease[];
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
  incomplete: ReadonlySet<CustomerId>;
}

/** Facts of every customer that is not merged away or deleted (unless it still has open items). Pure. */
export function computeFacts(input: FactsInput): CustomerFacts[] {
  const families = buildFamilies(input.customers, [...input.invoices, ...input.credits]);
  const items = itemsByCustomer(input, families);
  const basis = basisOf(input);
  const limits = limitsBySurvivor(input.limits.entries, families);
  const groups = computeGroups(input, families, items, basis);
  return families.customers.map((customer) => {
    const own = positionOf([customer.id], items, basis);
    const descendants = families.descendants(customer.id);
    const entry = limits.get(customer.id);
    return {
      customer,
      asOf: input.asOf,
      baseCurrency: input.baseCurrency,
      own,
      total: descendants.length === 0 ? own : positionOf([customer.id, ...descendants], items, basis),
      descendants,
      debtorId: families.root(customer.id),
      limit: entry?.limit ?? null,
      limitTerms: null,
      tags: input.notes.tags.get(customer.id) ?? [],
      termsDays: null,
      disputes: [],
      promises: [],
      manualStandings: [],
      releases: [],
      group: entry?.group == null ? null : (groups.get(entry.group) ?? null),
      incomplete: input.incomplete.has(customer.id) || descendants.some((id) => input.incomplete.has(id)),
    };
  });
}

/** A customer merged into another takes its limit along, unless the survivor has one of its own. */
function limitsBySurvivor(entries: LimitEntry[], families: Families): Map<CustomerId, LimitEntry> {
  const inherited = entries.map((entry) => [families.survivor(entry.customerId), entry] as const);
  const own = entries.map((entry) => [entry.customerId, entry] as const);
  return new Map([...inherited, ...own]);
}

/** Exposure over limit; null without an amount to divide by. Uses the customer's total (with sub-customers). */
export function useRatio(facts: CustomerFacts): number | null {
  if (facts.limit?.kind !== 'amount' || facts.limit.limitMinor === 0 || facts.total.base === null)
    return null;
  return facts.total.base.exposureMinor / facts.limit.limitMinor;
}

interface Items {
  invoices: OpenInvoice[];
  credits: OpenCredit[];
}

/** Documents of a customer that was merged into another count for the one that is left. */
function itemsByCustomer(input: FactsInput, families: Families): Map<CustomerId, Items> {
  const items = new Map<CustomerId, Items>();
  const of = (id: CustomerId): Items => {
    const survivor = families.survivor(id);
    const existing = items.get(survivor);
    if (existing !== undefined) return existing;
    const fresh = { invoices: [], credits: [] };
    items.set(survivor, fresh);
    return fresh;
  };
  for (const invoice of input.invoices) of(invoice.customerId).invoices.push(invoice);
  for (const credit of input.credits) of(credit.customerId).credits.push(credit);
  for (const { invoices } of items.values()) invoices.sort(byDueDate);
  return items;
}

function positionOf(ids: CustomerId[], items: Map<CustomerId, Items>, basis: Basis): Position {
  const found = ids.flatMap((id) => items.get(id) ?? []);
  if (found.length === 1 && found[0] !== undefined)
    return computePosition(found[0].invoices, found[0].credits, basis);
  const invoices = found.flatMap((some) => some.invoices).sort(byDueDate);
  return computePosition(
    invoices,
    found.flatMap((some) => some.credits),
    basis,
  );
}

function computeGroups(
  input: FactsInput,
  families: Families,
  items: Map<CustomerId, Items>,
  basis: Basis,
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
      const incomplete = ids.some((id) => input.incomplete.has(id));
      return [name, { name, limitMinor, members: ids, position: positionOf(ids, items, basis), incomplete }];
    }),
  );
}

function basisOf(input: FactsInput): Basis {
  const known = new Map<Day, number>();
  return {
    asOf: input.asOf,
    baseCurrency: input.baseCurrency,
    rates: input.rates,
    daysPastDue(dueDate) {
      const cached = known.get(dueDate);
      if (cached !== undefined) return cached;
      const days = daysBetween(dueDate, input.asOf);
      known.set(dueDate, days);
      return days;
    },
  };
}

/** Oldest first; ties by number, so that the same items always give the same bytes. */
function byDueDate(a: OpenInvoice, b: OpenInvoice): number {
  if (a.dueDate !== b.dueDate) return a.dueDate < b.dueDate ? -1 : 1;
  if (a.number !== b.number) return a.number < b.number ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
