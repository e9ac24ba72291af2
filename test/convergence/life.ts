import Database from 'better-sqlite3';
import type { Transport } from '../../connectors/kit/exchange.ts';
import { createApp, type App } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import { ProductClock, type SimulatedTime } from './simulated-time.ts';

/**
 * The product from its start to its end, as one process would live. When it dies it stops where it stands: its calls
 * never come back, its sleeps never end, and its leases are those of a process that is gone.
 */
export class Life {
  readonly app: App;
  readonly clock: ProductClock;
  /** Resolves when it dies. */
  readonly death: Promise<void>;
  #alive = true;
  #end: () => void = () => undefined;

  constructor(
    config: Config,
    time: SimulatedTime,
    parts: { transport: (life: Life) => Transport; rowsPerReply: number; skewMs: number },
  ) {
    this.death = new Promise((resolve) => (this.#end = resolve));
    this.clock = new ProductClock(time, () => this.#alive);
    this.clock.skewMs = parts.skewMs;
    this.app = createApp(config, {
      clock: this.clock,
      transport: parts.transport(this),
      rowsPerReply: parts.rowsPerReply,
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Ends here and now. */
  die(): void {
    this.#alive = false;
    this.#end();
  }

  /** What is left of a dead process: a database whose leases name nobody who is running. */
  async bury(): Promise<void> {
    // Whatever it was doing beside the call at which it died comes to rest first.
    for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    await this.app.close();
    const db = new Database(this.app.config.databaseFile);
    db.prepare(`UPDATE lease SET owner = ${ownerOfNobody}`).run();
    db.close();
  }
}

/** An owner reads place/process/start/…: the same place, but a process that cannot be. */
const ownerOfNobody = `substr(owner, 1, instr(owner, '/')) || '2147483646/1/dead'`;

/** What a call of a dead process comes to. */
export const never = (): Promise<never> => new Promise(() => undefined);
