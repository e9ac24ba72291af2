import type { CustomerId, Day } from '../../domain/index.ts';
import { readCaseFile } from '../../cases/index.ts';
import { readCustomers, readMirrorMoment, type Connection, type Moment } from '../../mirror/index.ts';
import { inSnapshot, type Reader } from '../../store/index.ts';
import { chooseRates } from '../rates.ts';
import {
  factsOf,
  readDocuments,
  readIncomplete,
  readInput,
  readKnownRates,
  type Documents,
  type FactsOfDay,
  type FactsPolicy,
} from '../store.ts';
import { splitEverybody } from './split.ts';

/** Does something with the facts of some customers; `then` reads the same state of the database that they are of. */
export type TakePart = (part: FactsOfDay, then: Reader) => Promise<void>;

/**
 * The same facts as readFacts gives, handed out part by part so that those of tens of thousands of customers are never
 * in memory together. Whole families and limit groups are in one part: each can be judged by itself. All parts are of
 * one state of the database. `atOnce`: so many customers a part, or a few more. Throws as readFacts does.
 */
export async function eachFacts(
  reader: Reader,
  connection: Connection,
  policy: FactsPolicy,
  asOf: Day,
  moment: Moment | undefined,
  take: TakePart,
  atOnce?: number,
): Promise<void> {
  await inSnapshot(reader, async (then) => {
    const at = await readMirrorMoment(then, connection, asOf, moment);
    // A past state is not read by customer so quickly, and nobody judges one every night.
    if (at.stateRun !== null || at.rebuilt)
      return take(factsOf(await readInput(then, connection, policy, asOf, moment)), then);
    const { id, baseCurrency } = connection;
    const { rates, exposure } = policy;
    const of = { asOf, knownAtMs: at.knownAtMs };
    const customers = await readCustomers(then, id, { run: null }, 'id');
    const known = await readKnownRates(then, connection, at, of, { needed: undefined, booked: undefined });
    const shared = {
      asOf,
      baseCurrency,
      exposure,
      rates: chooseRates(known, asOf, rates.maximumAgeDays, rates.order),
      incomplete: await readIncomplete(then, id, at),
    };
    const file = await readCaseFile(then, id, of);
    const { all, isLinked } = splitEverybody(customers, file, atOnce);
    for (const { whose, ...part } of all) {
      const view = { asOf, run: null, rebuilt: false, ...whose };
      const documents = await readDocuments(then, connection, exposure, view);
      const own = 'range' in whose ? withoutThoseOf(documents, isLinked) : documents;
      await take(factsOf({ at, input: { ...shared, ...own, ...part } }), then);
    }
  });
}

function withoutThoseOf(documents: Documents, isElsewhere: (id: CustomerId) => boolean): Documents {
  const own = <T extends { customerId: CustomerId }>(some: T[]): T[] => {
    let [last, isIn] = ['' as CustomerId, false];
    return some.filter(({ customerId }) => {
      if (customerId !== last) [last, isIn] = [customerId, !isElsewhere(customerId)];
      return isIn;
    });
  };
  const { invoices, credits, drafts, orders } = documents;
  return { invoices: own(invoices), credits: own(credits), drafts: own(drafts), orders: own(orders) };
}
