import type { App } from '../app.ts';
import { readHolds, readStandings, type StandingRecord } from '../decisions/index.ts';
import type { CustomerId } from '../domain/index.ts';
import { readSavedDay, readSavedFactsOf } from '../facts/index.ts';
import { readCustomers, type Connection } from '../mirror/index.ts';
import { STANDINGS, type Standing } from '../policy/index.ts';
import { asOfDay } from './as-of.ts';
import { isCustomer } from './choose-customers.ts';
import {
  describeConnectionRef,
  describeCustomerRef,
  type ConnectionRef,
  type CustomerRef,
} from './documents.ts';

/** How one customer stood after its last night, and why. Minor units of `currency`. */
export interface StandingElement extends Pick<
  StandingRecord,
  'standing' | 'since' | 'reasons' | 'clearing' | 'unpayable'
> {
  connection: ConnectionRef;
  customer: CustomerRef;
  currency: string;
  /** With sub-customers; null when it is not known. */
  exposureMinor: number | null;
  /** Our hold on the platform: 'drift' = a person took it away, and that wins; null = there never was one. */
  hold: 'on' | 'off' | 'drift' | null;
}

/** Which standings are wanted; without a word all but `clear`. */
export interface StandingsWanted {
  standing?: Standing;
  customer?: string;
}

/** Standings, and how many customers were meant by who asked. */
export interface FoundStandings {
  customers: number;
  standings: StandingElement[];
}

/** The standings of one company as its last night wrote them down: the most severe first, then the largest exposure. */
export async function findStandings(
  app: App,
  connection: Connection,
  wanted: StandingsWanted,
): Promise<FoundStandings> {
  const { reader } = app.store;
  const standings = wanted.standing === undefined ? STANDINGS.slice(1) : [wanted.standing];
  const records = await readStandings(reader, connection.id, { standings });
  const holds = await readHolds(reader, connection.id);
  const { customer: asked } = wanted;
  const meant = (await readCustomers(reader, connection.id)).filter(
    (one) => asked === undefined || isCustomer(connection, one, asked),
  );
  const chosen = meant.filter(({ id }) => records.has(id));
  const exposures = await readExposures(
    app,
    connection,
    chosen.map(({ id }) => id),
  );
  const found = chosen.flatMap((customer): StandingElement[] => {
    const record = records.get(customer.id);
    if (record === undefined) return [];
    const { standing, since, reasons, clearing, unpayable } = record;
    return [
      {
        connection: describeConnectionRef(connection),
        customer: describeCustomerRef(connection, customer),
        ...{ standing, since, currency: connection.baseCurrency },
        exposureMinor: exposures.get(customer.id) ?? null,
        hold: holds.get(customer.id)?.state ?? null,
        ...{ reasons, clearing, unpayable },
      },
    ];
  });
  return { customers: meant.length, standings: found.sort(bySeverity) };
}

const rankOf = ({ standing }: StandingElement): number => STANDINGS.indexOf(standing);
const bySeverity = (a: StandingElement, b: StandingElement): number =>
  rankOf(b) - rankOf(a) || (b.exposureMinor ?? 0) - (a.exposureMinor ?? 0);

/** So many ids go into one query. */
const AT_ONCE = 500;

async function readExposures(
  app: App,
  connection: Connection,
  ids: CustomerId[],
): Promise<Map<string, number | null>> {
  const { reader } = app.store;
  const exposures = new Map<string, number | null>();
  const day = await readSavedDay(reader, connection.id, asOfDay(app, connection, undefined));
  if (day === null) return exposures;
  for (let at = 0; at < ids.length; at += AT_ONCE)
    for (const one of await readSavedFactsOf(reader, connection.id, day, ids.slice(at, at + AT_ONCE)))
      exposures.set(one.customer.id, one.rollup?.exposureMinor ?? one.exposureMinor);
  return exposures;
}
