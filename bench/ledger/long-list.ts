import { fill, type Origin, type Renumber, type RowTemplate } from './row-template.ts';

/** Each row is changed a second after the one before. */
const STEP_MS = 1000;

/** How a platform writes what differs between rounds. */
export interface Notation {
  renumber: Renumber;
  /** An update time, as the platform writes it in a row. */
  stamp(ms: number): string;
}

/**
 * A list of any length, in the order of update times: some rows of the emulator again and again, with other ids and
 * times. A row is written when it is asked for, so a million take no room.
 */
export class LongList {
  readonly #rows: readonly RowTemplate[];
  readonly #notation: Notation;
  readonly #lastMs: number;
  /** Where each row stands among the patterns, by the id that it had. */
  readonly #places: ReadonlyMap<string, number>;
  rounds = 1;

  /** `lastMs`: the instant at which the last row was changed. `ids`: of the rows, in their order. */
  constructor(rows: readonly RowTemplate[], ids: readonly string[], notation: Notation, lastMs: number) {
    this.#places = new Map(ids.map((id, place) => [id, place]));
    this.#rows = rows;
    this.#notation = notation;
    this.#lastMs = lastMs;
  }

  get length(): number {
    return this.#rows.length * this.rounds;
  }

  /** Where the rows begin that were changed at an instant or later; `length` when there are none. */
  indexAt(ms: number): number {
    const index = Math.ceil((ms - this.#firstMs()) / STEP_MS);
    return Math.min(Math.max(index, 0), this.length);
  }

  /** The texts of the rows from one index up to (and without) another. */
  texts(from: number, until: number): string[] {
    const texts: string[] = [];
    for (let index = from; index < Math.min(until, this.length); index += 1) texts.push(this.#text(index));
    return texts;
  }

  /** The row of an id; null when there is none. */
  find({ id, round }: Origin): string | null {
    const place = this.#places.get(id);
    if (place === undefined || round >= this.rounds) return null;
    return this.#text(round * this.#rows.length + place);
  }

  #text(index: number): string {
    const round = Math.floor(index / this.#rows.length);
    const template = this.#rows[index % this.#rows.length];
    if (template === undefined) throw new Error(`The list has no row ${index}.`);
    const stamp = this.#notation.stamp(this.#firstMs() + index * STEP_MS);
    return fill(template, round, stamp, this.#notation.renumber);
  }

  #firstMs(): number {
    return this.#lastMs - (this.length - 1) * STEP_MS;
  }
}
