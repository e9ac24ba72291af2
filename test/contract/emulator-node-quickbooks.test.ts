import QuickBooks from 'node-quickbooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInvoice, editNotes } from '../../emulator/quickbooks/edits.ts';
import { faultXml, throttled } from '../../emulator/quickbooks/fault-bodies.ts';
import { bookOf, customer, invoice, startQuickBooks, worldNowMs } from '../support/quickbooks-emulator.ts';
import type { EmulatedQuickBooks } from '../support/quickbooks-emulator.ts';

/* node-quickbooks, with nothing changed but its base address, is the witness for the emulated accounting API. */

type Fields = Record<string, unknown>;
type Done = (error: unknown, data: unknown) => void;

/** What is called of it; its own types speak of a default export that is not there. */
interface Sdk {
  findCustomers(criteria: unknown, done: Done): void;
  findInvoices(criteria: unknown, done: Done): void;
  getCustomer(id: string, done: Done): void;
  updateCustomer(customer: Fields, done: Done): void;
  createCustomer(customer: Fields, done: Done): void;
  changeDataCapture(entities: string[], since: Date, done: Done): void;
  sendInvoicePdf(id: string, sendTo: string, done: Done): void;
}
type SdkClass = (new (...settings: unknown[]) => Sdk) & { V3_ENDPOINT_BASE_URL: string };

const SdkConstructor: unknown = QuickBooks;
const invoices = 2_300;

let emulated: EmulatedQuickBooks;
let sdk: Sdk;

beforeEach(async () => {
  emulated = await startQuickBooks(
    bookOf([
      customer('ann'),
      customer('bob', { status: 'archived' }),
      ...Array.from({ length: invoices }, (_one, index) => invoice(String(index + 1), 'ann')),
    ]),
  );
  sdk = newSdk((await emulated.connect()).access_token);
});
afterEach(() => emulated.close());

function newSdk(token: string, realm = emulated.realm): Sdk {
  const made = SdkConstructor as SdkClass;
  made.V3_ENDPOINT_BASE_URL = `${emulated.url}/v3/company/`;
  return new made('key', 'secret', token, false, realm, true, false, null, '2.0', null);
}

/** One call as a promise. */
function ask(call: (done: Done) => void): Promise<Fields> {
  return new Promise((resolve, reject) => {
    call((error, data) => {
      if (error) reject(new Refusal(error));
      else resolve(data as Fields);
    });
  });
}

/** What the client hands out as an error: the answer of the platform, or a Fault that came with HTTP 200. */
class Refusal extends Error {
  readonly status: number | undefined;
  readonly body: unknown;

  constructor(handed: unknown) {
    super('refused');
    const { response } = handed as { response?: { status: number; data: unknown } };
    this.status = response?.status;
    this.body = response?.data ?? handed;
  }
}

async function refusalOf(call: (done: Done) => void): Promise<Refusal> {
  return ask(call).then(
    () => Promise.reject(new Error('it was not refused')),
    (error: unknown) => error as Refusal,
  );
}

function queried(reply: Fields, entity: string): Fields[] {
  return (reply['QueryResponse'] as Record<string, Fields[]>)[entity] ?? [];
}

describe('node-quickbooks against the emulated QuickBooks', () => {
  it('finds customers by a condition, and inactive ones only when it asks for them', async () => {
    const found = await ask((done) => sdk.findCustomers({ DisplayName: 'Customer ann' }, done));
    expect(queried(found, 'Customer').map((one) => one['DisplayName'])).toEqual(['Customer ann']);
    const active = await ask((done) => sdk.findCustomers({}, done));
    expect(queried(active, 'Customer')).toHaveLength(1);
    const all = await ask((done) => sdk.findCustomers({ Active: [true, false] }, done));
    expect(queried(all, 'Customer')).toHaveLength(2);
  });

  it('counts', async () => {
    const counted = await ask((done) => sdk.findInvoices({ count: true }, done));
    expect(counted['QueryResponse']).toEqual({ totalCount: invoices });
  });

  it('fetches all invoices over several pages, each once', async () => {
    const found = await ask((done) => sdk.findInvoices({ fetchAll: true }, done));
    const ids = queried(found, 'Invoice').map((one) => one['Id']);
    expect(ids).toHaveLength(invoices);
    expect(new Set(ids).size).toBe(invoices);
  });

  it('reads one customer, changes it sparsely, and is refused with a SyncToken that is no longer current', async () => {
    const ann = await ask((done) => sdk.getCustomer('1', done));
    expect(ann).toMatchObject({ Id: '1', DisplayName: 'Customer ann', Balance: invoices * 100 });
    const { Id, SyncToken } = ann;
    const changed = await ask((done) => sdk.updateCustomer({ Id, SyncToken, Notes: 'On hold' }, done));
    expect(changed).toMatchObject({ Notes: 'On hold', DisplayName: 'Customer ann', sparse: false });
    expect(changed['SyncToken']).not.toBe(SyncToken);
    const refusal = await refusalOf((done) => sdk.updateCustomer({ Id, SyncToken, Notes: 'Again' }, done));
    expect(refusal.status).toBe(400);
    expect(refusal.body).toMatchObject({ Fault: { Error: [{ code: '5010' }], type: 'ValidationFault' } });
    expect(await ask((done) => sdk.getCustomer('1', done))).toMatchObject({ Notes: 'On hold' });
  });

  it('gets what changed since an instant, with whole records', async () => {
    emulated.world.clock.set(worldNowMs + 60_000);
    editNotes(emulated.books, '1', 'Changed by a person');
    const { Id } = createInvoice(emulated.books, { customerId: '1', amountMinor: 5_000 });
    const since = new Date(worldNowMs + 30_000);
    const reply = await ask((done) => sdk.changeDataCapture(['Customer', 'Invoice'], since, done));
    const [answer] = reply['CDCResponse'] as { QueryResponse: Record<string, Fields[]>[] }[];
    const [customers, changed] = answer!.QueryResponse;
    expect(customers!['Customer']).toMatchObject([{ Id: '1', Notes: 'Changed by a person' }]);
    expect(changed!['Invoice']).toMatchObject([{ Id, TotalAmt: 50 }]);
  });

  it('sends an invoice, by a form content type without a body, to an address whose plus it loses', async () => {
    const sent = await ask((done) => sdk.sendInvoicePdf('1', 'ann+bills@example.com', done));
    expect(sent).toMatchObject({ Id: '1', EmailStatus: 'EmailSent' });
    expect(sent['BillEmail']).toEqual({ Address: 'ann bills@example.com' });
    expect(sent['DeliveryInfo']).toMatchObject({ DeliveryType: 'Email' });
    expect(emulated.world.effects.list('invoice-send')).toHaveLength(1);
  });

  it('is refused a name that is taken, a query that asks for what is not there, and a record that is not', async () => {
    const taken = await refusalOf((done) => sdk.createCustomer({ DisplayName: 'Customer ann' }, done));
    expect(taken.body).toMatchObject({ Fault: { Error: [{ code: '6240' }] } });
    const invalid = await refusalOf((done) => sdk.findCustomers({ Nothing: 'x' }, done));
    expect(invalid.body).toMatchObject({ Fault: { Error: [{ code: '4001' }] } });
    const missing = await refusalOf((done) => sdk.getCustomer('999', done));
    expect(missing.body).toMatchObject({ Fault: { Error: [{ code: '610' }] } });
  });

  it('is refused by the gateway with a dead token, and for a company that it may not read', async () => {
    const dead = await refusalOf((done) => newSdk('dead').getCustomer('1', done));
    expect(dead.status).toBe(401);
    expect(dead.body).toMatchObject({ fault: { error: [{ code: '3200' }], type: 'AUTHENTICATION' } });
    const token = (await emulated.connect()).access_token;
    const strange = await refusalOf((done) => newSdk(token, '123').getCustomer('1', done));
    expect(strange.status).toBe(403);
    expect(strange.body).toMatchObject({ fault: { error: [{ code: '3100' }] } });
  });

  it('meets a 429 whose body is XML, and a maintenance page, as text', async () => {
    const { faults } = emulated.world;
    const body = faultXml(throttled, 'SERVICE', '2026-03-11T02:00:00.000-07:00');
    faults.add({
      path: '/v3/**',
      status: 429,
      headers: { 'content-type': 'application/xml' },
      body,
      times: 1,
    });
    expect(await refusalOf((done) => sdk.getCustomer('1', done))).toMatchObject({ status: 429, body });
    faults.add({
      path: '/v3/**',
      status: 503,
      headers: { 'content-type': 'text/html' },
      body: '<h1>Down</h1>',
    });
    const down = await refusalOf((done) => sdk.getCustomer('1', done));
    expect(down).toMatchObject({ status: 503, body: '<h1>Down</h1>' });
  });
});
