import type { CaseFile } from '../cases/index.ts';
import type { CustomerId } from '../domain/index.ts';
import type { InvoiceHistory, LedgerCustomer, OpenCredit, OpenInvoice, Since } from '../mirror/index.ts';
import type { BacktestLedger } from './backtest-ledger.ts';

/** One record of a cluster through time. */
export type ClusterRecord =
  | { kind: 'customer'; past: Since<LedgerCustomer | null>[] }
  | { kind: 'invoice'; past: Since<OpenInvoice | null>[] }
  | { kind: 'draft' | 'order'; past: Since<OpenInvoice | null>[] }
  | { kind: 'credit'; past: Since<OpenCredit | null>[] };

/** Customers that can change each other's standing, with all that concerns them and nobody else. */
export interface Cluster {
  ids: ReadonlySet<CustomerId>;
  records: ClusterRecord[];
  /** The customers as they ever were: names and numbers may have changed. */
  customers: LedgerCustomer[];
  invoices: InvoiceHistory[];
  /** What people knew of these customers, ascending. */
  cases: Since<CaseFile>[];
  /** Those of them that a row in quarantine made uncertain, ascending. */
  incomplete: Since<ReadonlySet<CustomerId>>[];
}

interface Growing extends Cluster {
  ids: Set<CustomerId>;
}

/**
 * Cuts a company into clusters: whoever was ever merged into, a parent of, or under one limit with another is in the
 * same one. Judging them apart gives what judging the whole company gives.
 */
export function clustersOf(ledger: BacktestLedger): Cluster[] {
  const circles = new Circles();
  for (const customer of ledger.customers.flatMap(statesOf)) {
    if (customer.mergedInto !== null) circles.join(customer.id, customer.mergedInto);
    if (customer.parent !== null) circles.join(customer.id, customer.parent);
  }
  for (const { value } of ledger.cases) {
    for (const { customerId, group } of value.limits.entries)
      if (group !== null) circles.join(customerId, `group ${group}`);
  }
  for (const { past } of [...ledger.invoices, ...ledger.drafts, ...ledger.orders, ...ledger.credits]) {
    const owners = ownersOf(past);
    for (const owner of owners.slice(1)) circles.join(owner, owners[0] ?? owner);
  }
  for (const { past, customerId } of ledger.invoices) {
    const [owner] = ownersOf(past);
    if (owner !== undefined) circles.join(owner, customerId);
  }
  return gather(ledger, circles);
}

const statesOf = ({ past }: { past: Since<LedgerCustomer | null>[] }): LedgerCustomer[] =>
  past.flatMap(({ value }) => value ?? []);

function gather(ledger: BacktestLedger, circles: Circles): Cluster[] {
  const gathering = new Gathering(circles);
  for (const { past } of ledger.customers) gathering.addCustomer(past);
  for (const invoice of ledger.invoices) gathering.addInvoice(invoice);
  for (const { past } of ledger.drafts) gathering.of(ownersOf(past))?.records.push({ kind: 'draft', past });
  for (const { past } of ledger.orders) gathering.of(ownersOf(past))?.records.push({ kind: 'order', past });
  for (const { past } of ledger.credits) gathering.of(ownersOf(past))?.records.push({ kind: 'credit', past });
  for (const { value } of ledger.cases)
    gathering.of(
      value.limits.entries.flatMap(({ customerId, group }) => (group === null ? [] : [customerId])),
    );
  for (const cluster of gathering.clusters) {
    cluster.cases = casesOf(ledger.cases, cluster.ids);
    cluster.incomplete = incompleteOf(ledger.incomplete, cluster.ids);
  }
  return [...gathering.clusters];
}

/** Clusters while they grow. */
class Gathering {
  readonly #circles: Circles;
  readonly #byRoot = new Map<string, Growing>();

  constructor(circles: Circles) {
    this.#circles = circles;
  }

  get clusters(): Iterable<Growing> {
    return this.#byRoot.values();
  }

  /** Makes customers known, each in its cluster; returns the first one's. */
  of(ids: readonly CustomerId[]): Growing | null {
    let first: Growing | null = null;
    for (const id of ids) {
      const root = this.#circles.root(id);
      const known = this.#byRoot.get(root);
      const cluster = known ?? emptyCluster();
      if (known === undefined) this.#byRoot.set(root, cluster);
      cluster.ids.add(id);
      first ??= cluster;
    }
    return first;
  }

  addCustomer(past: Since<LedgerCustomer | null>[]): void {
    const states = statesOf({ past });
    const cluster = this.of(
      states.flatMap(({ id, mergedInto, parent }) => [id, mergedInto ?? id, parent ?? id]),
    );
    cluster?.records.push({ kind: 'customer', past });
    cluster?.customers.push(...states);
  }

  addInvoice(invoice: InvoiceHistory): void {
    const cluster = this.of([...ownersOf(invoice.past), invoice.customerId]);
    cluster?.invoices.push(invoice);
    if (invoice.past.length > 0) cluster?.records.push({ kind: 'invoice', past: invoice.past });
  }
}

const emptyCluster = (): Growing => ({
  ids: new Set(),
  records: [],
  customers: [],
  invoices: [],
  cases: [],
  incomplete: [],
});

/** The same for some customers; a day that says the same of them as the one before is left out. */
function incompleteOf(
  incomplete: BacktestLedger['incomplete'],
  ids: ReadonlySet<CustomerId>,
): Cluster['incomplete'] {
  const kept: Cluster['incomplete'] = [];
  for (const { from, value } of incomplete) {
    const own = new Set(value === 'everybody' ? ids : [...value].filter((id) => ids.has(id)));
    const before = kept.at(-1)?.value;
    if (before?.size === own.size && [...own].every((id) => before.has(id))) continue;
    kept.push({ from, value: own });
  }
  return kept;
}

/** Whose a document was; a merge on the platform may have moved it. */
function ownersOf(past: Since<OpenInvoice | OpenCredit | null>[]): CustomerId[] {
  const owners: CustomerId[] = [];
  for (const { value } of past)
    if (value !== null && !owners.includes(value.customerId)) owners.push(value.customerId);
  return owners;
}

/** What concerns these customers of each case file; a file that says the same of them as the one before is left out. */
function casesOf(cases: Since<CaseFile>[], ids: ReadonlySet<CustomerId>): Since<CaseFile>[] {
  const kept: Since<CaseFile>[] = [];
  let before = '';
  for (const { from, value } of cases) {
    const own = caseFileOf(value, ids);
    if (cases.length > 1) {
      const text = JSON.stringify([own.limits, [...own.limitTerms], [...own.tags], listsOf(own)]);
      if (text === before) continue;
      before = text;
    }
    kept.push({ from, value: own });
  }
  return kept;
}

const listsOf = (file: CaseFile): unknown => [
  file.disputes,
  file.promises,
  file.manualStandings,
  file.releases,
];

/** The limit entries and notes of these customers, by an index that is made once for each case file. */
function caseFileOf(file: CaseFile, ids: ReadonlySet<CustomerId>): CaseFile {
  const index = indexOf(file);
  const list = <T>(map: ReadonlyMap<CustomerId, T[]>): T[] => [...ids].flatMap((id) => map.get(id) ?? []);
  const pick = <T>(map: ReadonlyMap<CustomerId, T>): Map<CustomerId, T> => {
    const own = new Map<CustomerId, T>();
    for (const id of ids) {
      const value = map.get(id);
      if (value !== undefined) own.set(id, value);
    }
    return own;
  };
  const entries = list(index.entries);
  const named = new Set(entries.map((entry) => entry.group));
  return {
    limits: { entries, groups: named.size === 0 ? [] : file.limits.groups.filter((g) => named.has(g.name)) },
    limitTerms: pick(file.limitTerms),
    tags: pick(file.tags),
    disputes: list(index.disputes),
    promises: list(index.promises),
    manualStandings: list(index.manualStandings),
    releases: list(index.releases),
  };
}

type NoteIndex = ReturnType<typeof indexNotes>;
const indexes = new WeakMap<CaseFile, NoteIndex>();

function indexOf(file: CaseFile): NoteIndex {
  const known = indexes.get(file);
  if (known !== undefined) return known;
  const index = indexNotes(file);
  indexes.set(file, index);
  return index;
}

function indexNotes(file: CaseFile) {
  const whose = (note: { customerId: CustomerId }): CustomerId => note.customerId;
  return {
    entries: Map.groupBy(file.limits.entries, whose),
    disputes: Map.groupBy(file.disputes, whose),
    promises: Map.groupBy(file.promises, whose),
    manualStandings: Map.groupBy(file.manualStandings, whose),
    releases: Map.groupBy(file.releases, whose),
  };
}

/** Who belongs together, by pairs (union–find). */
class Circles {
  readonly #parent = new Map<string, string>();

  join(a: string, b: string): void {
    const [rootA, rootB] = [this.root(a), this.root(b)];
    if (rootA !== rootB) this.#parent.set(rootA, rootB);
  }

  root(of: string): string {
    let at = of;
    for (;;) {
      const above = this.#parent.get(at);
      if (above === undefined) break;
      at = above;
    }
    if (at !== of) this.#parent.set(of, at);
    return at;
  }
}
