import type { Database } from 'better-sqlite3';
import type { Store, Tx } from '../../src/store/index.ts';

/** A store that adds up how long its writing transactions take, from their first statement to the commit's end. */
export class TimedStore {
  readonly store: Store;
  #ms = 0;

  constructor(inner: Store) {
    this.store = {
      ...inner,
      write: <T>(work: (tx: Tx) => Promise<T>) =>
        this.#time((begun) =>
          inner.write((tx) => {
            begun();
            return work(tx);
          }),
        ),
      writeBulk: <T>(work: (db: Database) => T) =>
        this.#time((begun) =>
          inner.writeBulk((db) => {
            begun();
            return work(db);
          }),
        ),
    };
  }

  /** What has been added up since it was last asked for. */
  takeMs(): number {
    const ms = this.#ms;
    this.#ms = 0;
    return ms;
  }

  /** Waiting for the lock is not counted, and nothing else runs between the last statement and the commit. */
  async #time<T>(run: (begun: () => void) => Promise<T>): Promise<T> {
    let fromMs = NaN;
    const result = await run(() => {
      fromMs = performance.now();
    });
    this.#ms += performance.now() - fromMs;
    return result;
  }
}
