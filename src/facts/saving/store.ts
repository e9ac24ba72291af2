import { addDays, type ConnectionId } from '../../domain/index.ts';
import type { Connection } from '../../mirror/index.ts';
import { overRows, type Cell, type RowAccess, type Tx } from '../../store/index.ts';
import type { CustomerFacts } from '../compute-facts.ts';
import { contentOf, isWorthKeeping } from '../saved/content.ts';
import type { FactsOfDay } from '../store.ts';

/**
 * Keeps a night's facts; the same night again replaces them. What is as it was the night before is not written again.
 * Customers with nothing open and no limit are left out.
 */
export async function saveFacts(tx: Tx, connection: Connection, day: FactsOfDay): Promise<void> {
  const saving = await FactsSaving.begin(tx, connection, day);
  await saving.add(tx, day.facts);
  await saving.end(tx);
}

/** What a night's facts rest on. */
type Night = Pick<FactsOfDay, 'asOf' | 'run' | 'knownAtMs'>;

const FOR_EVER = '9999-12-31';

/** A content, and from which night to which it holds. */
interface Held {
  rowid: number;
  asOf: string;
  untilDay: string;
  content: string;
}

/**
 * Writes the facts of one night part by part, between those of the nights before and, when a clock was wrong, after
 * it. The night counts as saved when it has come to its end.
 */
export class FactsSaving {
  readonly #id: ConnectionId;
  readonly #night: Night;
  readonly #hasLater: boolean;
  readonly #kept = new Set<string>();

  private constructor(id: ConnectionId, night: Night, hasLater: boolean) {
    this.#id = id;
    this.#night = night;
    this.#hasLater = hasLater;
  }

  static async begin(tx: Tx, { id }: Connection, night: Night): Promise<FactsSaving> {
    const later = await tx
      .selectFrom('facts_day')
      .select('as_of')
      .where('connection_id', '=', id)
      .where('as_of', '>', night.asOf)
      .limit(1)
      .executeTakeFirst();
    return new FactsSaving(id, night, later !== undefined);
  }

  /** Facts of some customers, each of whom comes once. */
  async add(tx: Tx, facts: readonly CustomerFacts[]): Promise<void> {
    const kept = facts.filter(isWorthKeeping);
    await overRows(tx, (rows) => {
      const held = this.#readHeld(
        rows,
        kept.map(({ customer }) => customer.id),
      );
      for (const one of kept) this.#put(rows, one.customer.id, contentOf(one), held.get(one.customer.id));
    });
  }

  /** Takes out who was not added, and calls the night saved. */
  async end(tx: Tx): Promise<void> {
    await overRows(tx, (rows) => {
      if (this.#countHeld(rows) > this.#kept.size) this.#endOthers(rows);
    });
    const { asOf, run, knownAtMs } = this.#night;
    const row = { run, known_at_ms: Math.min(knownAtMs, Number.MAX_SAFE_INTEGER) };
    await tx
      .insertInto('facts_day')
      .values({ connection_id: this.#id, as_of: asOf, ...row })
      .onConflict((conflict) => conflict.columns(['connection_id', 'as_of']).doUpdateSet(row))
      .execute();
  }

  /** Contents that hold on the night. Unless there are later nights they hold for ever, by which they are found. */
  #heldThen(): { text: string; values: Cell[] } {
    const { asOf } = this.#night;
    if (this.#hasLater)
      return { text: 'connection_id = ? AND until_day >= ? AND as_of <= ?', values: [this.#id, asOf, asOf] };
    return { text: 'connection_id = ? AND until_day = ?', values: [this.#id, FOR_EVER] };
  }

  #readHeld(rows: RowAccess, customers: readonly string[]): Map<string, Held> {
    const { text, values } = this.#heldThen();
    const found = rows
      .prepare(
        `SELECT customer_id, rowid, as_of, until_day, content FROM customer_facts
         WHERE ${text} AND customer_id IN (SELECT value FROM json_each(?))`,
      )
      .all([...values, JSON.stringify(customers)]);
    return new Map(
      found.map(([customer, rowid, asOf, untilDay, content]) => [
        String(customer),
        { rowid: Number(rowid), asOf: String(asOf), untilDay: String(untilDay), content: String(content) },
      ]),
    );
  }

  #countHeld(rows: RowAccess): number {
    const { text, values } = this.#heldThen();
    return Number(rows.prepare(`SELECT count(*) FROM customer_facts WHERE ${text}`).first(...values)?.[0]);
  }

  #put(rows: RowAccess, customer: string, content: string, held: Held | undefined): void {
    this.#kept.add(customer);
    if (held?.content === content) return;
    if (held !== undefined) this.#end(rows, held);
    const { asOf, run } = this.#night;
    rows
      .prepare(
        'INSERT INTO customer_facts (connection_id, as_of, customer_id, run, content, until_day) VALUES (?,?,?,?,?,?)',
      )
      .run(this.#id, asOf, customer, run, content, this.#hasLater ? asOf : FOR_EVER);
  }

  #endOthers(rows: RowAccess): void {
    const { text, values } = this.#heldThen();
    const all = rows.prepare(`SELECT customer_id, rowid, as_of, until_day FROM customer_facts WHERE ${text}`);
    for (const [customer, rowid, asOf, untilDay] of all.all(values)) {
      if (this.#kept.has(String(customer))) continue;
      this.#end(rows, { rowid: Number(rowid), asOf: String(asOf), untilDay: String(untilDay), content: '' });
    }
  }

  /** Takes this night out of the nights on which a content holds. */
  #end(rows: RowAccess, { rowid, asOf, untilDay }: Held): void {
    const tonight = this.#night.asOf;
    const goesOn = this.#hasLater && untilDay > tonight;
    const startedBefore = asOf < tonight;
    if (goesOn && startedBefore) copyFrom(rows, addDays(tonight, 1), rowid);
    if (startedBefore)
      rows
        .prepare('UPDATE customer_facts SET until_day = ? WHERE rowid = ?')
        .run(addDays(tonight, -1), rowid);
    else if (goesOn)
      rows.prepare('UPDATE customer_facts SET as_of = ? WHERE rowid = ?').run(addDays(tonight, 1), rowid);
    else rows.prepare('DELETE FROM customer_facts WHERE rowid = ?').run(rowid);
  }
}

function copyFrom(rows: RowAccess, asOf: Cell, rowid: number): void {
  rows
    .prepare(
      `INSERT INTO customer_facts (connection_id, as_of, customer_id, run, content, until_day)
       SELECT connection_id, ?, customer_id, run, content, until_day FROM customer_facts WHERE rowid = ?`,
    )
    .run(asOf, rowid);
}
