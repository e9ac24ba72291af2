import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { checkConnection } from '../../src/cli/doctor/check-connection.ts';
import { completeConnect } from '../../src/connect.ts';
import { readConnections, readTokenSet } from '../../src/mirror/index.ts';
import { faultWorld, PLATFORMS, READS, THREE_DEBTORS, type FaultWorld } from './fault-world.ts';
import { expectInvariants } from './invariants.ts';
import { mirrorTotals } from './source-totals.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SECRET = 'fault-nine-token-0123456789abcdefghijklmnop';

const reply = (fields: object): object => ({
  access_token: SECRET,
  refresh_token: SECRET,
  token_type: 'Bearer',
  expires_in: 1800,
  ...fields,
});

const STRANGE: [string, unknown][] = [
  ['HTML under 200', '<html>Sign in</html>'],
  ['nothing', ''],
  ['broken JSON', '{"access_token":"'],
  ['a list', [reply({})]],
  ['null', 'null'],
  ['no access token', reply({ access_token: undefined })],
  ['an empty access token', reply({ access_token: '' })],
  ['a token with a line end', reply({ access_token: 'a\r\nb' })],
  ['a life of 0', reply({ expires_in: 0 })],
  ['a negative life', reply({ expires_in: -1800 })],
  ['a life as text', reply({ expires_in: '1800' })],
  ['no life', reply({ expires_in: undefined })],
  ['a life beyond all numbers', `{"access_token":"${SECRET}","token_type":"Bearer","expires_in":1e400}`],
  ['an empty refresh token', reply({ refresh_token: '' })],
  ['a refresh token that is a number', reply({ refresh_token: 7 })],
  ['another kind of token', reply({ token_type: 'mac' })],
];

describe.each(PLATFORMS)('a token reply of %s', (name) => {
  it.each(STRANGE)(
    'fault 9: with %s is not taken: the old pair is kept and the error shown',
    async (_what, body) => {
      const world = await faultWorld(name);
      world.secrets.push(SECRET);
      const stored = async () =>
        readTokenSet(world.app.store.reader, world.app.key, (await world.connection()).tokenSetId);
      const before = await stored();
      world.pass(2 * HOUR_MS);
      world.emulator.faults.add({ path: READS[name].token, status: 200, body });
      const error = await world.failure(world.sync());
      expect(error).toMatchObject({ code: 'PLATFORM_BAD_REPLY' });
      expect(error.message).toMatch(/token/i);
      expect(await stored()).toEqual(before);
      expect(await world.connection()).toMatchObject({ state: 'active' });
      await expectInvariants(world);
    },
  );

  it('fault 9: without a refresh token keeps the old one, which works on', async () => {
    const world = await faultWorld(name);
    world.pass(2 * HOUR_MS);
    world.wire = async (request, next) => {
      const answer = await next(request);
      if (!request.url.endsWith(READS[name].token)) return answer;
      const { refresh_token: _left, ...rest } = (await answer.json()) as Record<string, unknown>;
      return Response.json(rest, { status: answer.status });
    };
    await world.sync();
    world.wire = null;
    world.pass(2 * HOUR_MS);
    if (name === 'xero') expect(await world.connection()).toMatchObject({ state: 'active' });
    else await expectInvariants(world);
  });

  it.each([...STRANGE, ['no refresh token', reply({ refresh_token: undefined })] as [string, unknown]])(
    'fault 9: with %s connects nothing',
    async (_what, body) => {
      const world = await faultWorld(name, { connected: 0 });
      world.secrets.push(SECRET);
      world.emulator.faults.add({ path: READS[name].token, status: 200, body });
      await world.failure(completeConnect(world.app, name, (await world.callback()).href));
      expect(await readConnections(world.app.store.reader)).toEqual([]);
      expect(await world.app.store.reader.selectFrom('token_set').selectAll().execute()).toEqual([]);
      world.emulator.faults.clear();
      world.ids.push(...(await world.connect()));
      await expectInvariants(world);
    },
  );
});

describe.each([
  ['xero', 60],
  ['quickbooks', 100],
] as const)('the consent to %s', (name, days) => {
  const consentOf = async (world: FaultWorld): Promise<string[]> => {
    const findings = await checkConnection(world.app, await world.connection(), null, true);
    return findings
      .filter(({ text }) => /consent|connected again/.test(text))
      .map(({ severity, text }) => `${severity}: ${text}`);
  };

  it('fault 10: that nobody used is warned of at 30, 7 and 1 days, each time more urgently', async () => {
    const world = await faultWorld(name);
    const said: string[] = [];
    for (const left of [31, 29.5, 6.5, 0.5]) {
      world.emulator.clock.set(Date.parse('2026-03-11T10:00:00Z') + (days - left) * DAY_MS);
      said.push((await consentOf(world)).join());
    }
    expect(said[0]).toMatch(/^ok: /);
    for (const warning of said.slice(1)) expect(warning).toMatch(/^warning: /);
    expect(new Set(said).size).toBe(4);
    await expectInvariants(world);
  });

  it('fault 10: that ended asks for a new one, and the data are kept', async () => {
    const world = await faultWorld(name);
    await world.sync();
    const mirror = await mirrorTotals(world.app.store.reader, world.id);
    world.pass((days + 1) * DAY_MS);
    expect((await consentOf(world)).join()).toMatch(/^fault: /);
    expect(await world.failure(world.sync())).toMatchObject({ code: 'PLATFORM_RECONNECT' });
    expect(await world.connection()).toMatchObject({ state: 'reconnect' });
    expect(await mirrorTotals(world.app.store.reader, world.id)).toEqual(mirror);
    await expectInvariants(world, { stopped: world.ids });
    await world.connect();
    await expectInvariants(world);
  });
});

describe('the consent to quickbooks', () => {
  it('fault 10: that ends for good after five years is warned of, however often it was renewed', async () => {
    const world = await faultWorld('quickbooks');
    const begun = world.emulator.clock.nowMs();
    for (let day = 90; day < 5 * 365 + 30; day += 90) {
      world.emulator.clock.set(begun + Math.min(day, 5 * 365 - 20) * DAY_MS);
      await world.sync();
      if (day >= 5 * 365 - 20) break;
    }
    const findings = await checkConnection(world.app, await world.connection(), null, true);
    const warnings = findings.filter(({ severity }) => severity === 'warning').map(({ text }) => text);
    expect(warnings.join('\n')).toMatch(/consent ends in 2\d days .*whatever is done/);
    await expectInvariants(world);
  });
});

describe.each(PLATFORMS)('the key of what %s entrusted', (name) => {
  it('fault 11: that is missing stops everything before a call is made; put back, all goes on', async () => {
    const world = await faultWorld(name);
    await world.sync();
    const { keyFile } = world.app.config;
    await world.restart();
    renameSync(keyFile, `${keyFile}.away`);
    const calls = world.calls.length;
    expect(() => world.app).toThrow(expect.objectContaining({ code: 'KEY_MISSING', kind: 'config' }));
    expect(world.calls).toHaveLength(calls);
    renameSync(`${keyFile}.away`, keyFile);
    await expectInvariants(world);
  });

  it.each([
    ['another one', (_own: string) => `another ${Buffer.alloc(32, 7).toString('base64')}\n`],
    [
      'another one of the same name',
      (own: string) => `${own.split(' ')[0]} ${Buffer.alloc(32, 7).toString('base64')}\n`,
    ],
  ])('fault 11: that is %s opens nothing and calls nobody', async (_what, change) => {
    const world = await faultWorld(name);
    await world.sync();
    const { keyFile } = world.app.config;
    const own = readFileSync(keyFile, 'utf8');
    await world.restart();
    writeFileSync(keyFile, change(own));
    const calls = world.calls.length;
    const error = await world.failure(world.sync());
    expect(['KEY_MISMATCH', 'SEAL_BROKEN']).toContain(error.code);
    expect(world.calls).toHaveLength(calls);
    await world.restart();
    writeFileSync(keyFile, own);
    await expectInvariants(world);
  });

  it('fault 11: that is cut short or empty is refused with what to do', async () => {
    const world = await faultWorld(name);
    await world.sync();
    const { keyFile } = world.app.config;
    const own = readFileSync(keyFile, 'utf8');
    await world.restart();
    for (const text of ['', own.slice(0, 20), `${own.split(' ')[0]} `]) {
      writeFileSync(keyFile, text);
      expect(() => world.app).toThrow(expect.objectContaining({ code: 'KEY_UNREADABLE' }));
    }
    rmSync(keyFile);
    writeFileSync(keyFile, own, { mode: 0o600 });
    await expectInvariants(world);
  });

  it.each(['token_set.sealed', 'connection.company_sealed'])(
    'fault 11: opens no %s that was put into another row, and none that was left open',
    async (place) => {
      const world = await faultWorld(name, { companies: [THREE_DEBTORS, THREE_DEBTORS], apart: true });
      for (const id of world.ids) await world.sync({}, id);
      const [table, column] = place.split('.') as [string, string];
      const db = new Database(world.databaseFile);
      const rows = db.prepare(`SELECT rowid AS row, ${column} AS sealed FROM ${table} ORDER BY rowid`).all();
      const [first, second] = rows as [{ row: number; sealed: string }, { row: number; sealed: string }];
      const put = db.prepare(`UPDATE ${table} SET ${column} = ? WHERE rowid = ?`);
      const calls = world.calls.length;
      for (const forged of [second.sealed, '{"accessToken":"plain"}', world.company(world.ids[1])]) {
        put.run(forged, first.row);
        expect(await world.failure(world.sync({}, world.ids[0]))).toMatchObject({ code: 'SEAL_BROKEN' });
      }
      expect(world.calls).toHaveLength(calls);
      put.run(first.sealed, first.row);
      db.pragma('wal_checkpoint(TRUNCATE)');
      db.exec('VACUUM');
      db.close();
      await expectInvariants(world);
    },
  );
});
