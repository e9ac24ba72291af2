import { report, Stopwatch, taskOf } from '../support/measured.ts';
import { PlainMirror } from './columns.ts';
import { quickbooksPages } from './floor-quickbooks.ts';
import { xeroPages } from './floor-xero.ts';

/** What the floor and the SDK loops are handed: one company, and the database file to make. */
export interface PlainTask {
  platform: 'xero' | 'quickbooks';
  env: Record<string, string>;
  companyId: string;
  accessToken: string;
  file: string;
}

/** The floor: fetch + JSON.parse + prepared upsert of the columns that the product keeps. It is not tuned. */
const task = taskOf<PlainTask>();
const stopwatch = new Stopwatch();
const mirror = new PlainMirror(task.file);
for await (const page of task.platform === 'xero' ? xeroPages(task) : quickbooksPages(task))
  mirror.write(page);
const usage = stopwatch.usage();
mirror.close();
report({ ...usage, invoices: mirror.invoices });
