import { join } from 'node:path';
import Database from 'better-sqlite3';
import { startLongLedger } from '../ledger/long-ledger.ts';
import type { Context } from '../support/context.ts';
import { TreeWatch, type TreeMemory } from '../support/process-tree.ts';
import { measured, rounded, shown, type Row } from '../support/results.ts';
import { serve, type EventLoop, type Served } from '../support/served.ts';
import { connectAll, type Connected } from '../support/world.ts';

export const PEAK_BAR = { atMost: 300 };
export const DELAY_BAR = { atMost: 50 };
export const DELAY_RATIO_BAR = { atMost: 5 };

const INVOICES = 1_000_000;
const QUICK_INVOICES = 20_000;
const IDLE_MS = 20_000;
/** The scheduler looks once a minute what is due. */
const BEGIN_WITHIN_MS = 150_000;
const DONE_WITHIN_MS = 12 * 60_000;
/** A person looks at the overview now and then. */
const LOOK_EVERY_MS = 5_000;
const POLL_MS = 200;

/**
 * `holdfast serve` mirrors a Xero organisation with a million invoices in its first night: the memory of all its
 * processes together, and how late the web process is meanwhile, beside the same server with nothing to do.
 */
export async function benchLargeMirror(context: Context): Promise<Row[]> {
  const world = await context.world();
  const connected = await connectAll(world, context.folder, 'large', ['xero']);
  const ledger = await startLongLedger(connected, world, context.say);
  const invoices = await ledger.growTo(context.quick ? QUICK_INVOICES : INVOICES);
  context.say('web process with nothing to do');
  const idle = await measureIdle(connected, context);
  context.say(`serve mirrors ${invoices} invoices in its first night`);
  const env = ledger.through(connected.copy('large-served'));
  const served = await serve(env, context);
  try {
    return rowsOf(idle, await measureRun(served, env), invoices);
  } finally {
    await served.stop();
  }
}

/** The same program on an empty data directory, where no night is ever due. */
async function measureIdle({ env }: Connected, context: Context): Promise<EventLoop> {
  const own = {
    HOLDFAST_DATA_DIR: join(context.folder, 'idle'),
    HOLDFAST_KEY_FILE: join(context.folder, 'idle.key'),
  };
  const served = await serve({ ...env, ...own }, context);
  try {
    const client = new Visitor(served);
    served.forgetEventLoop();
    await wait(IDLE_MS);
    await client.leave();
    return await served.eventLoop();
  } finally {
    await served.stop();
  }
}

interface Measured {
  memory: TreeMemory;
  eventLoop: EventLoop;
  wallMs: number;
  overviewsMs: number[];
}

async function measureRun(served: Served, env: Record<string, string>): Promise<Measured> {
  const runs = new RunWatch(join(env['HOLDFAST_DATA_DIR'] ?? '', 'holdfast.sqlite'));
  try {
    await runs.until((state) => state !== null, BEGIN_WITHIN_MS, 'no night began');
    const fromMs = performance.now();
    served.forgetEventLoop();
    const memory = new TreeWatch(served.pid);
    const client = new Visitor(served);
    await runs.until((state) => state !== 'open', DONE_WITHIN_MS, 'the run did not end');
    const wallMs = performance.now() - fromMs;
    const eventLoop = await served.eventLoop();
    const overviewsMs = await client.leave();
    if (runs.state() !== 'published') throw new Error(`the run failed: ${runs.error()}`);
    return { memory: memory.stop(), eventLoop, wallMs, overviewsMs };
  } finally {
    runs.close();
  }
}

/** Looks from outside how the newest run stands. */
class RunWatch {
  readonly #db: Database.Database;

  constructor(file: string) {
    this.#db = new Database(file, { readonly: true });
  }

  state(): string | null {
    const state = this.#db.prepare('SELECT state FROM run ORDER BY number DESC LIMIT 1').pluck().get();
    return (state as string | undefined) ?? null;
  }

  error(): string {
    return String(this.#db.prepare('SELECT error FROM run ORDER BY number DESC LIMIT 1').pluck().get());
  }

  async until(reached: (state: string | null) => boolean, withinMs: number, failure: string): Promise<void> {
    const giveUpMs = performance.now() + withinMs;
    while (!reached(this.state())) {
      if (performance.now() > giveUpMs) throw new Error(`${failure} within ${withinMs / 1000} s`);
      await wait(POLL_MS);
    }
  }

  close(): void {
    this.#db.close();
  }
}

/** Somebody who has the overview open and loads it again and again. */
class Visitor {
  readonly #tookMs: number[] = [];
  readonly #timer: NodeJS.Timeout;
  #under: Promise<void> = Promise.resolve();
  #failure: Error | null = null;

  constructor(served: Served) {
    this.#timer = setInterval(() => {
      this.#under = this.#under
        .then(() => served.loadOverview())
        .then((ms) => void this.#tookMs.push(ms))
        .catch((error: unknown) => {
          this.#failure ??= error instanceof Error ? error : new Error('an overview failed');
        });
    }, LOOK_EVERY_MS);
  }

  /** How long each load took, ms. Throws when one was not answered. */
  async leave(): Promise<number[]> {
    clearInterval(this.#timer);
    await this.#under;
    if (this.#failure !== null) throw this.#failure;
    return this.#tookMs;
  }
}

function rowsOf(idle: EventLoop, run: Measured, invoices: number): Row[] {
  const { memory, eventLoop, wallMs, overviewsMs } = run;
  const parts = memory.partsMb.map((mb) => Math.round(mb)).join(' + ');
  const processes = `${parts} MB; ${invoices} invoices in ${rounded(wallMs / 1000)} s`;
  const visits = `${overviewsMs.length} overviews, the slowest in ${rounded(Math.max(0, ...overviewsMs))} ms`;
  return [
    measured('serve mirrors a million invoices: peak memory', memory.rssMb, 'MB', PEAK_BAR, processes),
    measured(
      'meanwhile the web process: event-loop delay p99',
      eventLoop.p99Ms,
      'ms',
      DELAY_BAR,
      `longest ${rounded(eventLoop.maxMs)} ms; ${visits}; the web process had ${rounded(eventLoop.rssMb)} MB`,
    ),
    measured(
      'the same ÷ idle (this decides)',
      eventLoop.p99Ms / idle.p99Ms,
      '',
      DELAY_RATIO_BAR,
      `idle p99 ${rounded(idle.p99Ms)} ms, Node's 10 ms steps included in both`,
    ),
    shown('serve with nothing to do: memory', idle.rssMb, 'MB'),
  ];
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
