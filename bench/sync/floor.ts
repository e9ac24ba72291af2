import Database from 'better-sqlite3';
import { migrate } from '../../src/store/index.ts';
import { report, startMeasuring } from '../support/child.ts';
import { quickbooksPages } from './floor-quickbooks.ts';
import { xeroPages } from './floor-xero.ts';

/** One page of rows for one table: what the obvious loop would write, without checking or comparing anything. */
export interface FloorPage {
  table: 'customer' | 'invoice' | 'credit' | 'payment';
  rows: (string | number | null)[][];
}

export interface FloorTask {
  platform: 'xero' | 'quickbooks';
  env: Record<string, string>;
  companyId: string;
  accessToken: string;
  file: string;
}

const COLUMNS: Readonly<Record<FloorPage['table'], { key: string[]; rest: string[] }>> = {
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

const task = JSON.parse(process.argv[2] ?? '{}') as FloorTask;
const start = startMeasuring();
const db = new Database(task.file);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
migrate(db, task.file);
const statements = new Map(
  Object.entries(COLUMNS).map(([table, columns]) => [table, db.prepare(upsertSql(table, columns))]),
);
let invoices = 0;
for await (const page of task.platform === 'xero' ? xeroPages(task) : quickbooksPages(task)) {
  const statement = statements.get(page.table);
  db.transaction(() => page.rows.forEach((row) => statement?.run('floor', ...row, 1)))();
  if (page.table === 'invoice') invoices += page.rows.length;
}
report(start, invoices);
db.close();
process.disconnect();

function upsertSql(table: string, { key, rest }: { key: string[]; rest: string[] }): string {
  const all = ['connection_id', ...key, ...rest, 'run'];
  const sets = [...rest, 'run'].map((column) => `${column} = excluded.${column}`).join(', ');
  const conflict = ['connection_id', ...key].join(', ');
  return `INSERT INTO ${table} (${all.join(', ')}) VALUES (${all.map(() => '?').join(', ')}) ON CONFLICT (${conflict}) DO UPDATE SET ${sets}`;
}
