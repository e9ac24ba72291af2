import Database from 'better-sqlite3';
import { migrate } from '../../src/store/index.ts';

type Table = 'customer' | 'invoice' | 'credit' | 'payment';

/** One page of rows for one table: what the obvious loop would write, without checking or comparing anything. */
export interface TablePage {
  table: Table;
  rows: (string | number | null)[][];
}

const COLUMNS: Readonly<Record<Table, { key: string[]; rest: string[] }>> = {
  customer: {
    key: ['remote_id'],
    rest: [
      'name',
      'emails',
      'account_number',
      'status',
      'merged_into',
      'parent',
      'bill_with_parent',
      'currency',
      'platform_balance_minor',
      'country',
      'hold_marker',
      'updated_at_ms',
    ],
  },
  invoice: {
    key: ['remote_id'],
    rest: [
      'customer_id',
      'number',
      'status',
      'issue_date',
      'due_date',
      'currency',
      'total_minor',
      'open_minor',
      'rate',
      'updated_at_ms',
    ],
  },
  credit: {
    key: ['kind', 'remote_id'],
    rest: [
      'customer_id',
      'number',
      'status',
      'date',
      'currency',
      'total_minor',
      'open_minor',
      'rate',
      'allocations',
      'updated_at_ms',
    ],
  },
  payment: {
    key: ['remote_id'],
    rest: [
      'customer_id',
      'status',
      'date',
      'currency',
      'amount_minor',
      'rate',
      'allocations',
      'updated_at_ms',
    ],
  },
};

/** A database with the product's own schema, written by prepared upserts, a transaction a page. */
export class PlainMirror {
  readonly #db: Database.Database;
  readonly #statements: Map<string, Database.Statement>;
  invoices = 0;

  constructor(file: string) {
    this.#db = new Database(file);
    this.#db.pragma('journal_mode = WAL');
    this.#db.pragma('synchronous = FULL');
    migrate(this.#db, file);
    this.#statements = new Map(
      Object.entries(COLUMNS).map(([table, columns]) => [table, this.#db.prepare(upsertSql(table, columns))]),
    );
  }

  write(page: TablePage): void {
    const statement = this.#statements.get(page.table);
    this.#db.transaction(() => page.rows.forEach((row) => statement?.run('floor', ...row, 1)))();
    if (page.table === 'invoice') this.invoices += page.rows.length;
  }

  close(): void {
    this.#db.close();
  }
}

function upsertSql(table: string, { key, rest }: { key: string[]; rest: string[] }): string {
  const all = ['connection_id', ...key, ...rest, 'run'];
  const sets = [...rest, 'run'].map((column) => `${column} = excluded.${column}`).join(', ');
  const conflict = ['connection_id', ...key].join(', ');
  return `INSERT INTO ${table} (${all.join(', ')}) VALUES (${all.map(() => '?').join(', ')}) ON CONFLICT (${conflict}) DO UPDATE SET ${sets}`;
}
