import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionId, customerId, type ConnectionId } from '../../src/domain/index.ts';
import {
  claimAddresses,
  claimStep,
  readReminderPast,
  saveEpisodes,
  setReminderState,
  type DueReminder,
  type ReminderRecord,
} from '../../src/reminders/index.ts';
import type { Store } from '../../src/store/index.ts';
import { AS_OF } from '../support/facts-builders.ts';
import { day } from '../support/mirror-records.ts';
import { sharedStore } from '../support/temp-store.ts';

let store: Store;
let close: () => Promise<void>;
beforeAll(() => ({ store, close } = sharedStore()));
afterAll(() => close());

let connections = 0;
const nextConnection = () => connectionId(`connection-${(connections += 1)}`);
const c1 = customerId('c1');

const due = (fields: Partial<DueReminder> = {}): DueReminder => ({
  billTo: c1,
  billToName: 'Customer c1',
  addresses: [],
  country: 'GB',
  episode: '1',
  step: 1,
  position: 0,
  asOf: AS_OF,
  daysOverdue: 1,
  invoices: [],
  ...fields,
});
const claim = (connection: ConnectionId, fields: Partial<DueReminder> = {}): Promise<number | null> =>
  store.write((tx) => claimStep(tx, connection, due(fields)));
const setState = (id: number, state: ReminderRecord['state']): Promise<void> =>
  store.write((tx) => setReminderState(tx, id, state));

describe('a step of an episode', () => {
  it('can be claimed once', async () => {
    const connection = nextConnection();
    expect(await claim(connection)).toBeGreaterThan(0);
    expect(await claim(connection)).toBeNull();
  });

  it('is another one in another step, episode, customer or company', async () => {
    const connection = nextConnection();
    const ids = [
      await claim(connection),
      await claim(connection, { step: 7 }),
      await claim(connection, { episode: '2' }),
      await claim(connection, { billTo: customerId('c2') }),
      await claim(nextConnection()),
    ];
    expect(new Set(ids).size).toBe(5);
    expect(ids).not.toContain(null);
  });

  it.each(['planned', 'attempting', 'sent', 'unknown', 'refused'] as const)(
    'that is %s stays claimed',
    async (state) => {
      const connection = nextConnection();
      await setState((await claim(connection)) ?? 0, state);
      expect(await claim(connection)).toBeNull();
    },
  );

  it.each(['superseded', 'expired'] as const)(
    'that was never carried out (%s) can be claimed again',
    async (state) => {
      const connection = nextConnection();
      const id = (await claim(connection)) ?? 0;
      await setState(id, state);
      expect(await claim(connection, { asOf: day('2026-03-12') })).toBe(id);
      const { history } = await readReminderPast(store.reader, connection);
      expect(history.get(c1)).toEqual([
        { billTo: c1, episode: '1', step: 1, asOf: '2026-03-12', state: 'planned' },
      ]);
    },
  );
});

describe('an address', () => {
  it('takes one message a day, however it is written, and the same one again', async () => {
    const connection = nextConnection();
    const take = (address: string, date: string, reminder: number): Promise<boolean> =>
      store.write((tx) => claimAddresses(tx, connection, [address], day(date), reminder));
    expect(await take('Ada@Example.com', '2026-03-11', 1)).toBe(true);
    expect(await take('ada@example.com', '2026-03-11', 2)).toBe(false);
    expect(await take('ADA@EXAMPLE.COM', '2026-03-11', 1)).toBe(true);
    expect(await take('ada@example.com', '2026-03-12', 2)).toBe(true);
    expect(await take('bob@example.com', '2026-03-11', 2)).toBe(true);
  });

  it('stays free when a message to several finds one of them taken', async () => {
    const connection = nextConnection();
    const take = (addresses: string[], reminder: number): Promise<boolean> =>
      store.write((tx) => claimAddresses(tx, connection, addresses, AS_OF, reminder));
    expect(await take(['bob@example.com'], 1)).toBe(true);
    expect(await take(['ada@example.com', 'bob@example.com'], 2)).toBe(false);
    expect(await take(['ada@example.com'], 3)).toBe(true);
  });

  it('is free for another company', async () => {
    const take = (connection: ConnectionId): Promise<boolean> =>
      store.write((tx) => claimAddresses(tx, connection, ['ada@example.com'], AS_OF, 1));
    expect([await take(nextConnection()), await take(nextConnection())]).toEqual([true, true]);
  });
});

describe('dunning episodes', () => {
  it('are remembered with their number, open or closed', async () => {
    const connection = nextConnection();
    const episode = (number: number) => ({ billTo: c1, number, openedOn: AS_OF });
    const save = (...[opened, closed]: [number[], number[]]) =>
      store.write((tx) =>
        saveEpisodes(tx, connection, opened.map(episode), closed.map(episode), day('2026-03-12')),
      );
    await save([1], []);
    const open = await readReminderPast(store.reader, connection);
    expect(open.episodes.get(c1)).toEqual(episode(1));
    await save([], [1]);
    const closed = await readReminderPast(store.reader, connection);
    expect([closed.episodes.size, closed.episodeCounts.get(c1)]).toEqual([0, 1]);
    await save([2], []);
    const again = await readReminderPast(store.reader, connection);
    expect([again.episodes.get(c1)?.number, again.episodeCounts.get(c1)]).toEqual([2, 2]);
  });
});
