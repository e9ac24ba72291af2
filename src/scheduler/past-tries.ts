import type { ConnectionId, Day } from '../domain/index.ts';
import type { FailedNights, PastRuns } from './due-runs.ts';

/** A night whose process was killed is begun again at once so often in a day; after that it counts as failed. */
const LOSSES_MAX = 2;

/** What this process knows of earlier tries; a restart begins to count anew. */
export class PastTries {
  readonly #failures = new Map<ConnectionId, FailedNights>();
  readonly #losses = new Map<ConnectionId, FailedNights>();
  readonly #dispatchedAtMs = new Map<ConnectionId, number>();

  known(): Pick<PastRuns, 'failures' | 'dispatchedAtMs'> {
    return { failures: this.#failures, dispatchedAtMs: this.#dispatchedAtMs };
  }

  dispatched(id: ConnectionId, atMs: number): void {
    this.#dispatchedAtMs.set(id, atMs);
  }

  succeeded(id: ConnectionId): void {
    this.#failures.delete(id);
    this.#losses.delete(id);
  }

  failed(id: ConnectionId, day: Day, atMs: number): void {
    count(this.#failures, id, day, atMs);
  }

  /** A process that eats all memory must not be started again every minute for ever. */
  lost(id: ConnectionId, day: Day, atMs: number): void {
    if (count(this.#losses, id, day, atMs) > LOSSES_MAX) this.failed(id, day, atMs);
  }
}

function count(tries: Map<ConnectionId, FailedNights>, id: ConnectionId, day: Day, lastAtMs: number): number {
  const before = tries.get(id);
  const number = before?.day === day ? before.count + 1 : 1;
  tries.set(id, { day, count: number, lastAtMs });
  return number;
}
