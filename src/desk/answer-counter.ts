import type { ConnectionId } from '../domain/index.ts';
import type { Clock } from '../lib/index.ts';
import type { Store } from '../store/index.ts';
import type { Answer } from './order-answer.ts';
import { addAnswerCounts, type AnswerCount } from './store.ts';

/** What was counted is written down this often; a process that is killed loses no more than this. */
const SAVE_EVERY_MS = 15_000;

/**
 * Counts answers in memory and writes the sums down now and then: no answer waits for the database's only writer, and
 * none is told of one by one.
 */
export class AnswerCounter {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #stop: () => Promise<void>;
  #counts = new Map<string, AnswerCount>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#stop = clock.every(SAVE_EVERY_MS, () => this.save());
  }

  count(connectionId: ConnectionId, answer: Answer, times = 1): void {
    const day = new Date(this.#clock.nowMs()).toISOString().slice(0, 10);
    const key = `${day} ${connectionId} ${answer}`;
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { day, connectionId, answer, count: times });
    else known.count += times;
  }

  /** Never fails: what cannot be written now is written with the next. */
  async save(): Promise<void> {
    if (this.#counts.size === 0) return;
    const taken = this.#counts;
    this.#counts = new Map();
    try {
      await this.#store.write((tx) => addAnswerCounts(tx, [...taken.values()]));
    } catch {
      for (const { connectionId, answer, count } of taken.values()) this.count(connectionId, answer, count);
    }
  }

  async close(): Promise<void> {
    await this.#stop();
    await this.save();
  }
}
