import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createApp } from '../../src/app.ts';
import { newApiKey, saveApiKey, saveLimits } from '../../src/cases/index.ts';
import { parseConfig } from '../../src/config.ts';
import { connectionId, customerId } from '../../src/domain/index.ts';
import { startLongLedger } from '../ledger/long-ledger.ts';
import { ended, start, type Child } from '../support/children.ts';
import type { Context } from '../support/context.ts';
import { measured, rounded, shown, type Row } from '../support/results.ts';
import { serve, type Served } from '../support/served.ts';
import { connectAll } from '../support/world.ts';
import { askSteadily, type Asked, type Latencies } from './open-loop.ts';

export const DESK_BAR = { atMost: 50 };
export const DESK_WHAT = 'order desk, 50 requests a second during a sync of the large world: p99';

const INVOICES = 1_000_000;
const QUICK_INVOICES = 20_000;
const PER_SECOND = 50;
/** So long is asked at most, while nothing goes on and during the sync. */
const ASKING_MS = 60_000;
const IDLE_MS = 20_000;
/** Every so many of the rows was changed on the platform since the first sync. */
const CHANGED_EVERY = 10;
const SYNC_MS = 14 * 60_000;

/**
 * A shop asks `serve` fifty times a second whether a customer may be given an order, each time another of all that
 * there are, while another process pulls the whole large company again and a tenth of its rows has changed. Beside
 * it, at the same time, a static reply of the same server.
 */
export async function benchDesk(context: Context): Promise<Row[]> {
  const world = await context.world();
  const connected = await connectAll(world, context.folder, 'desk', ['xero']);
  const ledger = await startLongLedger(connected, world, context.say);
  const invoices = await ledger.growTo(context.quick ? QUICK_INVOICES : INVOICES);
  const env = ledger.through(connected.env);
  context.say(`the first night of a company with ${invoices} invoices`);
  await command(['nightly', '--json'], env, context);
  return measureDesk(env, context);
}

/** The same on a data directory that had its first night, with the platform that it came from. */
export async function measureDesk(env: Record<string, string>, context: Context): Promise<Row[]> {
  const { key, customers } = await prepare(env);
  const served = await serve(env, context);
  try {
    const url = `http://127.0.0.1:${served.port}`;
    const shop = { url, key, customers };
    context.say('order desk with nothing else to do');
    const idle = await askBoth(shop, IDLE_MS);
    context.say('order desk during a full sync');
    const busy = await duringSync(shop, env, context, served);
    return rowsOf(idle, busy, customers.length);
  } finally {
    await served.stop();
  }
}

interface Shop {
  url: string;
  key: string;
  customers: string[];
}

interface Both {
  desk: Latencies;
  fixed: Latencies;
}

async function askBoth(
  { url, key, customers }: Shop,
  atMostMs: number,
  isOver?: () => boolean,
): Promise<Both> {
  // Seven is prime to nothing here: every request is of another customer, spread over all.
  const step = Math.max(1, Math.floor(customers.length / 7.3));
  const check = (turn: number): Asked => {
    const customer = customers[(turn * step + turn) % customers.length] ?? '';
    const query = `customer=${encodeURIComponent(customer)}&amount=${100 + (turn % 900)}.00`;
    return { url: `${url}/api/v1/credit-check?${query}`, headers: { authorization: `Bearer ${key}` } };
  };
  const [desk, fixed] = await Promise.all([
    askSteadily(PER_SECOND, atMostMs, check, isOver),
    askSteadily(PER_SECOND / 5, atMostMs, () => ({ url: `${url}/assets/holdfast.css`, headers: {} }), isOver),
  ]);
  return { desk, fixed };
}

async function duringSync(
  shop: Shop,
  env: Record<string, string>,
  context: Context,
  served: Served,
): Promise<Both & { eventLoopMs: number }> {
  const runs = new Runs(env);
  const child = startCommand(['sync', '--full', '--json'], env, context);
  try {
    await runs.untilOpen(child);
    served.forgetEventLoop();
    const both = await askBoth(shop, ASKING_MS, () => !runs.isOpen());
    const { p99Ms: eventLoopMs } = await served.eventLoop();
    if (both.desk.count < PER_SECOND) throw new Error('the sync was over before it could be asked');
    return { ...both, eventLoopMs };
  } finally {
    runs.close();
    child.process.kill('SIGKILL');
    await ended(child);
  }
}

/** Looks from outside whether a run is under way. */
class Runs {
  readonly #db: Database.Database;

  constructor(env: Record<string, string>) {
    this.#db = new Database(databaseOf(env), { readonly: true });
  }

  isOpen(): boolean {
    return this.#db.prepare('SELECT state FROM run ORDER BY number DESC LIMIT 1').pluck().get() === 'open';
  }

  async untilOpen(child: Child): Promise<void> {
    const giveUpMs = performance.now() + 60_000;
    while (!this.isOpen()) {
      if (child.process.exitCode !== null || performance.now() > giveUpMs)
        throw new Error(`no run began: ${child.lastWords()}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  close(): void {
    this.#db.close();
  }
}

/** Limits for nine of ten customers, a key for the shop, and rows that the platform has in a newer version. */
async function prepare(env: Record<string, string>): Promise<{ key: string; customers: string[] }> {
  const app = createApp(parseConfig(env));
  try {
    const rows = await app.store.reader
      .selectFrom('customer')
      .select('remote_id')
      .where('status', '=', 'active')
      .orderBy('remote_id')
      .execute();
    const customers = rows.map((row) => row.remote_id);
    const entries = customers.flatMap((id, i) =>
      i % 10 === 0
        ? []
        : [
            {
              customerId: customerId(id),
              limit: { kind: 'amount' as const, limitMinor: 100_000 * (1 + (i % 40)) },
              group: null,
            },
          ],
    );
    const key = newApiKey();
    const change = { by: 'bench', atMs: app.clock.nowMs() };
    await app.store.write(async (tx) => {
      await saveLimits(tx, connectionId('xero-1'), { entries, groups: [] }, change);
      const of = { name: 'The shop', scopes: ['credit-check' as const], expiresAtMs: null };
      await saveApiKey(tx, key, of, change);
    });
    await app.store.writeBulk((db) =>
      db
        .prepare(
          'UPDATE invoice SET updated_at_ms = updated_at_ms - 1000, total_minor = total_minor + 1 WHERE rowid % ? = 0',
        )
        .run(CHANGED_EVERY),
    );
    return { key: key.key, customers };
  } finally {
    await app.close();
  }
}

const databaseOf = (env: Record<string, string>): string =>
  join(env['HOLDFAST_DATA_DIR'] ?? '', 'holdfast.sqlite');

function startCommand(args: string[], env: Record<string, string>, { folder }: Context): Child {
  return start('../src/cli/main.ts', { args, env: { ...env, HOLDFAST_LOG: 'error' }, cwd: folder });
}

async function command(args: string[], env: Record<string, string>, context: Context): Promise<void> {
  const child = startCommand(args, env, context);
  const timer = setTimeout(() => child.process.kill('SIGKILL'), SYNC_MS);
  const code = await new Promise((resolve) => child.process.once('exit', resolve));
  clearTimeout(timer);
  if (code !== 0)
    throw new Error(`holdfast ${args.join(' ')} ended with ${String(code)}: ${child.lastWords()}`);
}

function rowsOf(idle: Both, busy: Both & { eventLoopMs: number }, customers: number): Row[] {
  const spread = ({ count, p50Ms, maxMs }: Latencies): string =>
    `p50 ${rounded(p50Ms)}, longest ${rounded(maxMs)} ms of ${count}`;
  return [
    measured(
      DESK_WHAT,
      busy.desk.p99Ms,
      'ms',
      DESK_BAR,
      `${spread(busy.desk)}; ${customers} customers, every tenth invoice changed; event loop p99 ${rounded(busy.eventLoopMs)} ms`,
    ),
    shown('beside it a static reply of the same server: p99', busy.fixed.p99Ms, 'ms', spread(busy.fixed)),
    shown('order desk while nothing else is done: p99', idle.desk.p99Ms, 'ms', spread(idle.desk)),
    shown('beside it a static reply: p99', idle.fixed.p99Ms, 'ms', spread(idle.fixed)),
  ];
}
