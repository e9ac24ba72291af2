import { readExclusions, readManualStandings, readReleases } from '../cases/index.ts';
import { readHolds, readStandings } from '../decisions/index.ts';
import { dayAt, type ConnectionId, type CustomerId, type Day } from '../domain/index.ts';
import { readSavedDay, readSavedFactsOf } from '../facts/index.ts';
import type { Clock } from '../lib/index.ts';
import { readConnections, readCustomerRefs, readPublishedRun } from '../mirror/index.ts';
import type { Connection, CustomerRef } from '../mirror/index.ts';
import type { Reader } from '../store/index.ts';
import { heldCustomers, type HeldCustomer } from './held-customers.ts';

/** The held of one company. */
export interface CompanyHeld {
  connection: Connection;
  /** The day of the night that exposures are of; null before the first. */
  asOf: Day | null;
  syncedAtMs: number | null;
  held: HeldCustomer[];
}

/** So many customers are looked up before others have a turn: the web process must not stand still. */
const AT_ONCE = 200;
const LEVELS_MAX = 10;

/** Who is held now in every company that is connected, or in one. */
export async function readHeld(reader: Reader, clock: Clock, only?: ConnectionId): Promise<CompanyHeld[]> {
  const companies: CompanyHeld[] = [];
  for (const connection of await readConnections(reader)) {
    if (connection.state === 'disconnected' || (only !== undefined && connection.id !== only)) continue;
    companies.push(await readCompanyHeld(reader, clock, connection));
  }
  return companies;
}

async function readCompanyHeld(reader: Reader, clock: Clock, connection: Connection): Promise<CompanyHeld> {
  const { id, timeZone } = connection;
  const asOf = dayAt(clock.nowMs(), timeZone);
  const moment = { asOf, knownAtMs: Infinity };
  const standings = await readStandings(reader, id, { standings: ['hold', 'stop'] });
  const holds = await readHolds(reader, id);
  const manual = await readManualStandings(reader, id, moment);
  const ids = [...standings.keys(), ...holds.keys(), ...manual.map(({ customerId }) => customerId)];
  const customers = await readLines(reader, clock, id, [...new Set(ids)]);
  const saved = await readExposures(reader, clock, id, asOf, [...customers.keys()]);
  const held = heldCustomers({
    standings,
    holds,
    manual,
    customers,
    exposures: saved.exposures,
    releases: await readReleases(reader, id, moment),
    excluded: new Set((await readExclusions(reader, id)).keys()),
  });
  const syncedAtMs = (await readPublishedRun(reader, id))?.finishedAtMs ?? null;
  return { connection, asOf: saved.asOf, syncedAtMs, held };
}

/** The customers and all their parents. */
async function readLines(
  reader: Reader,
  clock: Clock,
  id: ConnectionId,
  ids: CustomerId[],
): Promise<Map<CustomerId, CustomerRef>> {
  const found = new Map<CustomerId, CustomerRef>();
  let wanted = ids;
  for (let level = 0; level < LEVELS_MAX && wanted.length > 0; level += 1) {
    for (const some of chunksOf(wanted)) {
      for (const [one, ref] of await readCustomerRefs(reader, id, some)) found.set(one, ref);
      await clock.sleep(0);
    }
    const parents = [...found.values()].flatMap(({ parent }) => parent ?? []);
    wanted = [...new Set(parents)].filter((parent) => !found.has(parent));
  }
  return found;
}

async function readExposures(
  reader: Reader,
  clock: Clock,
  id: ConnectionId,
  asOf: Day,
  ids: CustomerId[],
): Promise<{ asOf: Day | null; exposures: Map<CustomerId, number | null> }> {
  const exposures = new Map<CustomerId, number | null>();
  const day = await readSavedDay(reader, id, asOf);
  if (day === null) return { asOf: null, exposures };
  for (const some of chunksOf(ids)) {
    for (const { customer, exposureMinor, rollup } of await readSavedFactsOf(reader, id, day, some))
      exposures.set(customer.id as CustomerId, rollup?.exposureMinor ?? exposureMinor);
    await clock.sleep(0);
  }
  return { asOf: day.asOf, exposures };
}

const chunksOf = (ids: CustomerId[]): CustomerId[][] =>
  Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, i) =>
    ids.slice(i * AT_ONCE, (i + 1) * AT_ONCE),
  );
