/**
 * All chance of a run comes from here: the same seed throws the same dice. Each part of a run has dice of its own
 * (`fork`), so that switching one part off does not change what the others throw.
 */
export class Dice {
  readonly #name: string;
  #state: number;

  constructor(seed: number | string) {
    this.#name = String(seed);
    this.#state = hashOf(this.#name);
  }

  /** Dice of their own under a name; however often these were thrown, they are the same. */
  fork(name: string): Dice {
    return new Dice(`${this.#name}/${name}`);
  }

  /** At least 0, below 1. */
  next(): number {
    // Mulberry32: 32 bits of state, good enough to pick scenarios.
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of the list, which must not be empty. */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error('nothing to pick from');
    return list[this.whole(0, list.length - 1)] as T;
  }

  /** One of the list, or undefined when there is none. */
  pickAny<T>(list: readonly T[]): T | undefined {
    return list.length === 0 ? undefined : this.pick(list);
  }

  /** So many of the list, in an order of chance. */
  some<T>(list: readonly T[], count: number): T[] {
    const left = [...list];
    const picked: T[] = [];
    while (picked.length < count && left.length > 0) {
      picked.push(...left.splice(this.whole(0, left.length - 1), 1));
    }
    return picked;
  }
}

/** FNV-1a over the characters, mixed once more so that neighbouring seeds are far apart. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  return (hash ^ (hash >>> 15)) | 0;
}
