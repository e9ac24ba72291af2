import { readExclusions } from '../cases/index.ts';
import { readHolds, readStandings } from '../decisions/index.ts';
import { convertMinor, dayAt } from '../domain/index.ts';
import type { Conversion, FactsOfDay } from '../facts/index.ts';
import type { Clock } from '../lib/index.ts';
import { readLastRun, type Connection } from '../mirror/index.ts';
import type { Policy } from '../policy/index.ts';
import type { Reader } from '../store/index.ts';
import { decideOrder } from './decide-order.ts';
import { findDebtor } from './find-debtor.ts';
import type { Member } from './limit-checks.ts';
import { pathOf } from './path.ts';
import type { Freshness, Order, OrderAnswer } from './order-answer.ts';
import { RateShelf } from './rate-shelf.ts';
import { readAround } from './read-around.ts';
import { familyOf, standingNow } from './standing-now.ts';

/** What the order desk works with. */
export interface DeskPlace {
  reader: Reader;
  clock: Clock;
  policy(): Policy;
}

/** An order and whose it is: id, account number, exact name or main e-mail address. */
export interface OrderQuestion {
  connection: Connection;
  customer: string;
  order: Order;
}

/** An answer, and the merged customer that was asked for, if it was one. */
export interface DeskAnswer extends OrderAnswer {
  connection: Connection;
  mergedFrom: string | null;
  checkedAtMs: number;
}

const HOUR_MS = 3_600_000;

/** Answers orders from what is mirrored. Reads a handful of rows for each and writes nothing. */
export class Desk {
  readonly #place: DeskPlace;
  readonly #rates: RateShelf;

  constructor(place: DeskPlace) {
    this.#place = place;
    this.#rates = new RateShelf(place.reader);
  }

  /**
   * Whether the order may be given on account. Reserves nothing: two orders that fit one by one are both answered with
   * yes until one of them is invoiced. Throws CUSTOMER_UNKNOWN, CUSTOMER_UNCLEAR, ORDER_AMOUNT, NOT_SYNCED.
   */
  async check({ connection, customer, order }: OrderQuestion): Promise<DeskAnswer> {
    const { reader, clock } = this.#place;
    const nowMs = clock.nowMs();
    const asOf = dayAt(nowMs, connection.timeZone);
    const policy = this.#place.policy();
    const { id, mergedFrom } = await findDebtor(reader, connection, customer);
    const day = await readAround(reader, connection, policy, asOf, id, this.#rates);
    const around = new Map(day.facts.map((facts) => [facts.customer.id, facts]));
    const path = pathOf(id, around, policy);
    const family = familyOf(id, around);
    const ids = family.map((facts) => facts.customer.id);
    const standing = standingNow(
      id,
      family,
      await readStandings(reader, connection.id, { customers: ids }),
      policy,
    );
    const answer = decideOrder({
      path,
      standing,
      order,
      orderInBase: await this.#convert(connection, order, day, path, policy),
      freshness: await readFreshness(reader, connection, day, policy, nowMs),
      ...(await readPeoplesWord(reader, connection, path)),
    });
    return { ...answer, connection, mergedFrom, checkedAtMs: nowMs };
  }

  /** At the rate that the facts used; at the newest known one where the customer owes nothing in that currency. */
  async #convert(
    connection: Connection,
    { amountMinor, currency }: Order,
    day: FactsOfDay,
    path: readonly Member[],
    policy: Policy,
  ): Promise<Conversion | null> {
    const { baseCurrency } = connection;
    if (currency === baseCurrency) {
      const rate = { rate: '1', date: day.asOf, source: 'base' as const };
      return { ...rate, currency, openMinor: amountMinor, baseMinor: amountMinor };
    }
    const used = path
      .flatMap(({ facts }) => facts.total.conversions)
      .find((one) => one.currency === currency);
    const rate = used ?? (await this.#rates.find(connection, currency, day, policy));
    if (rate === null) return null;
    const baseMinor = convertMinor(amountMinor, currency, baseCurrency, rate.rate);
    return { ...rate, currency, openMinor: amountMinor, baseMinor };
  }
}

/** How old the figures are, and whether they are too old to say yes. */
async function readFreshness(
  reader: Reader,
  connection: Connection,
  { asOf, run, syncedAtMs }: FactsOfDay,
  { gates }: Policy,
  nowMs: number,
): Promise<Freshness> {
  const last = await readLastRun(reader, connection.id);
  const newerRun = last === null || last.state === 'published' ? null : last.state;
  const ageHours = (nowMs - syncedAtMs) / HOUR_MS;
  const allowed = gates.maximumSyncAgeHours;
  const stale =
    ageHours <= allowed
      ? null
      : `The last sync is ${Math.floor(ageHours)} hours old, and the policy allows ${allowed}`;
  return { asOf, run, syncedAtMs, newerRun, stale };
}

/** What people decided about the customer or its debtor beside its standing. */
async function readPeoplesWord(
  reader: Reader,
  { id }: Connection,
  path: readonly Member[],
): Promise<{ excluded: string | null; holdTakenAway: boolean }> {
  const ids = path.map(({ facts }) => facts.customer.id);
  const exclusions = await readExclusions(reader, id);
  const holds = await readHolds(reader, id, ids);
  const excluded = ids.map((one) => exclusions.get(one)).find((reason) => reason !== undefined);
  const holdTakenAway = [...holds.values()].some(({ state }) => state === 'drift');
  return { excluded: excluded ?? null, holdTakenAway };
}
