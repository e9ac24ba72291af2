import Database from 'better-sqlite3';
import { report, Stopwatch, taskOf } from '../support/measured.ts';

/** The floor: the same open rows and customers, read once into plain objects. It is not tuned. */
const task = taskOf<{ file: string; connectionId: string }>();
const stopwatch = new Stopwatch();
const db = new Database(task.file, { readonly: true });
const read = (sql: string): unknown[] => db.prepare(sql).all(task.connectionId);
const customers =
  read(`SELECT remote_id, name, emails, account_number, status, merged_into, parent, bill_with_parent,
  currency, country, hold_marker, platform_balance_minor FROM customer WHERE connection_id = ?`);
const invoices = read(`SELECT remote_id, customer_id, number, issue_date, due_date, currency, open_minor
  FROM invoice WHERE connection_id = ? AND status = 'open'`);
const credits = read(`SELECT remote_id, kind, customer_id, number, date, currency, open_minor
  FROM credit WHERE connection_id = ? AND status = 'open'`);
const usage = stopwatch.usage({ customers: customers.length, credits: credits.length });
db.close();
report({ ...usage, invoices: invoices.length });
