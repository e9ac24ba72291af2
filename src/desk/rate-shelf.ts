import type { ConnectionId, Day } from '../domain/index.ts';
import { chooseRates } from '../facts/index.ts';
import { readBookedRates, readListedRates, type Connection, type KnownRate } from '../mirror/index.ts';
import type { Policy } from '../policy/index.ts';
import type { Reader } from '../store/index.ts';

/** What rates are of: a run does not change any more, nor do its rates of a day. */
export interface RateMoment {
  asOf: Day;
  run: number;
}

/** Rates booked on documents, read once for each run and day: looking for them takes longer than all the rest. */
export class RateShelf {
  readonly #reader: Reader;
  readonly #kept = new Map<ConnectionId, { key: string; booked: Promise<KnownRate[]> }>();

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  booked(connection: Connection, { asOf, run }: RateMoment): Promise<KnownRate[]> {
    const key = `${run} ${asOf}`;
    const kept = this.#kept.get(connection.id);
    if (kept?.key === key) return kept.booked;
    const booked = readBookedRates(this.#reader, connection, asOf, run);
    this.#kept.set(connection.id, { key, booked });
    // What failed is not kept; who asked hears of it.
    booked.catch(() => this.#kept.delete(connection.id));
    return booked;
  }

  /** The rate of a currency by the policy's order and age; null when none is known. */
  async find(
    connection: Connection,
    currency: string,
    moment: RateMoment,
    { rates }: Policy,
  ): Promise<KnownRate | null> {
    const { asOf } = moment;
    const known = [
      ...(await readListedRates(this.#reader, connection.id, asOf)),
      ...(await this.booked(connection, moment)),
    ];
    return chooseRates(known, asOf, rates.maximumAgeDays, rates.order).get(currency) ?? null;
  }
}
