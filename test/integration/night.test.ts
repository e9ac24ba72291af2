import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../src/audit/index.ts';
import { setExclusion, setKillSwitch } from '../../src/cases/index.ts';
import { customerId } from '../../src/domain/index.ts';
import { answerProposals } from '../../src/outbox/index.ts';
import { DEFAULT_POLICY_FILE } from '../../src/policy/index.ts';
import { bill, changedPolicy, smallBook, type Debtor } from '../support/small-book.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

/** Far over its limit and late, a little late, and in good order. */
const debtors: Debtor[] = [
  { name: 'Ash', limit: '1000', bills: [bill('A1', 40, 1200_00)] },
  { name: 'Birch', limit: '1000', bills: [bill('B1', 2, 200_00)] },
  { name: 'Cedar', limit: '1000', bills: [bill('C1', -20, 300_00)] },
];

const by = { by: 'Kim', atMs: 0 };
const defaultPolicy = readFileSync(DEFAULT_POLICY_FILE, 'utf8');

describe.each(['xero', 'quickbooks'] as const)('the night on %s', (platform) => {
  async function open(some: Debtor[] = debtors, options: Partial<WorldOptions> = {}): Promise<World> {
    world = await startWorld({ [platform]: [smallBook('harbour', some)], ...options });
    return world;
  }

  /** What reached the platforms and the mail server so far. */
  const effects = (): string[] =>
    world.emulator.effects.list().map((effect) => `${effect.kind} ${effect.target ?? ''}`);

  it('holds who must be held, reminds who is late, and leaves the rest in peace', async () => {
    await open();
    const { plan, dispatched } = await world.night();
    expect(plan.planned.map((one) => `${one.kind} ${one.customerName}`).sort()).toEqual([
      'hold.place Ash',
      'reminder Ash',
      'reminder Birch',
    ]);
    expect(dispatched.lines.every((line) => line.state === 'done' && line.confirmed)).toBe(true);
    expect(world.staff().held()).toEqual(['Ash']);
    expect(await world.inbox()).toEqual([]);
    await world.dispatch();
    const inbox = await world.inbox();
    expect(inbox.map((mail) => mail.recipients)).toEqual([
      ['accounts@ash.example'],
      ['accounts@birch.example'],
    ]);
  });

  it('does nothing new when it is run again, that day or the next', async () => {
    await open();
    await world.night();
    await world.dispatch();
    const once = effects();
    for (const hours of [0, 1, 23]) {
      world.pass(hours * 3_600_000);
      const { plan, dispatched } = await world.night();
      expect(plan).toEqual({ planned: [], superseded: 0, stopped: [] });
      expect(dispatched.lines).toEqual([]);
      expect((await world.dispatch()).lines).toEqual([]);
    }
    expect(effects()).toEqual(once);
  });

  it('only proposes on a new connection: nothing leaves until a person approves', async () => {
    await open(debtors, { mode: 'propose' });
    await world.night();
    await world.dispatch();
    expect(effects()).toEqual([]);
    const proposed = await world.intents({ states: ['proposed'] });
    expect(proposed.map((intent) => intent.kind).sort()).toEqual(['hold.place', 'reminder', 'reminder']);
    const { store, clock } = world.app;
    const wanted = proposed.filter((intent) => intent.content.customerName === 'Ash');
    await answerProposals(
      store,
      clock,
      wanted.map((intent) => intent.id),
      'approve',
      'Kim',
      world.app.policy(),
    );
    await world.dispatch();
    expect(world.staff().held()).toEqual(['Ash']);
    expect((await world.inbox()).map((mail) => mail.recipients)).toEqual([['accounts@ash.example']]);
  });

  it('does not ask again for a hold that a person turned down, nor soon for a reminder', async () => {
    await open(debtors, { mode: 'propose' });
    await world.night();
    const proposed = await world.intents({ states: ['proposed'] });
    const { store, clock } = world.app;
    await answerProposals(
      store,
      clock,
      proposed.map((intent) => intent.id),
      'reject',
      'Kim',
      world.app.policy(),
    );
    for (const day of ['12', '13', '14']) {
      world.moveTo(`2026-03-${day}T03:00:00Z`);
      expect((await world.night()).plan.planned).toEqual([]);
    }
    world.moveTo('2026-03-15T03:00:00Z');
    expect((await world.night()).plan.planned.map((one) => `${one.kind} ${one.customerName}`)).toEqual([
      'reminder Ash',
    ]);
    expect(effects()).toEqual([]);
  });

  it('writes decisions and effects into an audit chain that verifies', async () => {
    await open();
    await world.night();
    await world.dispatch();
    const { entries } = await verifyAudit(world.app.store.reader);
    expect(entries).toBeGreaterThan(10);
  });

  it('stops for a person when far more would be held than usual', async () => {
    const many = ['Ash', 'Birch', 'Cedar', 'Dogwood', 'Elder'].map((name): Debtor => ({
      name,
      limit: '100',
      bills: [bill(`${name}-1`, 40, 500_00)],
    }));
    const policy = changedPolicy(defaultPolicy, [['customers: 20, percent: 5', 'customers: 4, percent: 5']]);
    await open(many, { policy });
    const { plan } = await world.night();
    expect(plan.stopped.map((line) => line.split(':')[0])).toEqual(['hold.place', 'reminder']);
    await world.dispatch();
    expect(effects()).toEqual([]);
    const proposed = await world.intents({ states: ['proposed'], kinds: ['hold.place'] });
    const { store, clock } = world.app;
    await answerProposals(
      store,
      clock,
      proposed.map((intent) => intent.id),
      'approve',
      'Kim',
      world.app.policy(),
    );
    await world.dispatch();
    expect(world.staff().held()).toEqual(many.map((debtor) => debtor.name));
    expect(await world.inbox()).toEqual([]);
  });

  it('sends nothing while the kill switch is on, and goes on when it is off', async () => {
    await open();
    const { store } = world.app;
    await store.write((tx) => setKillSwitch(tx, true, by));
    await world.night();
    const { lines } = await world.dispatch();
    expect(lines.map((line) => line.detail)).toEqual(Array(3).fill('waits: the kill switch is on'));
    expect(effects()).toEqual([]);
    await store.write((tx) => setKillSwitch(tx, false, by));
    await world.dispatch();
    expect(world.staff().held()).toEqual(['Ash']);
    expect(await world.inbox()).toHaveLength(2);
  });

  it('neither holds nor reminds who is on the exclusion list, even when it was decided before', async () => {
    await open();
    const { store } = world.app;
    const exclude = (name: string): Promise<void> =>
      store.write((tx) =>
        setExclusion(tx, world.ids[0]!, customerId(world.staff().idOf(name)), 'in talks', by),
      );
    await exclude('Ash');
    const { plan } = await world.night();
    expect(plan.planned.map((one) => one.customerName)).toEqual(['Birch']);
    await exclude('Birch');
    const { lines } = await world.dispatch();
    expect(lines.map((line) => [line.state, line.detail])).toEqual([['superseded', 'excluded: in talks']]);
    expect(effects()).toEqual([]);
  });

  it('acts on no mirror older than the policy allows', async () => {
    await open(debtors, { now: '2026-03-11T08:00:00Z' });
    await world.night();
    const held = effects();
    world.moveTo('2026-03-12T11:00:00Z');
    const { lines } = await world.dispatch();
    expect(lines.map((line) => line.detail)).toEqual(
      Array(2).fill('waits: the last sync is 27 hours old, the policy allows 26'),
    );
    expect(effects()).toEqual(held);
    await world.sync();
    expect((await world.dispatch()).lines.filter((line) => line.kind === 'reminder')).toMatchObject([
      { state: 'done' },
      { state: 'done' },
    ]);
  });

  it('decides nothing on a sync that broke off, and goes on where it stopped', async () => {
    await open();
    world.emulator.faults.add({ method: 'GET', path: INVOICES[platform], status: 400, body: '{}' });
    await expect(world.night()).rejects.toMatchObject({ code: 'PLATFORM_REFUSED' });
    await world.dispatch();
    expect(await world.intents()).toEqual([]);
    expect(effects()).toEqual([]);
    world.emulator.faults.clear();
    await world.night();
    expect(world.staff().held()).toEqual(['Ash']);
  });
});

/** The list of invoices, as it is asked for by a night. */
const INVOICES = {
  xero: '/api.xro/2.0/Invoices',
  quickbooks: '^/v3/company/[^/]+/(query\\?.*Invoice|cdc\\?)',
};

describe('two Xero organisations under one consent', () => {
  it('share their tokens: however many nights run at once, they are refreshed once', async () => {
    const book = (id: string) => smallBook(id, debtors);
    world = await startWorld({ xero: [book('harbour'), book('quay')] });
    const { emulator, ids } = world;
    emulator.faults.add({ path: '/connect/token', after: Infinity });
    const asked = (): number => emulator.faults.list()[0]!.seen;
    world.pass(40 * 60_000);
    await Promise.all(ids.map((id) => world.night(id)));
    expect(asked()).toBe(1);
    expect(ids.map((id) => world.staff(id).held())).toEqual([['Ash'], ['Ash']]);
    world.pass(40 * 60_000);
    await world.night(ids[1]);
    await world.night(ids[0]);
    expect(asked()).toBe(2);
  });
});
