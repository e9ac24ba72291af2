import type { App } from '../app.ts';
import { readAudit } from '../audit/index.ts';
import { readKillSwitch, readRestored } from '../cases/index.ts';
import { readLastNights } from '../decisions/index.ts';
import { describeHeld, postDueHeld, putUpHeld, readHeld, type PostOutcome } from '../desk/index.ts';
import { HoldfastError, dayAt, type HeldWebhook } from '../domain/index.ts';
import { readConnections } from '../mirror/index.ts';

/** How long a change may go unnoticed. */
const LOOK_EVERY_MS = 5_000;
/** Lists delivered at a stretch; then others may have the process. */
const LISTS_MAX = 5;

/** Keeps the owner's receiver up to date with the held list. */
export interface HeldKeeper {
  /** Waits for the look that is under way and begins no more. */
  stop(): Promise<void>;
}

/** Looks every few seconds whether the held list has changed, and posts it. Without an address there is nothing to do. */
export function startHeldKeeper(app: App, options: { lookEveryMs?: number } = {}): HeldKeeper {
  const webhook = app.connectors.heldWebhook;
  if (webhook === null) return { stop: async () => {} };
  const poster = new HeldPoster(app, webhook);
  const stop = app.clock.every(options.lookEveryMs ?? LOOK_EVERY_MS, () => poster.look());
  return { stop };
}

/** Posts the held list once, for commands that ran a night: one attempt, and nothing fails with it. */
export async function postHeldOnce(app: App): Promise<void> {
  const webhook = app.connectors.heldWebhook;
  if (webhook !== null) await new HeldPoster(app, webhook).look();
}

class HeldPoster {
  readonly #app: App;
  readonly #webhook: HeldWebhook;
  #seen = '';
  #hasComplained = false;

  constructor(app: App, webhook: HeldWebhook) {
    this.#app = app;
    this.#webhook = webhook;
  }

  /** Never fails: what goes wrong is tried again at the next look. */
  async look(): Promise<void> {
    try {
      await this.#post();
    } catch (error) {
      this.#seen = '';
      const errorCode = error instanceof HoldfastError ? error.code : 'UNEXPECTED';
      const message = error instanceof Error ? error.message : String(error);
      this.#app.log.warn({ errorCode, message }, 'the held list could not be posted');
    }
  }

  async #post(): Promise<void> {
    const { store } = this.#app;
    // Who stopped everything does not want shops to act on what was decided.
    if ((await readKillSwitch(store.reader)) || (await readRestored(store.reader)) !== null) return;
    for (let lists = 0; lists < LISTS_MAX; lists += 1) {
      await this.#putUp();
      const outcome = await postDueHeld(this.#app, this.#webhook);
      this.#log(outcome);
      if (outcome !== 'delivered') return;
      // What changed while it was under way was kept back.
      this.#seen = '';
    }
  }

  /** Reads the list only when something has happened that it may depend on. */
  async #putUp(): Promise<void> {
    const { store, clock } = this.#app;
    const now = await this.#mark();
    if (now === this.#seen) return;
    await putUpHeld(this.#app, this.#webhook, describeHeld(await readHeld(store.reader, clock)));
    this.#seen = now;
  }

  /** Nights leave a mark in their table, people in the audit log; terms of releases and standings end with the day. */
  async #mark(): Promise<string> {
    const { store, clock } = this.#app;
    const nowMs = clock.nowMs();
    const [head] = await readAudit(store.reader, 1);
    const nights = await readLastNights(store.reader);
    const companies = (await readConnections(store.reader)).map(({ id, state, timeZone }) => [
      id,
      state,
      dayAt(nowMs, timeZone),
    ]);
    return JSON.stringify([head?.seq, nights.map(({ finishedAtMs }) => finishedAtMs), companies]);
  }

  /** Says that it fails, and that it works again; not every attempt. */
  #log(outcome: PostOutcome): void {
    const { log } = this.#app;
    const facts = { receiver: this.#webhook.address };
    if (outcome === 'failed' && !this.#hasComplained)
      log.warn(facts, 'the held list was not taken by its receiver; it is tried again');
    if (outcome === 'delivered' && this.#hasComplained) log.warn(facts, 'the held list is taken again');
    if (outcome === 'failed' || outcome === 'delivered') this.#hasComplained = outcome === 'failed';
  }
}
