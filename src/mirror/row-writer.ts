import type { Database, Statement } from 'better-sqlite3';
import type { Cell, RowShape } from './rows.ts';

/** What an upsert did; 'ignored' = there is nothing that would need a row. */
export type RowChange = 'created' | 'updated' | 'skipped' | 'ignored';

/** Prepared statements for one table, one connection and one run. */
export class RowWriter<Rec> {
  readonly #shape: RowShape<Rec>;
  readonly #connectionId: string;
  readonly #run: number;
  readonly #insert: Statement;
  readonly #select: Statement;
  readonly #update: Statement;
  readonly #history: Statement;
  readonly #version: number;
  /** What the last row was is what the next one most likely is: a first sync inserts, a later one compares. */
  #expectsNew = true;

  constructor(db: Database, shape: RowShape<Rec>, connectionId: string, run: number) {
    const { kind, keyColumns, columns } = shape;
    const keys = ['connection_id', ...keyColumns];
    const all = [...keys, ...columns, 'run'];
    const where = keys.map((key) => `${key} = ?`).join(' AND ');
    const marks = all.map(() => '?').join(',');
    this.#shape = shape;
    this.#connectionId = connectionId;
    this.#run = run;
    this.#version = columns.indexOf('updated_at_ms');
    this.#insert = db.prepare(
      `INSERT INTO ${kind} (${all.join(',')}) VALUES (${marks}) ON CONFLICT DO NOTHING`,
    );
    this.#select = db.prepare(`SELECT ${columns.join(',')}, run FROM ${kind} WHERE ${where}`).raw();
    this.#update = db.prepare(
      `UPDATE ${kind} SET ${[...columns, 'run'].map((c) => `${c} = ?`).join(', ')} WHERE ${where}`,
    );
    this.#history = db.prepare(
      'INSERT INTO row_history (connection_id, kind, remote_id, from_run, until_run, content) VALUES (?,?,?,?,?,?)',
    );
  }

  /** Creates, updates (the old content goes to row_history) or leaves alone what is equal or newer here. */
  upsert(record: Rec): RowChange {
    const key = this.#shape.key(record);
    if (this.#shape.needsRow?.(record) === false && this.#read(key) === undefined) return 'ignored';
    const values = this.#shape.values(record);
    if (this.#expectsNew && this.#create(key, values)) return 'created';
    const existing = this.#read(key);
    this.#expectsNew = existing === undefined;
    if (existing === undefined) {
      this.#create(key, values);
      return 'created';
    }
    const older = this.#shape.updatedAtMs(record) < Number(existing[this.#version]);
    if (older || values.every((value, i) => value === existing[i])) return 'skipped';
    this.#replace(key, existing, values);
    return 'updated';
  }

  /**
   * Sets status 'deleted' and zeroes what was open. Returns the customer that the row names ('' when none), or null
   * when there was nothing to delete.
   */
  markDeleted(key: Cell[], zeroed: string[]): string | null {
    const { columns } = this.#shape;
    const existing = this.#read(key);
    if (existing === undefined || existing[columns.indexOf('status')] === 'deleted') return null;
    const values = columns.map((column, i) => {
      if (column === 'status') return 'deleted';
      return zeroed.includes(column) ? 0 : (existing[i] ?? null);
    });
    this.#replace(key, existing, values);
    return String(existing[columns.indexOf('customer_id')] ?? '');
  }

  #create(key: Cell[], values: Cell[]): boolean {
    return this.#insert.run(this.#connectionId, ...key, ...values, this.#run).changes === 1;
  }

  #read(key: Cell[]): Cell[] | undefined {
    return this.#select.get(this.#connectionId, ...key) as Cell[] | undefined;
  }

  #replace(key: Cell[], existing: Cell[], values: Cell[]): void {
    const { kind, columns } = this.#shape;
    const before = Object.fromEntries(columns.map((column, i) => [column, existing[i] ?? null]));
    const historyId = key.join(':');
    const fromRun = Number(existing[columns.length]);
    this.#history.run(this.#connectionId, kind, historyId, fromRun, this.#run, JSON.stringify(before));
    this.#update.run(...values, this.#run, this.#connectionId, ...key);
  }
}
