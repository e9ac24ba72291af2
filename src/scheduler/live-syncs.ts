import type { ConnectionId, SyncForecast } from '../domain/index.ts';
import type { SyncProgress } from '../mirror/index.ts';
import type { JobListener } from './job.ts';

/** How far the syncs are that this program does now; nothing of them outlives it. */
export class LiveSyncs {
  readonly #syncs = new Map<ConnectionId, { progress: SyncProgress | null; forecast: SyncForecast | null }>();

  /** Hears what jobs tell while they go on. */
  readonly listener: JobListener = {
    onProgress: (id, progress) => void (this.#of(id).progress = progress),
    onForecast: (id, forecast) => void (this.#of(id).forecast = forecast),
  };

  /** Null when nothing was told. */
  of(id: ConnectionId): { progress: SyncProgress | null; forecast: SyncForecast | null } | null {
    return this.#syncs.get(id) ?? null;
  }

  /** A job of this connection has ended. */
  forget(id: ConnectionId): void {
    this.#syncs.delete(id);
  }

  #of(id: ConnectionId) {
    const sync = this.#syncs.get(id) ?? { progress: null, forecast: null };
    this.#syncs.set(id, sync);
    return sync;
  }
}
