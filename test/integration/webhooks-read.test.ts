import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Delivery } from '../../emulator/core/webhooks.ts';
import { checkWebhooks } from '../../src/cli/doctor/check-webhooks.ts';
import type { ConnectionId, PlatformName } from '../../src/domain/index.ts';
import { present } from '../../src/lib/index.ts';
import {
  readNoticeDrops,
  readSilentSince,
  setConnectionMode,
  setConnectionState,
  takeNotices,
} from '../../src/mirror/index.ts';
import { withLease } from '../../src/store/index.ts';
import { openWebhookDoor, type WebhookDoor } from '../support/webhook-door.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

const PLATFORMS = ['xero', 'quickbooks'] as const;
/** How long is waited for what happens by itself; a busy machine takes its time. */
const SOON = { timeout: 20_000 };

let world: World;
let door: WebhookDoor;

beforeEach(async () => {
  const debtors = [{ name: 'Ann', bills: [bill('A-1', 10, 50_000), bill('A-2', 5, 20_000)] }];
  world = await startWorld({
    xero: [smallBook('north', debtors)],
    quickbooks: [smallBook('south', debtors)],
    webhookTicks: 'manual',
    mail: false,
    mode: 'propose',
  });
  for (const id of world.ids) await world.sync(id);
  // Long enough ago that no change of a test is of the same moment as the sync.
  world.pass(60_000);
  await openDoor();
}, 60_000);
afterEach(async () => {
  await door?.close();
  await world?.close();
});

async function openDoor(options: Parameters<typeof openWebhookDoor>[1] = {}): Promise<void> {
  door = await openWebhookDoor(world, options);
  for (const platform of PLATFORMS) subscribe(platform, door.urlOf(platform));
}

function subscribe(
  platform: PlatformName,
  url: string,
  format: 'cloudevents' | 'notifications' = 'cloudevents',
): void {
  world.emulator.webhooks.subscribe(platform, { url, intentRequired: false, format });
}

const idOf = (platform: PlatformName): ConnectionId =>
  present(
    world.ids.find((id) => id.startsWith(platform)),
    platform,
  );

const staff = (platform: PlatformName): ReturnType<World['staff']> => world.staff(idOf(platform));

/** What the mirror says is open on an invoice. */
async function openMinor(platform: PlatformName, number: string): Promise<number | undefined> {
  const row = await door.app.store.reader
    .selectFrom('invoice')
    .select('open_minor')
    .where('connection_id', '=', idOf(platform))
    .where('number', '=', number)
    .executeTakeFirst();
  return row?.open_minor;
}

/** Sends what the platform has to say, all of it taken. */
async function deliver(): Promise<Delivery[]> {
  const sent = await world.emulator.webhooks.tick();
  expect(sent.map((one) => one.state)).toEqual(sent.map(() => 'delivered'));
  return sent;
}

/** Sends a delivery's bytes again and again, some at the same time. */
async function replay(id: number, times: number): Promise<void> {
  const atOnce = 20;
  for (let done = 0; done < times; done += atOnce)
    await Promise.all(Array.from({ length: atOnce }, () => world.emulator.webhooks.replay(id)));
}

/** Connections of which something is due to be read at an instant, every webhook that waits taken in. */
const due = (nowMs = door.app.clock.nowMs()): Promise<ConnectionId[]> => {
  const { xero, quickbooks } = door.app.connectors;
  const readers = {
    xero: present(xero?.webhooks, 'a reader'),
    quickbooks: present(quickbooks?.webhooks, 'a reader'),
  };
  return takeNotices(door.app.store, door.app.key, readers, nowMs);
};

/** How often an invoice was asked for by its id. */
const readsOf = (id: string): number =>
  door.calls.filter((call) => call.startsWith('GET') && /invoice/i.test(call) && call.includes(id)).length;

/** An invoice's id as it stands in what the platform is asked; in QuickBooks it is a number that others have too. */
function idInCalls(platform: PlatformName, number: string): string {
  const id = staff(platform).invoiceId(number);
  return platform === 'xero' ? id : `'${id}'`;
}

/** One event of Xero's about a record of the first organisation, as it would be sent. */
function xeroEvent(resourceId: string, atMs: number, more: object = {}): string {
  const tenantId = world.emulator.xero('north').store.tenant;
  const eventDateUtc = new Date(atMs).toISOString().slice(0, 23);
  const event = {
    resourceId,
    tenantId,
    eventCategory: 'INVOICE',
    eventType: 'UPDATE',
    eventDateUtc,
    ...more,
  };
  return JSON.stringify({ events: [event], firstEventSequence: 1, lastEventSequence: 1 });
}

describe.each(PLATFORMS)('webhooks of %s', (platform) => {
  it('bring a change into the mirror without a sync, and nothing is decided or sent for it', async () => {
    await door.app.store.write((tx) => setConnectionMode(tx, idOf(platform), 'automatic'));
    staff(platform).pay('A-1', 30_000);
    await deliver();
    await expect.poll(() => openMinor(platform, 'A-1'), SOON).toBe(20_000);
    expect(await openMinor(platform, 'A-2')).toBe(20_000);
    await door.keeper?.stop();
    expect(await world.intents()).toEqual([]);
    expect(world.platformMails()).toEqual([]);
    expect(world.holdWrites()).toEqual([]);
  });

  it('fault 30: that come a thousand times are read once', async () => {
    staff(platform).voidInvoice('A-2');
    const [delivery] = await deliver();
    await replay(delivery!.id, 500);
    await expect.poll(() => openMinor(platform, 'A-2'), SOON).toBe(0);
    await replay(delivery!.id, 500);
    expect(delivery!.attempts.filter(({ status }) => status === 200)).toHaveLength(1001);
    expect(await due()).toEqual([]);
    await door.keeper?.stop();
    expect(readsOf(idInCalls(platform, 'A-2'))).toBe(1);
  });

  it('fault 30: that are lost change nothing but the time: the next sync brings what they told of', async () => {
    world.emulator.webhooks.unsubscribe(platform);
    staff(platform).pay('A-1');
    await deliver();
    expect(await openMinor(platform, 'A-1')).toBe(50_000);
    await world.sync(idOf(platform));
    expect(await openMinor(platform, 'A-1')).toBe(0);
  });
});

describe("Intuit's older form", () => {
  it('brings changes as CloudEvents do', async () => {
    subscribe('quickbooks', door.urlOf('quickbooks'), 'notifications');
    staff('quickbooks').pay('A-2');
    const [delivery] = await deliver();
    expect(delivery!.body).toContain('eventNotifications');
    await expect.poll(() => openMinor('quickbooks', 'A-2'), SOON).toBe(0);
  });
});

describe('webhooks', () => {
  it('fault 30: out of order end in what the platform says now', async () => {
    const id = staff('xero').invoiceId('A-1');
    const [earlier, later] = [world.emulator.clock.nowMs() + 1, world.emulator.clock.nowMs() + 2];
    staff('xero').pay('A-1', 10_000);
    staff('xero').pay('A-1', 15_000);
    await door.post('xero', xeroEvent(id, later));
    await expect.poll(() => openMinor('xero', 'A-1'), SOON).toBe(25_000);
    await door.post('xero', xeroEvent(id, earlier));
    expect(await due()).toEqual([]);
    expect(await openMinor('xero', 'A-1')).toBe(25_000);
    expect(readsOf(id)).toBe(1);
  });

  it('fault 30: that come before the platform shows the change are looked at again', async () => {
    const id = staff('xero').invoiceId('A-1');
    await door.post('xero', xeroEvent(id, world.emulator.clock.nowMs() + 20_000));
    await expect.poll(() => readsOf(id), SOON).toBe(1);
    await expect.poll(() => due(), SOON).toEqual([]);
    world.pass(120_000);
    door.followTime();
    staff('xero').pay('A-1');
    door.keeper?.kick('xero');
    await expect.poll(() => openMinor('xero', 'A-1'), SOON).toBe(0);
    expect(readsOf(id)).toBe(2);
  });

  it('fault 30: of a company that is not ours lead nowhere', async () => {
    const id = staff('xero').invoiceId('A-1');
    const stranger = { tenantId: '11111111-2222-4333-8444-555555555555' };
    expect((await door.post('xero', xeroEvent(id, Date.now(), stranger))).status).toBe(200);
    await expect
      .poll(() => readNoticeDrops(door.app.store.reader), SOON)
      .toMatchObject([{ platform: 'xero', reason: 'unknown-company', dropped: 1 }]);
    await door.keeper?.stop();
    expect(door.calls).toEqual([]);
  });

  it('fault 83: with a content that cannot be read lead nowhere, and do not hold up the others', async () => {
    const id = staff('xero').invoiceId('A-1');
    staff('xero').pay('A-1');
    for (const body of ['null', '', '{"events":[{}]}', '{'])
      expect((await door.post('xero', body)).status).toBe(200);
    await door.post('xero', xeroEvent(id, world.emulator.clock.nowMs()));
    await expect.poll(() => openMinor('xero', 'A-1'), SOON).toBe(0);
    expect(await readNoticeDrops(door.app.store.reader)).toMatchObject([
      { platform: 'xero', reason: 'unreadable', dropped: 4 },
    ]);
  });

  it('wait while a sync of their connection is under way, and those of others do not', async () => {
    const { store, clock } = door.app;
    for (const platform of PLATFORMS) staff(platform).pay('A-1');
    const lease = { ttlMs: 60_000, waitMs: 0 };
    await withLease(store, clock, `sync:${idOf('xero')}`, lease, async () => {
      await deliver();
      await expect.poll(() => openMinor('quickbooks', 'A-1'), SOON).toBe(0);
      expect(door.calls.filter((call) => call.includes('api.xro'))).toEqual([]);
    });
    door.keeper?.kick('xero');
    await expect.poll(() => openMinor('xero', 'A-1'), SOON).toBe(0);
  });

  it('of a connection that must be connected again are left until then', async () => {
    const { store } = door.app;
    await store.write((tx) => setConnectionState(tx, idOf('xero'), 'reconnect', 'consent is gone'));
    for (const platform of PLATFORMS) staff(platform).pay('A-1');
    await deliver();
    await expect.poll(() => openMinor('quickbooks', 'A-1'), SOON).toBe(0);
    expect(door.calls.filter((call) => call.includes('api.xro'))).toEqual([]);
    await store.write((tx) => setConnectionState(tx, idOf('xero'), 'active', null));
    door.keeper?.kick('xero');
    await expect.poll(() => openMinor('xero', 'A-1'), SOON).toBe(0);
  });

  it('are read by themselves when the platform, which failed, is there again', async () => {
    await door.close();
    await openDoor({ isHasty: true });
    world.emulator.faults.add({ server: 'xero', path: '/api.xro/2.0/**', status: 503 });
    for (const platform of PLATFORMS) staff(platform).pay('A-1');
    await deliver();
    await expect.poll(() => openMinor('quickbooks', 'A-1'), SOON).toBe(0);
    await expect
      .poll(() => door.calls.filter((call) => call.includes('api.xro')).length, SOON)
      .toBeGreaterThan(10);
    expect(await openMinor('xero', 'A-1')).toBe(50_000);
    world.emulator.faults.clear();
    await expect.poll(() => openMinor('xero', 'A-1'), SOON).toBe(0);
  });

  it('fault 30: that were acknowledged survive a kill: the next process reads them', async () => {
    await door.close();
    const { child, port } = await startChild();
    for (const platform of PLATFORMS) subscribe(platform, `http://127.0.0.1:${port}/webhooks/${platform}`);
    for (const platform of PLATFORMS) staff(platform).pay('A-1');
    await deliver();
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    await openDoor();
    for (const platform of PLATFORMS) await expect.poll(() => openMinor(platform, 'A-1'), SOON).toBe(0);
  });
});

/** A second process on the same data that takes webhooks and comes to read nothing. */
async function startChild(): Promise<{ child: ChildProcess; port: number }> {
  const offsetMs = String(Math.round(world.emulator.clock.offsetMs()));
  const child = fork(new URL('../support/webhook-process-main.ts', import.meta.url), [], {
    env: { ...world.env, HOLDFAST_CLOCK_OFFSET_MS: offsetMs },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    child.once('message', (port: number) => resolve({ child, port }));
    child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
  });
}

describe('an endpoint that the platform turned off', () => {
  const dayMs = 86_400_000;
  const silentSince = async (platform: PlatformName): Promise<number | null> => {
    door.followTime();
    const connection = await world.connection(idOf(platform));
    return readSilentSince(door.app.store.reader, connection, door.app.clock.nowMs());
  };

  it('fault 30: is noticed a day after a change that no webhook told of', async () => {
    const beforeMs = door.app.clock.nowMs();
    staff('xero').pay('A-1', 10_000);
    await deliver();
    await expect.poll(() => openMinor('xero', 'A-1'), SOON).toBe(40_000);
    const afterMs = door.app.clock.nowMs();
    world.emulator.webhooks.unsubscribe('xero');
    world.pass(dayMs);
    staff('xero').pay('A-1', 10_000);
    await world.sync(idOf('xero'));
    expect(await silentSince('xero')).toBeNull();
    world.pass(dayMs + 60_000);
    const since = present(await silentSince('xero'), 'an instant');
    expect(since).toBeGreaterThanOrEqual(beforeMs);
    expect(since).toBeLessThanOrEqual(afterMs);
    const [finding] = await checkWebhooks(door.app, await world.connection(idOf('xero')));
    expect(finding).toMatchObject({ severity: 'warning', area: `connection ${idOf('xero')}` });
    expect(finding?.text).toContain('no webhook came since 2026-03-11 10:0');
  });

  it('is not suspected while nothing changes, nor where no webhook ever came', async () => {
    staff('xero').pay('A-1', 10_000);
    await deliver();
    await expect.poll(() => openMinor('xero', 'A-1'), SOON).toBe(40_000);
    staff('quickbooks').pay('A-1', 10_000);
    world.emulator.webhooks.unsubscribe('quickbooks');
    world.pass(5 * dayMs);
    for (const platform of PLATFORMS) {
      await world.sync(idOf(platform));
      expect(await silentSince(platform)).toBeNull();
    }
  });

  it('is not suspected where no key is set', async () => {
    const closed = await openWebhookDoor(world, { settings: { XERO_WEBHOOK_KEY: '' }, reads: false });
    onTestFinished(() => closed.close());
    expect(await checkWebhooks(closed.app, await world.connection(idOf('xero')))).toEqual([]);
  });
});
