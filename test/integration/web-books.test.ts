import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { appendAudit } from '../../src/audit/index.ts';
import { parseLimits, saveLimits } from '../../src/cases/index.ts';
import { createApp, type App } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import type { RowRef } from '../../src/domain/index.ts';
import { readCustomers } from '../../src/mirror/index.ts';
import { startWeb } from '../../src/web/index.ts';
import { freePort } from '../support/free-port.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

const book = smallBook('harbour', [
  { name: 'Ash', bills: [bill('A1', 40, 500_000)] },
  { name: 'Birch', bills: [bill('B1', 5, 200_000)] },
]);
const WAIT = { timeout: 15_000, interval: 20 };

let world: World;
beforeEach(async () => {
  world = await startWorld({ xero: [book], mail: false, mode: 'propose' });
});
afterEach(() => world.close());

/** A web door of its own on the world's data: what a restarted `serve` is. */
async function openDoor(): Promise<{ app: App; page: (path?: string) => Promise<string> }> {
  const port = await freePort();
  const own = { HOLDFAST_BASE_URL: `http://localhost:${port}`, HOLDFAST_PORT: String(port) };
  const app = createApp(parseConfig({ ...world.env, ...own }));
  app.clock.setOffset(world.emulator.clock.offsetMs());
  const door = await startWeb(app);
  onTestFinished(async () => {
    await door.close();
    await app.close();
  });
  const page = (path = '/connections/xero-1'): Promise<string> =>
    new Promise((resolve, reject) => {
      httpRequest(door.url + path, (reply) => void text(reply).then(resolve, reject))
        .on('error', reject)
        .end();
    });
  return { app, page };
}

async function importLimit(app: App, limit: string): Promise<void> {
  const [id] = world.ids;
  const customers = await readCustomers(app.store.reader, id!);
  const table = parseLimits(`customer,limit,group,group_limit\nAsh,${limit},,\n`, customers, 'GBP');
  await app.store.write(async (tx) => {
    await saveLimits(tx, id!, table, { by: 'test', atMs: app.clock.nowMs() });
    await appendAudit(tx, app.clock.nowMs(), {
      connectionId: id!,
      actor: 'test',
      action: 'limits.imported',
      subject: 'limits',
      details: {},
    });
  });
}

/** Makes the next sync fail, or begin and never end. */
const breakSync = (): number =>
  world.emulator.faults.add({ server: 'xero', path: '/api.xro/2.0/Payments', status: 400, body: 'no' });

describe('the figures on a page', () => {
  it('are there at the first look after a night', async () => {
    await world.night();
    const { page } = await openDoor();
    const body = await page();
    expect(body).toContain('7,000.00 <small>GBP</small>');
    expect(body).not.toContain('http-equiv="refresh"');
  });

  it('follow a limit that is imported, or say that they are being renewed until they do', async () => {
    await world.night();
    const { app, page } = await openDoor();
    expect(await page()).not.toContain('Over limit');
    await importLimit(app, '1000.00');
    const next = await page();
    const saysSo = next.includes('the figures are being renewed') && next.includes('http-equiv="refresh"');
    expect(saysSo || next.includes('Over limit')).toBe(true);
    await vi.waitFor(async () => {
      const body = await page();
      expect(body).toContain('Over limit');
      expect(body).not.toContain('being renewed');
    }, WAIT);
  });

  it('stay those of the last published run while a later one has failed, and say how old they are', async () => {
    await world.night();
    const { app, page } = await openDoor();
    await page();
    world.pass(2 * 3_600_000);
    app.clock.setOffset(world.emulator.clock.offsetMs());
    breakSync();
    await expect(world.sync()).rejects.toThrow();
    const body = await page();
    expect(body).toMatch(
      /Sync 2 failed: nothing is sent until it is finished\.\s+The figures are those of run 1, 2 hours ago\./,
    );
    expect(body).toContain('7,000.00 <small>GBP</small>');
  });

  it('are those that the last night wrote down when Holdfast was restarted meanwhile', async () => {
    await world.night();
    breakSync();
    await expect(world.sync()).rejects.toThrow();
    const { page } = await openDoor();
    const body = await page();
    expect(body).toContain('Sync 2 failed');
    expect(body).toContain('7,000.00 <small>GBP</small>');
    expect(body).toMatch(/<th[^>]*scope="row">Ash<\/th>/);
    expect(body).toContain('Ash is overdue with 5,000.00 GBP');
  });

  it('do not exist before a first run is published, and nothing of it is shown', async () => {
    breakSync();
    await expect(world.sync()).rejects.toThrow();
    const { page } = await openDoor();
    const body = await page();
    expect(body).toContain('Sync 1 failed');
    expect(body).not.toContain('Ash');
    expect(body).not.toContain('GBP</small>');
  });
});

describe('how well the data are known', () => {
  it('is told by balances, records that were not understood, and calls', async () => {
    await world.night();
    const { app, page } = await openDoor();
    const good = await page();
    expect(good).toContain('2 compared with Xero, all agree');
    expect(good).toMatch(/Calls today<\/dt>\s*<dd>\d+, [\d,]+ left/);
    expect(good).not.toContain('could not be understood');

    const refs: RowRef['kind'][] = ['invoice', 'payment'];
    await app.store.write(async (tx) => {
      for (const kind of refs) {
        await tx
          .insertInto('quarantine')
          .values({
            connection_id: 'xero-1',
            kind,
            remote_id: 'x',
            customer_id: 'y',
            reason: 'no date',
            run: 1,
          })
          .execute();
      }
    });
    expect(await page()).toMatch(
      /2 records of Xero could not be understood:\s+nothing is decided for their customers\.\s+<code>holdfast quarantine xero-1<\/code>/,
    );
  });

  it('names the customers whose balance the platform gives otherwise', async () => {
    await world.night();
    const { app } = await openDoor();
    await app.store.write((tx) =>
      tx.updateTable('customer').set({ platform_balance_minor: 123_45 }).where('name', '=', 'Ash').execute(),
    );
    await world.night();
    const { page } = await openDoor();
    const body = await page();
    expect(body).toContain('2 compared with Xero, 1 differ');
    expect(body).toMatch(/Ash<\/th>\s*<td class="number">5,000\.00<\/td>\s*<td class="number">123\.45<\/td>/);
  });

  it.each([
    [40, null],
    [29.5, 'The consent ends in 29 days unless a sync renews it.'],
    [6.5, 'The consent ends in 6 days unless a sync renews it.'],
    [0.5, 'The consent ends in less than a day unless a sync renews it.'],
    [-0.5, 'The consent has ended.'],
  ])('includes a consent that ends in %s days', async (daysLeft, warning) => {
    await world.night();
    const { app, page } = await openDoor();
    const row = await app.store.reader
      .selectFrom('token_set')
      .select('refresh_expires_at_ms')
      .executeTakeFirstOrThrow();
    const endsAtMs = row.refresh_expires_at_ms!;
    world.moveTo(new Date(endsAtMs - daysLeft * 86_400_000).toISOString());
    app.clock.setOffset(world.emulator.clock.offsetMs());
    const body = await page();
    if (warning === null) expect(body).not.toContain('The consent');
    else expect(body).toContain(warning);
  });
});
