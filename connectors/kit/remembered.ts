/** A value that is worked out at the first need, once for all who ask; a failure is not remembered. */
export class Remembered<T> {
  readonly #work: () => Promise<T>;
  #value: Promise<T> | null = null;

  constructor(work: () => Promise<T>) {
    this.#work = work;
  }

  get(): Promise<T> {
    this.#value ??= this.#work().catch((error: unknown) => {
      this.#value = null;
      throw error;
    });
    return this.#value;
  }

  /** Takes over what another call brought along. */
  set(value: T): void {
    this.#value = Promise.resolve(value);
  }
}
