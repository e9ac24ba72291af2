import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readLastNights } from '../../src/decisions/index.ts';
import { readLastRun } from '../../src/mirror/index.ts';
import { readLeaseHolder } from '../../src/store/index.ts';
import { CommandLine, type RunningCommand } from '../support/command-line.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

/** Nothing to import limits for, so that the first sync is left to `serve`. */
const debtors = ['Ash', 'Birch', 'Cedar', 'Dogwood', 'Elm'].map((name, index) => ({
  name,
  bills: [bill(`${name}-1`, 40 + index, 500_000), bill(`${name}-2`, 3, 70_000)],
}));
const xeroBook = smallBook('Harbour', debtors);
const quickbooksBook = smallBook('Prairie', debtors, { timeZone: 'America/New_York', country: 'US' });
const WAIT = { timeout: 60_000, interval: 20 };

let world: World;
let cli: CommandLine;
const running = new Set<Serve>();

beforeEach(async () => {
  world = await startWorld({ xero: [xeroBook], quickbooks: [quickbooksBook], mail: false, mode: 'propose' });
  cli = new CommandLine();
});

afterEach(async () => {
  for (const serve of running) await serve.command.stop('SIGKILL');
  running.clear();
  await waitUntilNobodyWorks();
  await world.close();
  cli.remove();
});

interface Serve {
  command: RunningCommand;
  url: string;
}

const settings = (): Record<string, string> => ({
  ...world.env,
  HOLDFAST_BASE_URL: '',
  HOLDFAST_PORT: '0',
  HOLDFAST_LOG: 'info',
  HOLDFAST_CLOCK_OFFSET_MS: String(Math.round(world.emulator.clock.offsetMs())),
});

/** The real program on the world's data, on a port of its own choice. It begins at once with what is due. */
async function serve(): Promise<Serve> {
  const command = cli.start(settings(), 'serve', '--json');
  const { url } = await command.jsonLine<{ url: string }>();
  const started = { command, url };
  running.add(started);
  return started;
}

async function stop(one: Serve, signal: NodeJS.Signals = 'SIGTERM') {
  running.delete(one);
  return one.command.stop(signal);
}

const page = async ({ url }: Serve, path = '/'): Promise<string> => (await fetch(url + path)).text();

/** Slows a platform down, so that its night is still under way when we look. */
const slow = (server: 'xero' | 'quickbooks', delayMs: number): number =>
  world.emulator.faults.add({
    server,
    path: server === 'xero' ? '/api.xro/**' : '/v3/company/**',
    delayMs,
  });

async function nights(): Promise<Record<string, string>> {
  const all = await readLastNights(world.app.store.reader);
  return Object.fromEntries(all.map((night) => [night.connectionId, night.state]));
}

const holder = async (name: string): Promise<number | null> =>
  (await readLeaseHolder(world.app.store.reader, world.app.clock.nowMs(), name))?.pid ?? null;

/** The process that works on a connection's night, once the first page is written. */
async function nightProcess(id = world.ids[0]!): Promise<number> {
  return vi.waitFor(async () => {
    const pid = await holder(`sync:${id}`);
    expect(pid).not.toBeNull();
    expect(rowsOf('customer').length).toBeGreaterThan(0);
    return pid!;
  }, WAIT);
}

const untilDone = (): Promise<void> =>
  vi.waitFor(async () => {
    expect(await nights()).toEqual({ 'xero-1': 'done', 'quickbooks-1': 'done' });
  }, WAIT);

async function waitUntilNobodyWorks(): Promise<void> {
  await vi.waitFor(async () => {
    for (const id of world.ids) expect(await holder(`night:${id}`)).toBeNull();
  }, WAIT);
}

/** Every mirrored row but for the number of the run that brought it. */
function rowsOf(...tables: string[]): unknown[] {
  const db = new Database(world.app.config.databaseFile, { readonly: true });
  try {
    return tables.flatMap((table) =>
      db
        .prepare(`SELECT * FROM ${table} ORDER BY connection_id, remote_id`)
        .all()
        .map((row) => ({ ...(row as object), run: 0 })),
    );
  } finally {
    db.close();
  }
}

const mirror = (): unknown[] => rowsOf('customer', 'invoice', 'credit', 'payment');

/** What the mirror is when nobody disturbs anything. */
async function undisturbedMirror(): Promise<unknown[]> {
  const other = await startWorld({ xero: [xeroBook], quickbooks: [quickbooksBook], mail: false });
  const mine = world;
  try {
    for (const id of other.ids) await other.sync(id);
    world = other;
    return mirror();
  } finally {
    world = mine;
    await other.close();
  }
}

describe('serve', () => {
  it('answers while the nights of all companies run at the same time in processes of their own', async () => {
    slow('xero', 300);
    slow('quickbooks', 300);
    const one = await serve();
    await nightProcess();
    await vi.waitFor(async () => {
      for (const id of world.ids) expect(await holder(`night:${id}`)).not.toBeOneOf([null, servingPid()]);
    }, WAIT);
    const body = await page(one);
    expect(body).toMatch(/Sync 1 is under way: nothing is sent/);
    expect(body).toContain('Until then there are no figures.');
    world.emulator.faults.clear();
    await untilDone();
    expect(await page(one)).toContain('compared with Xero, all agree');
    expect(await stop(one)).toMatchObject({ code: 0 });
  });

  it('shows how far a first sync is', async () => {
    slow('xero', 400);
    const one = await serve();
    await vi.waitFor(async () => {
      const body = await page(one, '/connections/xero-1');
      expect(body).toMatch(/So far \d+( of \d+)? (customers|invoices|credits|payments) read\./);
      expect(body).toMatch(/In all about \d+ calls, .* by the platform’s limits\./);
    }, WAIT);
  });

  it('lets nobody’s failure hold up another company', async () => {
    world.emulator.faults.add({ server: 'xero', path: '/api.xro/**', status: 400, body: 'no' });
    slow('quickbooks', 100);
    const one = await serve();
    await vi.waitFor(
      async () => expect(await nights()).toEqual({ 'xero-1': 'failed', 'quickbooks-1': 'done' }),
      WAIT,
    );
    expect((await stop(one)).stderr).toMatch(/PLATFORM_REFUSED.*the night failed/);
  });

  it('outlives its nights: one that is killed is begun again, and ends with the same mirror', async () => {
    const fault = slow('xero', 250);
    const one = await serve();
    const pid = await nightProcess();
    process.kill(pid, 'SIGKILL');
    expect((await fetch(`${one.url}/health`)).status).toBe(200);
    await vi.waitFor(async () => expect(await holder('night:xero-1')).not.toBeOneOf([null, pid]), WAIT);
    world.emulator.faults.clear(fault);
    await untilDone();
    expect(mirror()).toEqual(await undisturbedMirror());
    const { code, stderr } = await stop(one);
    expect(code).toBe(0);
    expect(stderr).toContain('it was ended by SIGKILL');
  });

  it('fault 54: stopped in the middle of a night, it ends after a page, and the next one goes on at once', async () => {
    const fault = slow('xero', 250);
    const first = await serve();
    const pid = await nightProcess();
    expect(await stop(first)).toMatchObject({ code: 0 });
    expect(isAlive(pid)).toBe(false);
    expect(await nights()).toMatchObject({ 'xero-1': 'running' });
    expect(await holder('serve')).toBeNull();
    world.emulator.faults.clear(fault);
    const second = await serve();
    await untilDone();
    expect((await readLastRun(world.app.store.reader, world.ids[0]!))?.number).toBe(1);
    expect(mirror()).toEqual(await undisturbedMirror());
    expect(await stop(second, 'SIGINT')).toMatchObject({ code: 0 });
  });

  it('fault 54: stopped while a platform does not answer, it does not wait for it', async () => {
    slow('xero', 600_000);
    const one = await serve();
    await vi.waitFor(async () => expect(await holder('night:xero-1')).not.toBeNull(), WAIT);
    const pid = (await holder('night:xero-1'))!;
    expect(await stop(one)).toMatchObject({ code: 0 });
    expect(isAlive(pid)).toBe(false);
  });

  it('leaves nobody working when it is killed itself, and its successor starts at once', async () => {
    const fault = slow('xero', 250);
    const first = await serve();
    const pid = await nightProcess();
    await stop(first, 'SIGKILL');
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), WAIT);
    world.emulator.faults.clear(fault);
    const second = await serve();
    await untilDone();
    expect(mirror()).toEqual(await undisturbedMirror());
    await stop(second);
  });
});

describe('fault 55: a second serve on the same data', () => {
  it('says which process has them, since when and what to do, whatever its port, and stops', async () => {
    const one = await serve();
    const { code, stdout, stderr } = await cli.runWith(settings(), 'serve');
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    expect(stderr).toMatch(
      new RegExp(
        `^error INSTANCE_TAKEN: .*process ${servingPid()}, since 2026-03-11T.*\\nhint: Stop that one first`,
      ),
    );
    expect((await fetch(`${one.url}/health`)).status).toBe(200);
  });

  it('is possible once the first is stopped; other commands are, beside it', async () => {
    const first = await serve();
    expect((await cli.runWith(settings(), 'connections', '--json')).code).toBe(0);
    await stop(first);
    expect(readdirSync(world.app.config.dataDir)).not.toContain('serve.json');
    await stop(await serve());
  });

  it('that has taken over makes the first one stop with a clear line', async () => {
    const one = await serve();
    await untilDone();
    // As after a night's sleep of the machine: the lease ran out, and somebody else took it.
    await world.app.store.write((tx) =>
      tx
        .updateTable('lease')
        .set({ owner: 'elsewhere/1/1', number: 99 })
        .where('name', '=', 'serve')
        .execute(),
    );
    running.delete(one);
    const { code, stderr } = await one.command.end();
    expect(code).toBe(6);
    expect(stderr).toMatch(/"code":"INSTANCE_LOST",.*This process paused for too long/);
  });
});

const servingPid = (): number =>
  (JSON.parse(readFileSync(join(world.app.config.dataDir, 'serve.json'), 'utf8')) as { pid: number }).pid;

function isAlive(pid: number): boolean {
  try {
    // A process that has ended but was not yet cleared away by its parent counts as gone.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
