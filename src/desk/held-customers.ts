import type { HoldRelease, ManualStanding } from '../cases/index.ts';
import type { Hold, StandingRecord } from '../decisions/index.ts';
import type { CustomerId, Day } from '../domain/index.ts';
import type { CustomerRef } from '../mirror/index.ts';
import { compareStandings, type Standing } from '../policy/index.ts';

/** Somebody who gets nothing on account now. Minor units of the base currency. */
export interface HeldCustomer {
  customer: CustomerRef;
  standing: Standing;
  /** Null = not known. */
  since: Day | null;
  /** One paragraph. */
  reason: string;
  /** The rule, or the person's word, that decides. */
  rule: string;
  /** As the last night wrote it down, with sub-customers; null = not known. */
  exposureMinor: number | null;
  /** The smallest payment that lifts it; null when none does. */
  clearing: StandingRecord['clearing'];
  /** Our hold was read back from the platform. */
  onPlatform: boolean;
}

/** What is known of those who may be held. */
export interface HeldSource {
  /** Holds and stops as they were last written down. */
  standings: ReadonlyMap<CustomerId, StandingRecord>;
  holds: ReadonlyMap<CustomerId, Hold>;
  customers: ReadonlyMap<CustomerId, CustomerRef>;
  exposures: ReadonlyMap<CustomerId, number | null>;
  manual: readonly ManualStanding[];
  releases: readonly HoldRelease[];
  excluded: ReadonlySet<CustomerId>;
}

/**
 * Who gets nothing on account now: holds and stops of the last night and those that people set since, but for whom
 * people excluded, released or took off the platform; and whoever still carries our hold there. Sorted by name. Pure.
 */
export function heldCustomers(source: HeldSource): HeldCustomer[] {
  const ids = new Set([
    ...source.standings.keys(),
    ...heldByPeople(source).map(({ customerId }) => customerId),
    ...[...source.holds.values()].filter(({ state }) => state === 'on').map(({ customerId }) => customerId),
  ]);
  return [...ids].flatMap((id) => heldCustomer(id, source)).sort(byName);
}

const heldByPeople = ({ manual }: HeldSource): ManualStanding[] =>
  manual.filter(({ standing }) => compareStandings(standing, 'hold') >= 0);

function heldCustomer(id: CustomerId, source: HeldSource): HeldCustomer[] {
  const customer = source.customers.get(id);
  if (customer === undefined || customer.status === 'deleted' || customer.status === 'merged') return [];
  const onPlatform = source.holds.get(id)?.state === 'on';
  const base = { customer, onPlatform, exposureMinor: source.exposures.get(id) ?? null };
  const byPerson = heldByPeople(source).find(({ customerId }) => customerId === id);
  const record = source.standings.get(id);
  if (byPerson !== undefined && !(isReleased(id, source) && isReleasable(byPerson))) {
    const { standing, from, reason, by, cause } = byPerson;
    const rule = cause === 'person' ? 'manual' : cause;
    return [{ ...base, standing, since: from, reason: `${by} set it: ${reason}.`, rule, clearing: null }];
  }
  if (isLetOff(id, source)) return [];
  if (record !== undefined) return [{ ...base, ...fromRecord(record) }];
  if (!onPlatform) return [];
  const reason = 'Its cause is gone; the hold on the platform has not been taken off yet.';
  return [{ ...base, standing: 'hold', since: null, reason, rule: 'on-platform', clearing: null }];
}

function fromRecord({ standing, since, reasons, clearing }: StandingRecord) {
  const [first] = reasons;
  return { standing, since, reason: first?.explanation ?? '', rule: first?.rule ?? '', clearing };
}

/** Excluded, released, or taken off the platform by a person: it itself, or who answers for it. */
function isLetOff(id: CustomerId, source: HeldSource): boolean {
  const { holds, excluded, customers } = source;
  if (isReleased(id, source)) return true;
  return lineOf(id, customers).some((one) => excluded.has(one) || holds.get(one)?.state === 'drift');
}

/** A person lets it, or who answers for it, be served. A release of one order lets nobody off. */
function isReleased(id: CustomerId, { releases, exposures, customers }: HeldSource): boolean {
  const line = lineOf(id, customers);
  return releases.some(
    ({ customerId, scope, upToExposureMinor }) =>
      line.includes(customerId) &&
      scope !== 'order' &&
      (exposures.get(customerId) ?? Infinity) <= upToExposureMinor,
  );
}

/** No release goes above a stop, a fraud or an insurer's word. */
const isReleasable = ({ standing, cause }: ManualStanding): boolean =>
  standing !== 'stop' && cause === 'person';

const LEVELS_MAX = 10;

/** A customer and its parents, as far as they are known. */
export function lineOf(id: CustomerId, customers: ReadonlyMap<CustomerId, CustomerRef>): CustomerId[] {
  const line: CustomerId[] = [];
  for (let at: CustomerId | null = id; at !== null && line.length < LEVELS_MAX;) {
    if (line.includes(at)) break;
    line.push(at);
    at = customers.get(at)?.parent ?? null;
  }
  return line;
}

function byName(a: HeldCustomer, b: HeldCustomer): number {
  const [one, other] = [a.customer, b.customer];
  if (one.name !== other.name) return one.name < other.name ? -1 : 1;
  return one.id < other.id ? -1 : 1;
}
