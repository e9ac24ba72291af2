import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { addDays, customerId, type Day } from '../../src/domain/index.ts';
import {
  eachFacts,
  readFacts,
  readFactsAround,
  type CustomerFacts,
  type FactsOfDay,
} from '../../src/facts/index.ts';
import { readLastRun, type Connection } from '../../src/mirror/index.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { policyWith } from '../support/facts-builders.ts';
import { connect } from '../support/fake-platform.ts';
import { day } from '../support/mirror-records.ts';
import { bytesOf, HOUR_MS, letHappen, someDays, type Happening } from '../support/past-days.ts';
import { sharedStore, tempDir } from '../support/temp-store.ts';

const FIRST = day('2026-03-02');
const dayNumber = (number: number): Day => addDays(FIRST, number);
/** London keeps winter time in these days: midnight there is midnight UTC. */
const startOf = (number: number): number => Date.parse(`${dayNumber(number)}T00:00:00Z`);
const policy = policyWith((one) => {
  one.exposure.drafts.weightPercent = 50;
});

/** Facts as they were computed at a moment. */
interface Computed {
  asOf: Day;
  run: number;
  knownAtMs: number;
  bytes: string;
}

/**
 * Lives through some days with a company of its own. Facts are computed after everything that happens, and of each
 * day again at its end, for `atEnd` to do with the file what it wants.
 */
async function live(store: Store, days: Happening[][], atEnd?: (night: Computed) => Promise<void>) {
  const connection = await connect(store, { company: `company-${(companies += 1)}` });
  const nights: Computed[] = [];
  const moments: Computed[] = [];
  for (const [number, happenings] of days.entries()) {
    let atMs = startOf(number);
    for (const one of happenings) {
      atMs += HOUR_MS;
      await letHappen(store, connection.id, one, atMs);
      if (await isPublished(store, connection))
        moments.push(await factsNow(store, connection, dayNumber(number), atMs + 2));
    }
    if (!(await isPublished(store, connection))) continue;
    const night = await factsNow(store, connection, dayNumber(number), atMs + 2);
    nights.push(night);
    await atEnd?.(night);
  }
  return { connection, nights, moments };
}
let companies = 0;

const isPublished = async (store: Store, { id }: Connection): Promise<boolean> =>
  (await readLastRun(store.reader, id))?.state === 'published';

async function factsNow(
  store: Store,
  connection: Connection,
  asOf: Day,
  knownAtMs: number,
): Promise<Computed> {
  const { run, facts } = await readFacts(store.reader, connection, policy, asOf, { knownAtMs });
  return { asOf, run, knownAtMs, bytes: bytesOf(facts) };
}

const { store, close } = sharedStore();
afterAll(close);

describe('the facts of a past day', () => {
  it('are those that were computed that night, to the byte, whatever happened since', async () => {
    await fc.assert(
      fc.asyncProperty(someDays, async (days) => {
        const { connection, nights } = await live(store, days);
        for (const { asOf, bytes } of nights) {
          const today = await readFacts(store.reader, connection, policy, asOf);
          expect([today.reconstructed, bytesOf(today.facts)]).toEqual([false, bytes]);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('are those of any moment of that day, when its run and its time are named', async () => {
    await fc.assert(
      fc.asyncProperty(someDays, async (days) => {
        const { connection, moments } = await live(store, days);
        for (const { asOf, run, knownAtMs, bytes } of moments) {
          const again = await readFacts(store.reader, connection, policy, asOf, { run, knownAtMs });
          expect(bytesOf(again.facts)).toBe(bytes);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('do not change when everything that was first known later is deleted', async () => {
    await fc.assert(
      fc.asyncProperty(someDays, async (days) => {
        const own = sharedStore();
        const copies: (Computed & { file: string })[] = [];
        const { connection } = await live(own.store, days, async (night) => {
          const file = join(tempDir(), 'then.db');
          await own.store.backup(file);
          copies.push({ ...night, file });
        });
        for (const { asOf, file } of copies) {
          const then = openStore(file);
          const cut = await readFacts(then.reader, connection, policy, asOf);
          const whole = await readFacts(own.store.reader, connection, policy, asOf);
          await then.close();
          expect(bytesOf(whole.facts)).toBe(bytesOf(cut.facts));
        }
        await own.close();
      }),
      { numRuns: 8 },
    );
  });
});

describe('facts around some customers', () => {
  it('are what the facts of everybody say of them, their relatives and groups, today and on past days', async () => {
    const some = fc.subarray(['c1', 'c2', 'c3', 'c4', 'c5', 'nobody'], { minLength: 1, maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(someDays, some, async (days, asked) => {
        const { connection, nights } = await live(store, days);
        const ids = asked.map(customerId);
        for (const { asOf } of nights) {
          const all = await readFacts(store.reader, connection, policy, asOf);
          const around = await readFactsAround(store.reader, connection, policy, asOf, ids);
          expect(bytesOf(around.facts)).toBe(bytesOf(ofThese(all, around)));
          const found = around.facts.map(({ customer }) => customer.id);
          const wanted = all.facts.map(({ customer }) => customer.id).filter((id) => ids.includes(id));
          expect(found).toEqual(expect.arrayContaining(wanted));
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('facts part by part', () => {
  it('are together what they are in one piece, however small the parts, and no family or group is torn', async () => {
    await fc.assert(
      fc.asyncProperty(someDays, fc.integer({ min: 1, max: 3 }), async (days, atOnce) => {
        const { connection, nights } = await live(store, days);
        const last = nights.at(-1);
        if (last === undefined) return;
        // As a night does it: of the newest state.
        const moment = { run: last.run, knownAtMs: last.knownAtMs };
        const whole = await readFacts(store.reader, connection, policy, last.asOf, moment);
        const parts: CustomerFacts[][] = [];
        const take = ({ facts }: FactsOfDay) => Promise.resolve(void parts.push(facts));
        await eachFacts(store.reader, connection, policy, last.asOf, moment, take, atOnce);
        expect(bytesOf(byId(parts.flat()))).toBe(bytesOf(byId(whole.facts)));
        for (const part of parts) {
          const here = new Set(part.map(({ customer }) => customer.id));
          const needed = part.flatMap(({ descendants, debtorId }) => [...descendants, debtorId]);
          expect(needed.filter((id) => !here.has(id))).toEqual([]);
        }
      }),
      { numRuns: 60 },
    );
  });
});

const byId = (facts: CustomerFacts[]): CustomerFacts[] =>
  facts.toSorted((a, b) => (a.customer.id < b.customer.id ? -1 : 1));

function ofThese(all: FactsOfDay, some: FactsOfDay) {
  const ids = new Set(some.facts.map(({ customer }) => customer.id));
  return all.facts.filter(({ customer }) => ids.has(customer.id));
}
