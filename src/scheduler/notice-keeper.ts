import type { App } from '../app.ts';
import { HoldfastError, PlatformError } from '../domain/index.ts';
import type { ConnectionId, PlatformName, WebhookReader } from '../domain/index.ts';
import { readConnection, syncHinted, takeNotices } from '../mirror/index.ts';

/** One notice seldom comes alone: a payment changes its invoice and the customer as well. */
const SETTLE_MS = 500;
/** Without a notice it is looked this often: what the platform did not show yet, or would not let us read, is due again. */
const LOOK_EVERY_MS = 30_000;
/** How long a connection is left alone after a failure, twice as long after each further one … */
const REST_MS = 30_000;
/** … and at most. */
const REST_MAX_MS = 30 * 60_000;
/** Runs at a stretch; then others may have the connection. */
const RUNS_MAX = 20;

/** Reads anew what the platforms' webhooks named. */
export interface NoticeKeeper {
  /** A notice of this platform was kept. Returns at once; kicks that follow one another closely lead to one look. */
  kick(platform: PlatformName): void;
  /** Begins nothing new and waits for what is under way. What is left is taken by the next process. */
  stop(): Promise<void>;
}

export interface NoticeKeeperOptions {
  /** How long to gather further notices after a kick. Default: 500 ms. */
  settleMs?: number;
  /** How often to look without a kick. Default: 30 s. */
  lookEveryMs?: number;
}

type Readers = Partial<Record<PlatformName, WebhookReader>>;

/**
 * Turns kept notices into hints and reads the hinted records of each active connection, one run at a time. Begins
 * with what an earlier process left. Nothing is judged and nothing is sent here: the next night does that.
 */
export function startNoticeKeeper(app: App, options: NoticeKeeperOptions = {}): NoticeKeeper {
  const readers = readersOf(app);
  // Without a key nothing comes, and what an earlier configuration let in stays until there is one again.
  if (Object.keys(readers).length === 0) return { kick: () => {}, stop: async () => {} };
  const keeper = new Keeper(app, readers, { settleMs: SETTLE_MS, lookEveryMs: LOOK_EVERY_MS, ...options });
  const life = keeper.live();
  return {
    kick: () => keeper.kick(),
    stop: async () => {
      keeper.end();
      await life;
    },
  };
}

/** Why a connection is left alone for a while. */
interface Rest {
  failures: number;
  /** By the clock that only goes forward. */
  untilMs: number;
}

class Keeper {
  readonly #app: App;
  readonly #readers: Readers;
  readonly #times: Required<NoticeKeeperOptions>;
  readonly #stopping = new AbortController();
  readonly #reading = new Map<ConnectionId, Promise<void>>();
  readonly #rests = new Map<ConnectionId, Rest>();
  #kicked = new AbortController();
  /** Something became due of a connection while it was being read. */
  #isMissed = false;

  constructor(app: App, readers: Readers, times: Required<NoticeKeeperOptions>) {
    this.#app = app;
    this.#readers = readers;
    this.#times = times;
  }

  kick(): void {
    this.#kicked.abort();
  }

  end(): void {
    this.#stopping.abort();
    this.kick();
  }

  async live(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#kicked = new AbortController();
      const kicked = this.#kicked.signal;
      await this.#look();
      await this.#sleep(this.#times.lookEveryMs, kicked);
      if (kicked.aborted) await this.#sleep(this.#times.settleMs, this.#stopping.signal);
    }
    await Promise.all(this.#reading.values());
  }

  async #look(): Promise<void> {
    const { store, key, clock } = this.#app;
    try {
      for (const id of await takeNotices(store, key, this.#readers, clock.nowMs())) this.#begin(id);
    } catch (error) {
      this.#report('the webhooks kept here could not be looked through', error);
    }
  }

  #begin(id: ConnectionId): void {
    if (this.#reading.has(id)) this.#isMissed = true;
    else if (this.#app.clock.monotonicMs() >= (this.#rests.get(id)?.untilMs ?? 0)) {
      this.#reading.set(id, this.#read(id));
    }
  }

  async #read(id: ConnectionId): Promise<void> {
    try {
      await this.#readHinted(id);
      this.#rests.delete(id);
    } catch (error) {
      // Somebody else is at it, and brings what the webhooks told of or leaves it to the next look.
      if (!(error instanceof HoldfastError && error.code === 'LEASE_TAKEN')) this.#leaveAlone(id, error);
    }
    this.#reading.delete(id);
    if (this.#isMissed) this.kick();
    this.#isMissed = false;
  }

  async #readHinted(id: ConnectionId): Promise<void> {
    const { store, clock, log } = this.#app;
    const connection = await readConnection(store.reader, id);
    if (connection.state !== 'active') return;
    const session = await this.#app.openSession(connection);
    for (let runs = 0; runs < RUNS_MAX && !this.#stopping.signal.aborted; runs += 1) {
      const summary = await syncHinted(store, clock, connection, session);
      if (summary === null) return;
      log.info({ connection: id, run: summary.run, calls: summary.calls }, 'read what webhooks named');
    }
  }

  #leaveAlone(id: ConnectionId, error: unknown): void {
    const failures = (this.#rests.get(id)?.failures ?? 0) + 1;
    const restMs = Math.min(REST_MS * 2 ** (failures - 1), REST_MAX_MS);
    const askedMs = error instanceof PlatformError ? (error.retryAfterMs ?? 0) : 0;
    const untilMs = this.#app.clock.monotonicMs() + Math.max(restMs, askedMs);
    this.#rests.set(id, { failures, untilMs });
    this.#report('what a webhook named could not be read', error, id);
  }

  async #sleep(ms: number, until: AbortSignal): Promise<void> {
    // Whoever ends the sleep early is seen by the signal.
    if (!until.aborted) await this.#app.clock.sleep(ms, until).catch(() => undefined);
  }

  #report(what: string, error: unknown, connection?: ConnectionId): void {
    this.#app.log.warn({ connection, ...described(error) }, what);
  }
}

/** The readers of the platforms that have a key. One that meets what it cannot read says so once. */
function readersOf(app: App): Readers {
  const readers: Readers = {};
  for (const platform of ['xero', 'quickbooks'] as const) {
    const reader = app.connectors[platform]?.webhooks ?? null;
    if (reader !== null) readers[platform] = complaining(app, platform, reader);
  }
  return readers;
}

function complaining(app: App, platform: PlatformName, reader: WebhookReader): WebhookReader {
  let hasComplained = false;
  return {
    isGenuine: (body, header) => reader.isGenuine(body, header),
    read(body) {
      try {
        return reader.read(body);
      } catch (error) {
        const what = 'a webhook cannot be read; the next sync brings what it told of';
        if (!hasComplained) app.log.warn({ platform, ...described(error) }, what);
        hasComplained = true;
        throw error;
      }
    },
  };
}

/** Only what an error says of itself: its causes may carry requests, and requests carry secrets. */
function described(error: unknown): { errorCode: string; message: string } {
  const errorCode = error instanceof HoldfastError ? error.code : 'UNEXPECTED';
  return { errorCode, message: error instanceof Error ? error.message : String(error) };
}
