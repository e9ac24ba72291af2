import { describe, expect, it } from 'vitest';
import { readAudit } from '../../src/audit/index.ts';
import { completeConnect } from '../../src/connect.ts';
import { readConnections, readLastRun, readPublishedRun } from '../../src/mirror/index.ts';
import { faultWorld, PLATFORMS, READS, THREE_DEBTORS, type FaultWorld } from './fault-world.ts';
import { expectInvariants } from './invariants.ts';
import { mirrorTotals, sourceTotals } from './source-totals.ts';

const DAY_MS = 86_400_000;

/** How each platform says that this consent reaches the company no more, in the middle of a run. */
const TAKEN_BACK = {
  xero: [
    ['a token that is good for nothing', 401, { Status: 401, Detail: 'TokenExpired: token expired' }],
    ['a scope that was cut', 401, { Status: 401, Detail: 'AuthorizationUnsuccessful' }],
    ['an organisation that was disconnected', 403, { Status: 403, Detail: 'AuthenticationUnsuccessful' }],
  ],
  quickbooks: [
    ['a token that is good for nothing', 401, { fault: { error: [{ code: '3200' }] } }],
    ['a user without access', 403, { Fault: { Error: [{ code: '120' }] } }],
    ['an app that is not authorised', 403, { fault: { error: [{ code: '3100' }] } }],
    ['a user without access, as a 500', 500, { Fault: { Error: [{ code: '120' }] } }],
  ],
} as const;

describe.each(PLATFORMS)('a consent to %s', (name) => {
  it.each([...TAKEN_BACK[name]])(
    'fault 5: taken back during a run (%s) leaves the run unpublished and nothing decided',
    async (_what, status, body) => {
      const world = await faultWorld(name);
      await world.sync();
      const before = await readPublishedRun(world.app.store.reader, world.id);
      world
        .staff()
        .bill('Cedar', { number: 'C2', amountMinor: 9_000_00, date: '2026-01-01', due: '2026-01-15' });
      world.pass(DAY_MS);
      world.emulator.faults.add({ path: READS[name].changes, status, body });
      await world.failure(world.night());
      expect(await world.intents()).toEqual([]);
      expect(world.emulator.effects.list()).toEqual([]);
      expect(await readPublishedRun(world.app.store.reader, world.id)).toEqual(before);
      expect(await readLastRun(world.app.store.reader, world.id)).toMatchObject({ state: 'failed' });
      expect(await world.connection()).toMatchObject({ state: 'reconnect' });
      world.emulator.faults.clear();
      await world.connect();
      await expectInvariants(world);
    },
  );

  it('fault 5: taken back between the decision and the sending sends nothing', async () => {
    const world = await faultWorld(name);
    await world.night();
    const sent = world.emulator.effects.list().length;
    world.emulator.faults.add({ path: '/**', status: 403, body: {} });
    await world.dispatch().catch(() => undefined);
    expect(world.emulator.effects.list()).toHaveLength(sent);
    expect(
      (await world.intents()).filter(({ kind }) => kind === 'reminder').map(({ state }) => state),
    ).toEqual(['ready', 'ready']);
    world.emulator.faults.clear();
    await world.connect();
    await expectInvariants(world);
  });

  it('fault 6: given again for another company makes a second connection and leaves the first as it was', async () => {
    const world = await faultWorld(name, {
      companies: [THREE_DEBTORS, [{ name: 'Willow', limit: '1' }]],
      apart: true,
      connected: 1,
    });
    await world.night();
    const [first] = world.ids;
    const before = await mirrorTotals(world.app.store.reader, first!);
    world.ids.push(...(await world.consentTo(1)));
    expect(new Set(world.ids).size).toBe(2);
    await world.sync({}, world.ids[1]);
    expect(await mirrorTotals(world.app.store.reader, first!)).toEqual(before);
    await world.dispatch(first);
    const reached = new Set(world.emulator.effects.list().map((effect) => effect.company));
    expect([...reached], 'companies in which something was done').toEqual([world.company(first)]);
    await expectInvariants(world);
  });

  it('fault 6: given again for the same company renews its connection and makes no second one', async () => {
    const world = await faultWorld(name);
    await world.night();
    expect(await world.consentTo(0)).toEqual(world.ids);
    expect(await readConnections(world.app.store.reader)).toHaveLength(1);
    await expectInvariants(world);
  });

  it('fault 7: calls that go to another company by a mistake stop the run before a row is taken over', async () => {
    const world = await faultWorld(name, { companies: [THREE_DEBTORS, [{ name: 'Willow' }]] });
    const [mine, other] = [world.ids[0]!, world.ids[1]!];
    await world.sync({}, mine);
    const before = await mirrorTotals(world.app.store.reader, mine);
    world.pass(DAY_MS);
    misdirect(world, world.company(mine), world.company(other));
    const error = await world.failure(world.sync({}, mine));
    expect(['COMPANY_CHANGED', 'PLATFORM_FORBIDDEN', 'PLATFORM_TOKEN_REJECTED']).toContain(error.code);
    expect(await mirrorTotals(world.app.store.reader, mine)).toEqual(before);
    world.wire = null;
    for (const id of world.ids) await world.reconnect(id);
    await expectInvariants(world);
  });

  it('fault 7: writes that would go to another company are not made', async () => {
    const world = await faultWorld(name, { companies: [THREE_DEBTORS, THREE_DEBTORS] });
    const [mine, other] = [world.ids[0]!, world.ids[1]!];
    world.emulator.faults.add({ ...HOLD[name], status: 429, headers: { 'retry-after': '5' }, body: '{}' });
    await world.night(mine);
    const before = world.emulator.effects.list();
    expect((await world.intents()).find(({ kind }) => kind === 'hold.place')).toMatchObject({
      state: 'ready',
    });
    world.pass(60_000);
    world.emulator.faults.clear();
    misdirect(world, world.company(mine), world.company(other));
    await world.dispatch(mine).catch(() => undefined);
    expect(world.emulator.effects.list()).toEqual(before);
    world.wire = null;
    for (const id of world.ids) await world.reconnect(id);
    await expectInvariants(world);
  });
});

/** The write that places a hold. */
const HOLD = {
  xero: { method: 'PUT', path: '/api.xro/2.0/ContactGroups/*/Contacts' },
  quickbooks: { method: 'POST', path: '/v3/company/*/customer' },
};

/** What belongs to one company goes to another one from now on, as by a mistake in our own code. */
function misdirect(world: FaultWorld, from: string, to: string): void {
  world.wire = async (request, next) => {
    const headers = new Headers(request.headers);
    if (headers.get('xero-tenant-id') === from) headers.set('xero-tenant-id', to);
    const body = request.method === 'GET' ? null : await request.text();
    const url = request.url.replaceAll(from, to);
    return next(new Request(url, { method: request.method, headers, body, redirect: 'manual' }));
  };
}

describe.each(PLATFORMS)('the answer to a consent to %s', (name) => {
  /** What a refused answer must leave: no connection, no token, and a line in the audit log. */
  async function expectNothingStored(world: FaultWorld): Promise<void> {
    const { reader } = world.app.store;
    expect(await readConnections(reader)).toEqual([]);
    expect(await reader.selectFrom('token_set').selectAll().execute()).toEqual([]);
    expect((await readAudit(reader, 50)).map(({ action }) => action)).toContain('connection.refused');
  }

  const changed = (url: URL, change: (query: URLSearchParams) => void): string => {
    const copy = new URL(url);
    change(copy.searchParams);
    return copy.href;
  };

  it.each([
    ['a state that nobody asked with', (query: URLSearchParams) => query.set('state', 'x'.repeat(43))],
    ['no state', (query: URLSearchParams) => query.delete('state')],
    ['an empty state', (query: URLSearchParams) => query.set('state', '')],
    ['two states', (query: URLSearchParams) => query.append('state', 'another')],
    ['a code that nobody gave', (query: URLSearchParams) => query.set('code', 'y'.repeat(43))],
    ['no code', (query: URLSearchParams) => query.delete('code')],
    [
      'a refusal',
      (query: URLSearchParams) => {
        query.delete('code');
        query.set('error', 'access_denied');
      },
    ],
  ])('fault 8: with %s is refused, stores nothing and is written down', async (_what, change) => {
    const world = await faultWorld(name, { connected: 0 });
    const callback = await world.callback();
    await world.failure(completeConnect(world.app, name, changed(callback, change)));
    await expectNothingStored(world);
    world.ids.push(...(await world.connect()));
    await expectInvariants(world);
  });

  it('fault 8: is taken once: the second time it is refused, and the connection lives on', async () => {
    const world = await faultWorld(name, { connected: 0 });
    const callback = await world.callback();
    world.ids.push(...(await completeConnect(world.app, name, callback.href)));
    expect(await world.failure(completeConnect(world.app, name, callback.href))).toMatchObject({
      code: 'STATE_UNKNOWN',
    });
    expect(await readConnections(world.app.store.reader)).toHaveLength(1);
    await expectInvariants(world);
  });

  it('fault 8: with a code that was used before is refused although its state is fresh', async () => {
    const world = await faultWorld(name);
    const used = await world.callback();
    await completeConnect(world.app, name, used.href);
    const fresh = await world.callback();
    const again = changed(fresh, (query) => query.set('code', used.searchParams.get('code') ?? ''));
    const before = await world.app.store.reader.selectFrom('token_set').select('id').execute();
    await world.failure(completeConnect(world.app, name, again));
    expect(await world.app.store.reader.selectFrom('token_set').select('id').execute()).toEqual(before);
    await world.connect();
    await expectInvariants(world);
  });

  it('fault 8: that belongs to the other platform is refused and leaves the question open', async () => {
    const world = await faultWorld(name, { connected: 0 });
    const callback = await world.callback();
    const other = name === 'xero' ? 'quickbooks' : 'xero';
    expect(await world.failure(completeConnect(world.app, other, callback.href))).toMatchObject({
      code: 'STATE_UNKNOWN',
    });
    await expectNothingStored(world);
    world.ids.push(...(await completeConnect(world.app, name, callback.href)));
    await expectInvariants(world);
  });
});

describe('the answer to a consent to quickbooks', () => {
  it.each([
    ['another company that is served', (_mine: string, other: string) => other],
    ['one that does not exist', () => '123456789'],
    ['none', () => ''],
    ['what is no number', () => '../../v3'],
  ])('fault 8: whose realmId was changed to %s is refused', async (_what, realm) => {
    const world = await faultWorld('quickbooks', { companies: [THREE_DEBTORS, THREE_DEBTORS], connected: 0 });
    const served = world.emulator.state.db
      .prepare('SELECT remote_id FROM company ORDER BY seq')
      .pluck()
      .all();
    const [mine, other] = served as [string, string];
    world.emulator.consent.quickbooks.companies = [mine];
    const callback = await world.callback();
    callback.searchParams.set('realmId', realm(mine, other));
    await world.failure(completeConnect(world.app, 'quickbooks', callback.href));
    expect(await readConnections(world.app.store.reader)).toEqual([]);
    expect(await world.app.store.reader.selectFrom('token_set').selectAll().execute()).toEqual([]);
    world.ids.push(...(await world.consentTo(0)));
    await world.sync();
    expect(await mirrorTotals(world.app.store.reader, world.id)).toEqual(
      sourceTotals(world.emulator, 'quickbooks', mine),
    );
    await expectInvariants(world);
  });
});
