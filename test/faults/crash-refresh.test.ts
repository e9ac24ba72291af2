import { afterEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../src/audit/index.ts';
import { readTokenSet } from '../../src/mirror/index.ts';
import { killWhen, startVictim } from './crash-process.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(async () => {
  await verifyAudit(world.app.store.reader);
  await world.close();
});

const NEVER_MS = 600_000;
const MINUTE = 60_000;
const book = smallBook('harbour', [{ name: 'Ash', bills: [bill('A1', 2, 700_00)] }]);

describe.each(['xero', 'quickbooks'] as const)('a refresh of %s that is killed', (platform) => {
  const paths = {
    xero: { token: '/connect/token', api: '^/api\\.xro/' },
    quickbooks: { token: '/oauth2/v1/tokens/bearer', api: '^/v3/company/' },
  }[platform];
  /** Long enough for the access token to end, and for Intuit's refresh token to be replaced by the next use. */
  const later = { xero: 31 * MINUTE, quickbooks: 25 * 60 * MINUTE }[platform];

  async function open(): Promise<void> {
    world = await startWorld({ [platform]: [book], mail: false });
    await world.night();
    world.pass(later);
  }

  /** Kills a sync in another process once a fault has struck; the fault is gone afterwards. */
  async function killAt(fault: Parameters<World['emulator']['faults']['add']>[0]): Promise<void> {
    world.emulator.faults.add(fault);
    const env = {
      ...world.env,
      HOLDFAST_CLOCK_OFFSET_MS: String(Math.round(world.emulator.clock.offsetMs())),
    };
    const victim = startVictim(['sync', world.ids[0]!], { env });
    await killWhen(victim, () => (world.emulator.faults.list()[0]?.struck ?? 0) > 0);
    world.emulator.faults.clear();
    watch();
  }
  /** Counts calls of the token endpoint from here on. */
  const watch = (): number => world.emulator.faults.add({ path: paths.token, after: 1e9 });
  const tokenCalls = (): number => world.emulator.faults.list()[0]?.seen ?? 0;
  const stored = async () =>
    readTokenSet(world.app.store.reader, world.app.key, (await world.connection()).tokenSetId);

  it('fault 51: before it reached the platform is done again, and the old pair is still good', async () => {
    await open();
    await killAt({ path: paths.token, status: 503, delayMs: NEVER_MS });
    await world.sync();
    expect((await world.connection()).state).toBe('active');
    expect(tokenCalls()).toBe(1);
  });

  it('fault 51: after the new pair was stored uses that, and asks for no other', async () => {
    await open();
    const before = await stored();
    await killAt({ path: paths.api, delayMs: NEVER_MS });
    expect((await stored()).version).toBe(before.version + 1);
    await world.sync();
    expect((await world.connection()).state).toBe('active');
    expect(tokenCalls()).toBe(0);
  });

  it('fault 51: after the platform answered and before that was stored keeps the old pair, which Xero still takes for half an hour', async () => {
    await open();
    const before = await stored();
    await killAt({ path: paths.token, delayMs: NEVER_MS });
    expect(await stored()).toEqual(before);
    world.pass(20 * MINUTE);
    if (platform === 'xero') {
      await world.sync();
      expect((await world.connection()).state).toBe('active');
      expect((await stored()).version).toBe(before.version + 1);
    } else await expectReconnect();
  });

  it('fault 51: and comes back after that says that the company must be connected again, once', async () => {
    await open();
    await killAt({ path: paths.token, delayMs: NEVER_MS });
    world.pass(45 * MINUTE);
    await expectReconnect();
  });

  /** One clear message, the state, no storm, nothing lost: what is planned stays planned. */
  async function expectReconnect(): Promise<void> {
    const planned = await world.intents();
    expect(planned.length).toBeGreaterThan(0);
    const error = await world.sync().catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'PLATFORM_RECONNECT',
      hint: expect.stringMatching(/connect/i) as string,
    });
    expect(await world.connection()).toMatchObject({
      state: 'reconnect',
      stateReason: expect.stringMatching(/invalid_grant|consent/i) as string,
    });
    expect(tokenCalls()).toBeLessThanOrEqual(2);
    const after = tokenCalls();
    await expect(world.dispatch()).rejects.toMatchObject({ code: 'RECONNECT_NEEDED' });
    await expect(world.sync()).rejects.toMatchObject({
      kind: expect.stringMatching(/auth|platform/) as string,
    });
    expect(tokenCalls() - after).toBeLessThanOrEqual(2);
    const states = (await world.intents()).map(({ id, state }) => [id, state]);
    expect(states).toEqual(planned.map(({ id, state }) => [id, state]));
    expect(world.platformMails()).toEqual([]);
  }
});
