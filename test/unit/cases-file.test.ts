import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  readCaseFile,
  readDueReviews,
  readGroupMembers,
  saveDispute,
  saveInsuredLimit,
  saveLimits,
  saveManualStanding,
  savePromise,
  saveRelease,
  saveTag,
  saveTemporaryLimit,
  type CaseFile,
  type DatedChange,
} from '../../src/cases/index.ts';
import {
  addDays,
  connectionId,
  customerId,
  documentId,
  type ConnectionId,
  type CustomerId,
} from '../../src/domain/index.ts';
import type { Store, Tx } from '../../src/store/index.ts';
import { limitTable } from '../support/facts-builders.ts';
import { day } from '../support/mirror-records.ts';
import { sharedStore, tempStore } from '../support/temp-store.ts';

const HERE = connectionId('xero-1');
const ash = customerId('ash');
const MONDAY = day('2026-03-02');
const HOUR_MS = 3_600_000;

/** Noon of the day that is `days` after Monday. */
const on = (days: number, why = ''): DatedChange => ({
  by: 'Ada',
  atMs: Date.parse(`${addDays(MONDAY, days)}T12:00:00Z`),
  day: addDays(MONDAY, days),
  why,
});
/** As it was known at the end of that day, and counted on it. */
const asOf = (days: number, knownAfterDays = days) => ({
  asOf: addDays(MONDAY, days),
  knownAtMs: on(knownAfterDays).atMs + 11 * HOUR_MS,
});
const always = (days: number) => ({ asOf: addDays(MONDAY, days), knownAtMs: Infinity });

describe('a limit of a past day', () => {
  it('is the one that counted then, not the one of today', async () => {
    const store = tempStore();
    await store.write((tx) => saveLimits(tx, HERE, limitTable({ ash: 100 }), on(0)));
    await store.write((tx) => saveLimits(tx, HERE, limitTable({ ash: 200 }), on(5)));
    for (const moment of [asOf(4), always(4)])
      expect((await readCaseFile(store.reader, HERE, moment)).limits).toEqual(limitTable({ ash: 100 }));
    for (const moment of [asOf(5), always(5), always(90)])
      expect((await readCaseFile(store.reader, HERE, moment)).limits).toEqual(limitTable({ ash: 200 }));
  });

  it('is the first that was ever set, for days before that, once it is known', async () => {
    const store = tempStore();
    await store.write((tx) => saveLimits(tx, HERE, limitTable({ ash: 100 }), on(5)));
    await store.write((tx) => saveLimits(tx, HERE, limitTable({ ash: 200 }), on(6)));
    expect((await readCaseFile(store.reader, HERE, always(-300))).limits).toEqual(limitTable({ ash: 100 }));
    expect((await readCaseFile(store.reader, HERE, asOf(4))).limits.entries).toEqual([]);
  });

  it('leaves no version behind when it is set to what it was', async () => {
    const store = tempStore();
    const table = limitTable({ ash: { limit: null, group: 'Wood' } }, { Wood: 900 });
    const save = (days: number) => store.write((tx) => saveLimits(tx, HERE, table, on(days)));
    expect([await save(0), await save(1)]).toEqual([
      { limits: 1, groups: 1 },
      { limits: 0, groups: 0 },
    ]);
  });

  it('keeps its day of review until another is given, and comes due on it', async () => {
    const store = tempStore();
    const reviewed = {
      entries: [{ customerId: ash, limit: null, group: null, reviewOn: day('2026-03-09') }],
    };
    await store.write((tx) => saveLimits(tx, HERE, { ...reviewed, groups: [] }, on(0)));
    await store.write((tx) => saveLimits(tx, HERE, limitTable({ ash: 5 }), on(1)));
    expect(await readDueReviews(store.reader, HERE, day('2026-03-08'))).toEqual([]);
    expect(await readDueReviews(store.reader, HERE, day('2026-03-09'))).toMatchObject([{ customerId: ash }]);
    const { limitTerms } = await readCaseFile(store.reader, HERE, always(3));
    expect(limitTerms.get(ash)?.reviewOn).toBe('2026-03-09');
  });
});

describe('a case file', () => {
  it('holds temporary limits, insurance, standings and releases while they last, and no day longer', async () => {
    const store = tempStore();
    const [from, to] = [addDays(MONDAY, 2), addDays(MONDAY, 4)];
    await store.write(async (tx) => {
      const temporary = { id: 1, customerId: ash, amountMinor: 500, from, to, reason: 'a fair' };
      await saveTemporaryLimit(tx, HERE, { ...temporary, state: 'open' }, on(0));
      const insured = { insurer: 'Atlas', limitMinor: 900, coverPercent: 90, until: to };
      await saveInsuredLimit(tx, HERE, ash, insured, { ...on(0), day: from });
      const hold = { customerId: ash, cause: 'fraud', standing: 'hold', until: to } as const;
      await saveManualStanding(tx, HERE, hold, { ...on(0), day: from });
      await saveRelease(tx, HERE, release(from, to), on(0));
    });
    const count = async (days: number): Promise<number[]> => {
      const file = await readCaseFile(store.reader, HERE, always(days));
      const terms = file.limitTerms.get(ash);
      const insured = terms?.insured == null ? 0 : 1;
      return [terms?.temporary.length ?? 0, insured, file.manualStandings.length, file.releases.length];
    };
    expect(await count(1)).toEqual([0, 0, 0, 0]);
    expect(await count(2)).toEqual([1, 1, 1, 1]);
    expect(await count(4)).toEqual([1, 1, 1, 1]);
    expect(await count(5)).toEqual([0, 0, 0, 0]);
  });

  it('of some customers is what the whole file says of them', async () => {
    const store = tempStore();
    await store.write(async (tx) => {
      for (const days of [0, 1, 2, 3, 4, 5, 6]) await change(tx, HERE, days, days);
    });
    const whole = await readCaseFile(store.reader, HERE, always(9));
    const some = await readCaseFile(store.reader, HERE, always(9), [customerId('c1')]);
    expect(some).toEqual(only(whole, 'c1'));
    expect(some.limits.entries).toHaveLength(1);
    expect(await readCaseFile(store.reader, HERE, always(9), [])).toMatchObject({
      disputes: [],
      releases: [],
    });
  });

  it('finds the members of a group by its name', async () => {
    const store = tempStore();
    const table = limitTable({ a: { group: 'Wood' }, b: { group: 'Water' }, c: { group: 'Wood' } });
    await store.write((tx) => saveLimits(tx, HERE, table, on(0)));
    expect(await readGroupMembers(store.reader, HERE, ['Wood'])).toEqual(['a', 'c']);
    expect(await readGroupMembers(store.reader, HERE, [])).toEqual([]);
  });

  it('cannot lose what somebody knew: no version is ever changed or taken away', async () => {
    const store = tempStore();
    await store.write((tx) => change(tx, HERE, 1, 0));
    const spoil = store.write((tx) => tx.deleteFrom('limit_change').execute());
    await expect(spoil).rejects.toThrow('limit_change is append-only');
    const bend = store.write((tx) => tx.updateTable('limit_change').set({ limit_minor: 1 }).execute());
    await expect(bend).rejects.toThrow('limit_change is append-only');
  });
});

describe('a case file of a past moment', () => {
  let shared: ReturnType<typeof sharedStore>;
  let used = 0;
  const fresh = (): ConnectionId => connectionId(`xero-${(used += 1)}`);
  const write = (store: Store, id: ConnectionId, changes: [kind: number, days: number][]) =>
    store.write(async (tx) => {
      for (const [kind, days] of changes) await change(tx, id, kind, days);
    });

  beforeAll(() => {
    shared = sharedStore();
  });
  afterAll(() => shared.close());

  it('is what it would be had nothing been written down since', async () => {
    const changes = fc
      .array(fc.tuple(fc.nat(13), fc.nat(6)), { minLength: 1, maxLength: 14 })
      .map((list) => list.sort((a, b) => a[1] - b[1]));
    await fc.assert(
      fc.asyncProperty(changes, fc.nat(6), async (all, days) => {
        const [whole, early] = [fresh(), fresh()];
        await write(shared.store, whole, all);
        await write(
          shared.store,
          early,
          all.filter((one) => one[1] <= days),
        );
        const then = await readCaseFile(shared.store.reader, whole, asOf(days));
        expect(then).toEqual(await readCaseFile(shared.store.reader, early, always(days)));
      }),
      { numRuns: 60 },
    );
  });
});

const release = (from: ReturnType<typeof day>, until: ReturnType<typeof day>, id = 1, customer = ash) => ({
  ...{ id, customerId: customer, scope: 'customer' as const, upToExposureMinor: 900, orderReference: null },
  ...{ reason: 'paid by phone', by: 'Ada', from, until, state: 'open' as const },
});

/** One of fourteen changes, of one of two customers. */
async function change(tx: Tx, id: ConnectionId, kind: number, days: number): Promise<void> {
  const at = on(days, `change ${kind}`);
  const customer = customerId(kind % 2 === 0 ? 'c1' : 'c2');
  const until = addDays(at.day, 2);
  const ofCustomer = { customerId: customer, reason: 'said so' };
  const dispute = {
    ...{ ...ofCustomer, id: customer === 'c1' ? 1 : 2, invoiceId: documentId('i1'), invoiceNumber: 'INV-1' },
    ...{ amountMinor: days, currency: 'GBP', owner: 'Ada', openedBy: 'Ada', openedOn: at.day },
    ...{ reviewBy: until, approvedBy: null },
  };
  const promise = {
    ...{ id: kind, customerId: customer, amountMinor: 5, currency: 'GBP', promisedOn: at.day, dueOn: until },
    ...{ invoiceIds: [], takenBy: 'Ada' },
  };
  const standing = { customerId: customer, cause: 'person', until: null } as const;
  const steps: (() => Promise<unknown>)[] = [
    () => saveLimits(tx, id, limitTable({ c1: days }), at),
    () => saveLimits(tx, id, limitTable({ c2: { limit: { kind: 'unlimited' } } }), at),
    () => saveLimits(tx, id, limitTable({ c1: { group: 'Wood' } }, { Wood: days }), at),
    () => saveTag(tx, id, customer, 'export', days % 2 === 0, at),
    () => saveDispute(tx, id, { ...dispute, state: 'open' }, at),
    () => saveDispute(tx, id, { ...dispute, state: 'closed' }, at),
    () => savePromise(tx, id, { ...promise, state: 'open' }, at),
    () => saveManualStanding(tx, id, { ...standing, standing: 'stop' }, at),
    () => saveManualStanding(tx, id, { ...standing, standing: null }, at),
    () => saveRelease(tx, id, release(at.day, until, 3, customer), at),
    () =>
      saveTemporaryLimit(
        tx,
        id,
        { ...ofCustomer, id: 1, amountMinor: 3, from: at.day, to: until, state: 'open' },
        at,
      ),
    () =>
      saveTemporaryLimit(
        tx,
        id,
        { ...ofCustomer, id: 2, amountMinor: 3, from: until, to: until, state: 'open' },
        at,
      ),
    () =>
      saveInsuredLimit(
        tx,
        id,
        customer,
        { insurer: 'Atlas', limitMinor: days, coverPercent: 90, until: null },
        at,
      ),
    () => saveInsuredLimit(tx, id, customer, null, at),
  ];
  await steps[kind % steps.length]?.();
}

/** The part of a case file that is about one customer; groups are everybody's. */
function only(file: CaseFile, id: string): CaseFile {
  const its = <T extends { customerId: string }>(list: readonly T[]): T[] =>
    list.filter((one) => one.customerId === id);
  const mapped = <T>(map: ReadonlyMap<CustomerId, T>) => new Map([...map].filter(([key]) => key === id));
  return {
    limits: { entries: its(file.limits.entries), groups: file.limits.groups },
    limitTerms: mapped(file.limitTerms),
    tags: mapped(file.tags),
    disputes: its(file.disputes),
    promises: its(file.promises),
    manualStandings: its(file.manualStandings),
    releases: its(file.releases),
  };
}
