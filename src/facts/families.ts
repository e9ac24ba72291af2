import type { CustomerId } from '../domain/index.ts';
import type { LedgerCustomer } from '../mirror/index.ts';

/** Who belongs to whom: merges followed, parents and children resolved. */
export interface Families {
  /** Customers that facts are computed for, including stand-ins for those that only documents name. */
  customers: LedgerCustomer[];
  /** The customer that a merged one lives on in; others are themselves. */
  survivor: (id: CustomerId) => CustomerId;
  /** The topmost parent. */
  root: (id: CustomerId) => CustomerId;
  /** Everyone below, at any depth. */
  descendants: (id: CustomerId) => CustomerId[];
}

/** Platforms allow five levels, and nobody merges a customer on and on; a longer chain is a loop in the data. */
const DEPTH_MAX = 50;

/** Nearly everybody has no sub-customer: they share this one. */
const NOBODY: CustomerId[] = [];
Object.freeze(NOBODY);

/** `owners`: whoever documents name. */
export function buildFamilies(customers: LedgerCustomer[], owners: Iterable<CustomerId>): Families {
  const byId = new Map(customers.map((customer) => [customer.id, customer]));
  const survivor = (id: CustomerId): CustomerId => follow(id, (at) => byId.get(at)?.mergedInto ?? null);
  const owing = new Set(Array.from(owners, survivor));
  const strangers = [...owing]
    .filter((id) => !byId.has(id))
    .sort()
    .map(standIn);
  const shown = customers.filter((c) => (c.status !== 'merged' && c.status !== 'deleted') || owing.has(c.id));
  const all = [...shown, ...strangers];
  const listed = new Set(all.map((customer) => customer.id));
  const parentOf = new Map<CustomerId, CustomerId>();
  for (const customer of all) {
    const parent = parentIn(customer, listed, survivor);
    if (parent !== null) parentOf.set(customer.id, parent);
  }
  // In the order of ids, so that a family is told in the same order whoever is told beside it.
  const children = Map.groupBy([...parentOf.keys()].sort(), (id) => parentOf.get(id));
  return {
    customers: all,
    survivor,
    root: (id) => follow(id, (at) => parentOf.get(at) ?? null),
    descendants: (id) => (children.has(id) ? collect(id, (at) => children.get(at) ?? []) : NOBODY),
  };
}

/** The parent, unless it is gone: then nobody but the customer itself can answer for what it owes. */
function parentIn(
  customer: LedgerCustomer,
  listed: ReadonlySet<CustomerId>,
  survivor: (id: CustomerId) => CustomerId,
): CustomerId | null {
  if (customer.parent === null) return null;
  const parent = survivor(customer.parent);
  return listed.has(parent) && parent !== customer.id ? parent : null;
}

/** To the end of a chain; a chain without end leads nowhere, and whoever is in it stands for itself. */
function follow(id: CustomerId, next: (at: CustomerId) => CustomerId | null): CustomerId {
  let at = id;
  for (let depth = 0; depth < DEPTH_MAX; depth += 1) {
    const step = next(at);
    if (step === null) return at;
    at = step;
  }
  return id;
}

function collect(id: CustomerId, childrenOf: (at: CustomerId) => CustomerId[]): CustomerId[] {
  const found = new Set<CustomerId>();
  let level = [id];
  for (let depth = 0; depth < DEPTH_MAX && level.length > 0; depth += 1) {
    level = level.flatMap(childrenOf).filter((child) => child !== id && !found.has(child));
    level.forEach((child) => found.add(child));
  }
  return [...found];
}

/** A document may name a customer that the platform does not list: its money must not vanish from the totals. */
function standIn(id: CustomerId): LedgerCustomer {
  return {
    id,
    name: `(customer ${id}, not listed by the platform)`,
    emails: [],
    accountNumber: null,
    status: 'active',
    mergedInto: null,
    parent: null,
    billWithParent: false,
    currency: '',
    country: '',
    holdMarker: null,
    platformBalanceMinor: null,
  };
}
