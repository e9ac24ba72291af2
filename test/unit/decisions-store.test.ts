import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAudit, verifyAudit } from '../../src/audit/index.ts';
import { connectionId, customerId, type ConnectionId } from '../../src/domain/index.ts';
import {
  beginNight,
  decideStandings,
  endNight,
  noticeDrift,
  readFlags,
  readHolds,
  readLastNights,
  readStandings,
  readStandingsBefore,
  saveDecisions,
  saveHold,
} from '../../src/decisions/index.ts';
import { computeFacts, readFacts, saveFacts, type FactsInput } from '../../src/facts/index.ts';
import { readConnection } from '../../src/mirror/index.ts';
import { evaluate } from '../../src/rules/index.ts';
import type { Store } from '../../src/store/index.ts';
import { connect, FakePlatform } from '../support/fake-platform.ts';
import { factsInput, limitTable, openInvoice, policyWith } from '../support/facts-builders.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { customerRecord, day, invoiceRecord, NOW_MS } from '../support/mirror-records.ts';
import { sharedStore } from '../support/temp-store.ts';
import { syncConnection } from '../../src/mirror/index.ts';

let store: Store;
let close: () => Promise<void>;
beforeAll(() => ({ store, close } = sharedStore()));
afterAll(() => close());

const policy = policyWith();
let connections = 0;
const nextConnection = () => connectionId(`connection-${(connections += 1)}`);

/** One night's judgement of these facts, written down. */
async function night(connection: ConnectionId, date: string, fields: Partial<FactsInput>): Promise<void> {
  const asOf = day(date);
  const facts = computeFacts(factsInput({ asOf, ...fields }));
  const flags = evaluate(facts, policy);
  const before = await readStandingsBefore(store.reader, connection, asOf);
  const standings = decideStandings(facts, flags, before, policy);
  const basis = { connectionId: connection, asOf, run: 1, policy, nowMs: NOW_MS };
  await store.write((tx) => saveDecisions(tx, basis, flags, standings));
}

async function decisionsOf(connection: ConnectionId) {
  const rows = await store.reader
    .selectFrom('decision')
    .selectAll()
    .where('connection_id', '=', connection)
    .orderBy('id')
    .execute();
  return rows.map((row) => `${row.as_of} ${row.customer_id}: ${row.from_standing} → ${row.to_standing}`);
}

const over = { invoices: [openInvoice('1', 200_00)], limits: limitTable({ c1: 100_00 }) };

describe('a night that is written down', () => {
  it('keeps each change of a standing as a decision with its reasons and policy, and tells the audit log', async () => {
    const connection = nextConnection();
    await night(connection, '2026-03-11', over);
    await night(connection, '2026-03-12', over);
    await night(connection, '2026-03-13', {});
    expect(await decisionsOf(connection)).toEqual([
      '2026-03-11 c1: clear → hold',
      '2026-03-13 c1: hold → clear',
    ]);
    const standings = await readStandings(store.reader, connection);
    expect(standings.get(customerId('c1'))).toMatchObject({
      standing: 'clear',
      since: '2026-03-13',
      reasons: [],
    });
    const audit = await readAudit(store.reader, 10, connection);
    expect(audit.map((row) => [row.action, row.details.to, row.details.policy])).toEqual([
      ['standing.changed', 'clear', policy.hash],
      ['standing.changed', 'hold', policy.hash],
    ]);
    await verifyAudit(store.reader);
  });

  it('changes nothing when it is written down again', async () => {
    const connection = nextConnection();
    await night(connection, '2026-03-11', over);
    const before = [
      await readStandings(store.reader, connection),
      await readFlags(store.reader, connection, day('2026-03-11')),
    ];
    await night(connection, '2026-03-11', over);
    expect([
      await readStandings(store.reader, connection),
      await readFlags(store.reader, connection, day('2026-03-11')),
    ]).toEqual(before);
    expect(await decisionsOf(connection)).toHaveLength(1);
    expect(await readAudit(store.reader, 10, connection)).toHaveLength(1);
  });

  it('keeps the day since when a customer stands so, and the reasons of today', async () => {
    const connection = nextConnection();
    await night(connection, '2026-03-11', over);
    await night(connection, '2026-03-12', { ...over, invoices: [openInvoice('1', 300_00)] });
    const standing = (await readStandings(store.reader, connection)).get(customerId('c1'));
    expect(standing?.since).toBe('2026-03-11');
    expect(standing?.reasons[0]?.explanation).toContain('300.00 GBP');
  });

  it('says nothing of customers that were clear and still are', async () => {
    const connection = nextConnection();
    await night(connection, '2026-03-11', {});
    expect(await readStandings(store.reader, connection)).toEqual(new Map());
    expect(await decisionsOf(connection)).toEqual([]);
  });

  it('keeps the flags of every night as they were raised', async () => {
    const connection = nextConnection();
    await night(connection, '2026-03-11', over);
    await night(connection, '2026-03-12', {});
    const flags = await readFlags(store.reader, connection, day('2026-03-11'));
    expect(flags.map((flag) => [flag.rule, flag.figureMinor])).toEqual([['over-limit', 200_00]]);
    expect(await readFlags(store.reader, connection, day('2026-03-12'))).toEqual([]);
  });
});

describe('how customers stood before a day', () => {
  const owes = (minor: number) => ({
    invoices: [openInvoice('1', minor)],
    limits: limitTable({ c1: 1000_00 }),
  });
  const before = async (connection: ConnectionId, date: string) =>
    [...(await readStandingsBefore(store.reader, connection, day(date))).values()].map(
      ({ standing, since, reasons, clearing }) =>
        `${standing} since ${since}, ${reasons[0]?.explanation.match(/owes ([\d,.]+)/)?.[1] ?? ''}, ${clearing?.amountMinor ?? ''}`,
    );

  it('is known for each day, changes of the reasons and of what clears them included', async () => {
    const connection = nextConnection();
    await night(connection, '2026-03-10', owes(1200_00));
    await night(connection, '2026-03-11', owes(1300_00));
    await night(connection, '2026-03-12', owes(1300_00));
    await night(connection, '2026-03-13', {});
    expect(await before(connection, '2026-03-09')).toEqual([]);
    expect(await before(connection, '2026-03-10')).toEqual([]);
    expect(await before(connection, '2026-03-11')).toEqual(['hold since 2026-03-10, 1,200.00, 25000']);
    expect(await before(connection, '2026-03-12')).toEqual(['hold since 2026-03-10, 1,300.00, 35000']);
    expect(await before(connection, '2026-03-13')).toEqual(['hold since 2026-03-10, 1,300.00, 35000']);
    expect(await before(connection, '2026-03-14')).toEqual(['clear since 2026-03-13, , ']);
  });

  it('stays what it was however often the night of the day is made anew, and the last one counts', async () => {
    const connection = nextConnection();
    await night(connection, '2026-03-10', owes(900_00));
    await night(connection, '2026-03-11', owes(1200_00));
    await night(connection, '2026-03-11', owes(1050_00));
    expect(await before(connection, '2026-03-11')).toEqual(['watch since 2026-03-10, 900.00, 10001']);
    expect(await before(connection, '2026-03-12')).toEqual([
      'approve-first since 2026-03-11, 1,050.00, 5000',
    ]);
    expect(await decisionsOf(connection)).toEqual([
      '2026-03-10 c1: clear → watch',
      '2026-03-11 c1: watch → hold',
      '2026-03-11 c1: hold → approve-first',
    ]);
  });

  it('is kept for each company by itself, and what a standing says is read back as it was written', async () => {
    const [one, other] = [nextConnection(), nextConnection()];
    await night(one, '2026-03-11', over);
    await night(other, '2026-03-11', {});
    expect(await before(other, '2026-03-12')).toEqual([]);
    const read = (await readStandings(store.reader, one)).get(customerId('c1'));
    expect(read).toEqual(
      (await readStandingsBefore(store.reader, one, day('2026-03-12'))).get(customerId('c1')),
    );
    expect(read?.clearing).toMatchObject({ sentence: '105.00 GBP on 1 lifts this hold.', invoices: ['1'] });
    expect(read?.unpayable).toBeNull();
  });
});

describe('a hold that is written down', () => {
  it('is found in drift once, when the platform does not show it any more', async () => {
    const connection = nextConnection();
    const hold = (id: string, state: 'on' | 'off') => ({ customerId: customerId(id), episode: 2, state });
    await store.write(async (tx) => {
      await saveHold(tx, connection, hold('gone', 'on'), NOW_MS, 'placed');
      await saveHold(tx, connection, hold('there', 'on'), NOW_MS, 'placed');
      await saveHold(tx, connection, hold('released', 'off'), NOW_MS, 'released');
    });
    const notice = () =>
      store.write((tx) => noticeDrift(tx, connection, (customer) => customer === 'there', NOW_MS));
    expect(await notice()).toEqual(['gone']);
    expect(await notice()).toEqual([]);
    const holds = await readHolds(store.reader, connection);
    expect([...holds.values()].map((one) => [one.customerId, one.state, one.episode])).toEqual([
      ['gone', 'drift', 2],
      ['released', 'off', 2],
      ['there', 'on', 2],
    ]);
    expect((await readAudit(store.reader, 10, connection)).map((row) => row.action)).toEqual(['hold.drift']);
  });
});

describe('a night of the scheduler', () => {
  it('is remembered with how it ended, the newest of each company', async () => {
    const [one, other] = [nextConnection(), nextConnection()];
    await store.write(async (tx) => {
      await beginNight(tx, one, day('2026-03-10'), 1);
      await endNight(tx, one, day('2026-03-10'), 'failed', 2, { error: 'x' });
      await beginNight(tx, one, day('2026-03-11'), 3);
      await beginNight(tx, other, day('2026-03-09'), 4);
      await endNight(tx, other, day('2026-03-09'), 'done', 5, {});
    });
    const nights = (await readLastNights(store.reader)).filter((n) => [one, other].includes(n.connectionId));
    expect(nights).toEqual([
      { connectionId: one, day: '2026-03-11', state: 'running', startedAtMs: 3, finishedAtMs: null },
      { connectionId: other, day: '2026-03-09', state: 'done', startedAtMs: 4, finishedAtMs: 5 },
    ]);
  });
});

describe('facts of a company', () => {
  const clock = new ManualClock(NOW_MS);

  it('rest on the last finished sync and are not given before there is one, or while one is unfinished', async () => {
    const connection = await connect(store, { company: 'facts-1' });
    const read = () => readFacts(store.reader, connection, policy, day('2026-03-11'));
    await expect(read()).rejects.toMatchObject({ code: 'NOT_SYNCED' });
    const platform = new FakePlatform()
      .add('customers', { customers: [customerRecord('c1')] })
      .add('invoices', { invoices: [invoiceRecord('i1')] });
    await syncConnection(store, clock, connection, platform);
    const facts = await read();
    expect(facts).toMatchObject({ run: 1, reconstructed: false, asOf: '2026-03-11', syncedAtMs: NOW_MS });
    expect(facts.facts.map((one) => one.own.base?.exposureMinor)).toEqual([100_00]);
    platform.add('invoices', { invoices: [invoiceRecord('i2')] }).add('payments', {});
    await expect(syncConnection(store, clock, connection, platform.failAfter(1))).rejects.toThrow();
    await expect(read()).rejects.toMatchObject({ code: 'SYNC_UNFINISHED' });
  });

  it('take the day in the company’s own zone for today: the evening of the day before in New York', async () => {
    const connection = await connect(store, { company: 'facts-2', timeZone: 'America/New_York' });
    const late = new ManualClock(Date.parse('2026-03-12T02:00:00Z'));
    const platform = new FakePlatform().describeItselfAs({ timeZone: 'America/New_York' });
    await syncConnection(store, late, connection, platform);
    const on = async (date: string) =>
      (await readFacts(store.reader, await readConnection(store.reader, connection.id), policy, day(date)))
        .reconstructed;
    expect([await on('2026-03-10'), await on('2026-03-11'), await on('2026-03-12')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('are kept once a night for customers of whom there is something to say', async () => {
    const connection = await connect(store, { company: 'facts-3' });
    const platform = new FakePlatform()
      .add('customers', { customers: [customerRecord('c1'), customerRecord('nothing')] })
      .add('invoices', { invoices: [invoiceRecord('i1')] });
    await syncConnection(store, clock, connection, platform);
    const facts = await readFacts(store.reader, connection, policy, day('2026-03-11'));
    await store.write((tx) => saveFacts(tx, connection, facts));
    await store.write((tx) => saveFacts(tx, connection, facts));
    const rows = await store.reader
      .selectFrom('customer_facts')
      .selectAll()
      .where('connection_id', '=', connection.id)
      .execute();
    expect(rows.map((row) => [row.customer_id, row.as_of, row.run])).toEqual([['c1', '2026-03-11', 1]]);
    expect(JSON.parse(rows[0]?.content ?? '')).toMatchObject({ exposureMinor: 100_00 });
  });
});
