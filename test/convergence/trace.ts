import { createHash } from 'node:crypto';

/** What happened in a run, line by line: as one hash, and its last lines to read. */
export class Trace {
  readonly #hash = createHash('sha256');
  readonly #kept: string[] = [];
  readonly #keep: number;

  constructor(keep = 20_000) {
    this.#keep = keep;
  }

  note(line: string): void {
    this.#hash.update(`${line}\n`);
    this.#kept.push(line);
    if (this.#kept.length > this.#keep) this.#kept.shift();
  }

  /** The newest lines, oldest first. */
  lines(): readonly string[] {
    return this.#kept;
  }

  /** Of everything so far; the trace ends with it. */
  digest(): string {
    return this.#hash.digest('hex').slice(0, 16);
  }
}
