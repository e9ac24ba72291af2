import * as sdk from 'node-quickbooks';
import { report, Stopwatch, taskOf } from '../support/measured.ts';
import { PlainMirror } from './columns.ts';
import { quickbooksColumns, type Row } from './floor-quickbooks.ts';
import type { PlainTask } from './floor.ts';

type Finder = 'findCustomers' | 'findInvoices' | 'findCreditMemos' | 'findPayments';
type Answer = { QueryResponse: Record<string, Row[]> };
type Client = { endpoint: string } & Record<
  Finder,
  (criteria: object[], callback: (error: unknown, answer: Answer) => void) => void
>;
type Constructor = new (settings: object) => Client;

/** The obvious way with node-quickbooks: fetchAll keeps every row in memory, then the same columns are upserted. */
const task = taskOf<PlainTask>();
const stopwatch = new Stopwatch();
const QuickBooks: unknown = Reflect.get(sdk, 'default');
const client = new (QuickBooks as Constructor)({
  consumerKey: '',
  consumerSecret: '',
  token: task.accessToken,
  tokenSecret: false,
  realmId: task.companyId,
  useSandbox: false,
  debug: false,
  minorversion: 75,
  oauthversion: '2.0',
  refreshToken: null,
});
client.endpoint = `${task.env['QUICKBOOKS_API_URL'] ?? ''}/v3/company/`;
const customers = await fetchAll('findCustomers', 'Customer', [
  { field: 'Active', value: [true, false], operator: 'IN' },
]);
const invoices = await fetchAll('findInvoices', 'Invoice');
const memos = await fetchAll('findCreditMemos', 'CreditMemo');
const payments = await fetchAll('findPayments', 'Payment');
const fetchedCpuMs = stopwatch.cpuMs();
const mirror = new PlainMirror(task.file);
const { customer, invoice, credit, payment } = quickbooksColumns;
mirror.write({ table: 'customer', rows: customers.map(customer) });
mirror.write({ table: 'invoice', rows: invoices.map(invoice) });
mirror.write({ table: 'credit', rows: memos.map((row) => credit('credit-note', row, row.RemainingCredit)) });
mirror.write({ table: 'payment', rows: payments.map(payment) });
mirror.write({
  table: 'credit',
  rows: payments.map((row) => credit('unapplied-payment', row, row.UnappliedAmt)),
});
const usage = stopwatch.usage({ fetchedCpuMs });
mirror.close();
report({ ...usage, invoices: mirror.invoices });

function fetchAll(finder: Finder, entity: string, criteria: object[] = []): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    client[finder]([...criteria, { field: 'fetchAll', value: true }], (error, answer) => {
      if (error) reject(error instanceof Error ? error : new Error(JSON.stringify(error)));
      else resolve(answer.QueryResponse[entity] ?? []);
    });
  });
}
