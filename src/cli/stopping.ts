import { HoldfastError } from '../domain/index.ts';

/** Notices Ctrl-C and SIGTERM while long work goes on, so that it ends in order. A second one ends the process at once. */
export class Stopping {
  #asked = false;
  readonly #ask = (): void => {
    this.#asked = true;
    this.end();
  };

  constructor() {
    process.on('SIGINT', this.#ask).on('SIGTERM', this.#ask);
  }

  /** Throws STOPPED once the user asked for it. */
  assertGoOn(message: string): void {
    if (this.#asked) throw new HoldfastError('STOPPED', message, { kind: 'state', retryable: true });
  }

  /** Signals do again what they did before. */
  end(): void {
    process.off('SIGINT', this.#ask).off('SIGTERM', this.#ask);
  }
}
