import { addDays, type ConnectionId, type CustomerId, type Day } from '../../domain/index.ts';
import { readRun, type Connection } from '../../mirror/index.ts';
import { overRows, type Cell, type Reader, type RowAccess, type Tx } from '../../store/index.ts';
import type { CustomerFacts } from '../compute-facts.ts';
import type { FactsDocument } from '../document.ts';
import type { FactsOfDay } from '../store.ts';
import { contentOf, documentOf } from './content.ts';

/** A night of which facts are kept, and what they rest on. */
export interface SavedDay {
  asOf: Day;
  run: number;
  /** Until when what people noted, and rates, were taken in, epoch ms; 0 = it was not kept. */
  knownAtMs: number;
}

/** Facts as a judgement wrote them down, for while there are no newer ones. */
export interface SavedFacts extends SavedDay {
  /** When that run was published: how old these facts are. */
  publishedAtMs: number;
  documents: FactsDocument[];
}

/** The newest day not after `asOf` of which facts are kept; null when none were ever saved. */
export async function readSavedDay(reader: Reader, id: ConnectionId, asOf: Day): Promise<SavedDay | null> {
  const row = await reader
    .selectFrom('facts_day')
    .select(['as_of', 'run', 'known_at_ms'])
    .where('connection_id', '=', id)
    .where('as_of', '<=', asOf)
    .orderBy('as_of', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : { asOf: row.as_of as Day, run: row.run, knownAtMs: row.known_at_ms };
}

/** The newest saved facts of a day not after `asOf`, in the order of customer ids; null when none were ever saved. */
export async function readSavedFacts(
  reader: Reader,
  id: ConnectionId,
  asOf: Day,
): Promise<SavedFacts | null> {
  const day = await readSavedDay(reader, id, asOf);
  if (day === null) return null;
  const documents: FactsDocument[] = [];
  const text = `SELECT content FROM customer_facts WHERE ${HELD_THEN} ORDER BY customer_id`;
  await overRows(reader, (rows) => {
    rows.prepare(text).each([id, day.asOf, day.asOf], ([content]) => {
      documents.push(documentOf(String(content), day.asOf));
    });
  });
  const publishedAtMs = (await readRun(reader, id, day.run))?.finishedAtMs ?? 0;
  return { ...day, publishedAtMs, documents };
}

/** As readSavedFacts, the documents of some customers alone; empty when none were ever saved. */
export async function readSavedFactsOf(
  reader: Reader,
  id: ConnectionId,
  { asOf }: SavedDay,
  customers: readonly CustomerId[],
): Promise<FactsDocument[]> {
  const rows = await reader
    .selectFrom('customer_facts')
    .select('content')
    .where('connection_id', '=', id)
    .where('until_day', '>=', asOf)
    .where('as_of', '<=', asOf)
    .where('customer_id', 'in', customers)
    .execute();
  return rows.map(({ content }) => documentOf(content, asOf));
}

/** A content holds from the night of `as_of` to the one of `until_day`. */
const HELD_THEN = 'connection_id = ? AND until_day >= ? AND as_of <= ?';
const FOR_EVER = '9999-12-31';

/**
 * Keeps a night's facts; the same night again replaces them. What is as it was the night before is not written again.
 * Customers with nothing open and no limit are left out.
 */
export async function saveFacts(tx: Tx, connection: Connection, day: FactsOfDay): Promise<void> {
  const { asOf, run } = day;
  const known_at_ms = Math.min(day.knownAtMs, Number.MAX_SAFE_INTEGER);
  const later = await tx
    .selectFrom('facts_day')
    .select('as_of')
    .where('connection_id', '=', connection.id)
    .where('as_of', '>', asOf)
    .limit(1)
    .executeTakeFirst();
  await overRows(tx, (rows) => {
    const saver = new FactsSaver(rows, connection.id, day, later !== undefined);
    for (const facts of day.facts) if (isWorthKeeping(facts)) saver.put(facts.customer.id, contentOf(facts));
    saver.endOthers();
  });
  await tx
    .insertInto('facts_day')
    .values({ connection_id: connection.id, as_of: asOf, run, known_at_ms })
    .onConflict((conflict) => conflict.columns(['connection_id', 'as_of']).doUpdateSet({ run, known_at_ms }))
    .execute();
}

const isWorthKeeping = (facts: CustomerFacts): boolean =>
  facts.total.buckets.length > 0 || facts.limit !== null;

/**
 * The documents that readSavedFacts would give of facts, had they been saved: in the same order and form, to the byte.
 * Pure.
 */
export function documentsToKeep({ asOf, facts }: Pick<FactsOfDay, 'asOf' | 'facts'>): FactsDocument[] {
  const kept = facts.filter(isWorthKeeping).sort((a, b) => (a.customer.id < b.customer.id ? -1 : 1));
  return kept.map((one) => documentOf(contentOf(one), asOf));
}

/** A content that holds on the night. */
interface Held {
  rowid: number;
  asOf: string;
  untilDay: string;
}

/** Writes the contents of one night between those of the nights before and, when a clock was wrong, after it. */
class FactsSaver {
  readonly #rows: RowAccess;
  readonly #id: ConnectionId;
  readonly #day: Pick<FactsOfDay, 'asOf' | 'run'>;
  readonly #hasLater: boolean;
  readonly #held: Map<string, Held>;

  constructor(rows: RowAccess, id: ConnectionId, day: Pick<FactsOfDay, 'asOf' | 'run'>, hasLater: boolean) {
    this.#rows = rows;
    this.#id = id;
    this.#day = day;
    this.#hasLater = hasLater;
    this.#held = new Map();
    const text = `SELECT customer_id, rowid, as_of, until_day FROM customer_facts WHERE ${HELD_THEN}`;
    rows.prepare(text).each([id, day.asOf, day.asOf], ([customer, rowid, asOf, untilDay]) => {
      const held = { rowid: Number(rowid), asOf: String(asOf), untilDay: String(untilDay) };
      this.#held.set(String(customer), held);
    });
  }

  put(customerId: string, content: string): void {
    const held = this.#held.get(customerId);
    this.#held.delete(customerId);
    if (held !== undefined) {
      const same = this.#rows.prepare('SELECT content = ? FROM customer_facts WHERE rowid = ?');
      if (same.first(content, held.rowid)?.[0] === 1) return;
      this.#end(held);
    }
    const { asOf, run } = this.#day;
    this.#rows
      .prepare(
        'INSERT INTO customer_facts (connection_id, as_of, customer_id, run, content, until_day) VALUES (?,?,?,?,?,?)',
      )
      .run(this.#id, asOf, customerId, run, content, this.#hasLater ? asOf : FOR_EVER);
  }

  /** Ends what held of customers that were not put. */
  endOthers(): void {
    for (const held of this.#held.values()) this.#end(held);
  }

  /** Takes this night out of the nights on which a content holds. */
  #end({ rowid, asOf, untilDay }: Held): void {
    const tonight = this.#day.asOf;
    const goesOn = this.#hasLater && untilDay > tonight;
    const startedBefore = asOf < tonight;
    if (goesOn && startedBefore) this.#copyFrom(addDays(tonight, 1), rowid);
    if (startedBefore) this.#change('until_day = ?', addDays(tonight, -1), rowid);
    else if (goesOn) this.#change('as_of = ?', addDays(tonight, 1), rowid);
    else this.#rows.prepare('DELETE FROM customer_facts WHERE rowid = ?').run(rowid);
  }

  #copyFrom(asOf: Cell, rowid: number): void {
    this.#rows
      .prepare(
        `INSERT INTO customer_facts (connection_id, as_of, customer_id, run, content, until_day)
         SELECT connection_id, ?, customer_id, run, content, until_day FROM customer_facts WHERE rowid = ?`,
      )
      .run(asOf, rowid);
  }

  #change(what: string, day: Cell, rowid: number): void {
    this.#rows.prepare(`UPDATE customer_facts SET ${what} WHERE rowid = ?`).run(day, rowid);
  }
}
