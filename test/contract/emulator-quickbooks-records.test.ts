import { afterEach, describe, expect, it } from 'vitest';
import type { NativeCustomer, NativeTransaction } from '../../emulator/quickbooks/native.ts';
import { createInvoice, payInvoice } from '../../emulator/quickbooks/edits.ts';
import { bookOf, customer, invoice, startQuickBooks } from '../support/quickbooks-emulator.ts';
import type { EmulatedQuickBooks } from '../support/quickbooks-emulator.ts';
import type { QuickBooksOptions } from '../../emulator/quickbooks/options.ts';

interface Answer {
  Customer?: NativeCustomer;
  Invoice?: NativeTransaction;
  Payment?: NativeTransaction;
  Term?: { Id: string; Name: string; DueDays: number };
  ExchangeRate?: { Rate: number; AsOfDate: string };
  Fault?: { Error: { code: string; element?: string }[] };
}

describe('records of the QuickBooks API', () => {
  let qbo: EmulatedQuickBooks;
  afterEach(() => qbo.close());

  const start = async (options: Partial<QuickBooksOptions> = {}) => {
    const entries = [
      customer('1', { name: 'Alder', notes: 'Call before noon', phone: '020 7946 0000' }),
      customer('2', { name: 'Birch' }),
      invoice('i1', '1'),
      invoice('i2', '1', { currency: 'USD', rate: '0.8', issueDate: '2026-02-03' }),
    ];
    qbo = await startQuickBooks(bookOf(entries), options);
  };
  const send = async (method: string, path: string, body?: unknown, headers = {}) => {
    const response = await qbo.call(method, path, body, headers);
    return { status: response.status, body: (await response.json()) as Answer };
  };
  const read = async (id: string) => (await send('GET', `customer/${id}`)).body.Customer;

  it('updates sparsely: what is not named stays, SyncToken counts up, sparse comes back false', async () => {
    await start();
    const update = { Id: '1', SyncToken: '0', sparse: true, Notes: 'On hold' };
    const { status, body } = await send('POST', 'customer?minorversion=75', update);
    expect(status).toBe(200);
    expect(body.Customer).toMatchObject({
      Notes: 'On hold',
      SyncToken: '1',
      sparse: false,
      PrimaryPhone: { FreeFormNumber: '020 7946 0000' },
      PrimaryEmailAddr: { Address: '1@example.com' },
    });
    expect(await read('1')).toEqual(body.Customer);
  });

  it('clears what a full update leaves out, but never what it computes', async () => {
    await start();
    const { body } = await send('POST', 'customer', { Id: '1', SyncToken: '0', DisplayName: 'Alder' });
    expect(body.Customer).not.toHaveProperty('Notes');
    expect(body.Customer).not.toHaveProperty('PrimaryPhone');
    expect(body.Customer).toMatchObject({ Balance: 100, CurrencyRef: { value: 'GBP' }, Active: true });
  });

  it('refuses a stale SyncToken with 5010 and changes nothing', async () => {
    await start();
    await send('POST', 'customer', { Id: '1', SyncToken: '0', sparse: true, Notes: 'first' });
    const late = await send('POST', 'customer', { Id: '1', SyncToken: '0', sparse: true, Notes: 'second' });
    expect(late.status).toBe(400);
    expect(late.body).toMatchObject({ Fault: { type: 'ValidationFault', Error: [{ code: '5010' }] } });
    expect((await read('1'))?.Notes).toBe('first');
  });

  it('moves the customer’s update time, not its SyncToken, when a document changes its balance', async () => {
    await start();
    qbo.world.clock.set(qbo.world.clock.nowMs() + 60_000);
    const before = await read('1');
    createInvoice(qbo.books, { customerId: '1', amountMinor: 2_500 });
    const after = await read('1');
    expect(after?.Balance).toBe(125);
    expect(after?.SyncToken).toBe(before?.SyncToken);
    expect(after?.MetaData.LastUpdatedTime).not.toBe(before?.MetaData.LastUpdatedTime);
  });

  it.each([
    ['an unknown customer', { Id: '99', SyncToken: '0', sparse: true, Notes: 'x' }, '610'],
    ['no SyncToken', { Id: '1', sparse: true, Notes: 'x' }, '2020'],
    ['a name in use', { Id: '1', SyncToken: '0', sparse: true, DisplayName: 'birch' }, '6240'],
    ['a new customer with a name in use', { DisplayName: 'Birch' }, '6240'],
    ['notes of 2,001 characters', { Id: '1', SyncToken: '0', sparse: true, Notes: 'x'.repeat(2001) }, '2050'],
    ['a body that is no object', [], '2010'],
  ])('refuses %s', async (_what, body, code) => {
    await start();
    const answer = await send('POST', 'customer', body);
    expect(answer.status).toBe(400);
    expect(answer.body.Fault?.Error[0]?.code).toBe(code);
  });

  it('takes notes only as long as the option says', async () => {
    await start({ notesMaxLength: 1024 });
    const answer = await send('POST', 'customer', {
      Id: '1',
      SyncToken: '0',
      sparse: true,
      Notes: 'x'.repeat(1025),
    });
    expect(answer.body.Fault?.Error[0]?.code).toBe('2050');
  });

  it('deactivates a customer instead of deleting it', async () => {
    await start();
    const deleted = await send('POST', 'customer?operation=delete', { Id: '2', SyncToken: '0' });
    expect(deleted.body.Fault?.Error[0]?.code).toBe('500');
    const { body } = await send('POST', 'customer', { Id: '2', SyncToken: '0', sparse: true, Active: false });
    expect(body.Customer).toMatchObject({ Active: false, DisplayName: 'Birch (deleted)' });
    const back = await send('POST', 'customer', { Id: '2', SyncToken: '1', sparse: true, Active: true });
    expect(back.body.Customer).toMatchObject({ Active: true, DisplayName: 'Birch' });
  });

  it('voids an invoice into nothing that says so, and frees the money it had received', async () => {
    await start();
    const payment = payInvoice(qbo.books, '1', 3_000);
    const token = (await send('GET', 'invoice/1')).body.Invoice?.SyncToken;
    const { body } = await send('POST', 'invoice?operation=void', { Id: '1', SyncToken: token });
    expect(body.Invoice).toMatchObject({ TotalAmt: 0, Balance: 0, PrivateNote: 'Voided' });
    expect((await send('GET', `payment/${payment.Id}`)).body.Payment?.UnappliedAmt).toBe(30);
    expect((await read('1'))?.Balance).toBe(-30);
  });

  it('frees only its own part of a payment that paid two invoices', async () => {
    await start();
    const other = createInvoice(qbo.books, { customerId: '1', amountMinor: 5_000 });
    const line = (TxnId: string, Amount: number) => ({ Amount, LinkedTxn: [{ TxnId, TxnType: 'Invoice' }] });
    const both = { CustomerRef: { value: '1' }, TotalAmt: 150, Line: [line('1', 100), line(other.Id, 50)] };
    const payment = (await send('POST', 'payment', both)).body.Payment;
    await send('POST', 'invoice?operation=void', { Id: '1', SyncToken: '1' });
    const kept = (await send('GET', `payment/${payment?.Id ?? ''}`)).body.Payment;
    expect(kept).toMatchObject({ UnappliedAmt: 100, Line: [line(other.Id, 50)] });
    expect((await send('GET', `invoice/${other.Id}`)).body.Invoice?.Balance).toBe(0);
  });

  it('deletes an invoice and knows it no more', async () => {
    await start();
    const answer = await send('POST', 'invoice?operation=delete', { Id: '1', SyncToken: '0' });
    expect(answer.body).toMatchObject({ Invoice: { domain: 'QBO', status: 'Deleted', Id: '1' } });
    const gone = await send('GET', 'invoice/1');
    expect(gone.body.Fault?.Error[0]?.code).toBe('610');
    expect((await read('1'))?.Balance).toBe(0);
  });

  it('applies a payment sent by the API to the invoice it names', async () => {
    await start();
    const line = { Amount: 60, LinkedTxn: [{ TxnId: '1', TxnType: 'Invoice' }] };
    const sent = { CustomerRef: { value: '1' }, TotalAmt: 70, Line: [line] };
    const { body } = await send('POST', 'payment', sent);
    expect(body.Payment).toMatchObject({ TotalAmt: 70, UnappliedAmt: 10 });
    expect((await send('GET', 'invoice/1')).body.Invoice).toMatchObject({ Balance: 40, SyncToken: '1' });
    expect((await read('1'))?.Balance).toBe(30);
  });

  it('answers a repeated requestid with the first reply and does nothing twice', async () => {
    await start();
    const body = { Id: '1', SyncToken: '0', sparse: true, Notes: 'once' };
    const first = await send('POST', 'customer?requestid=r-1', body);
    const again = await send('POST', 'customer?requestid=r-1', body);
    expect(again).toEqual(first);
    expect((await read('1'))?.SyncToken).toBe('1');
    expect(qbo.world.effects.list('customer-update')).toHaveLength(1);
  });

  it('forgets a requestid when its memory is over', async () => {
    await start({ requestIdMemoryMs: 60_000 });
    const body = { Id: '1', SyncToken: '0', sparse: true, Notes: 'once' };
    await send('POST', 'customer?requestid=r-1', body);
    qbo.world.clock.set(qbo.world.clock.nowMs() + 61_000);
    const again = await send('POST', 'customer?requestid=r-1', body);
    expect(again.body.Fault?.Error[0]?.code).toBe('5010');
  });

  it('writes every change into the ledger of effects', async () => {
    await start();
    await send('POST', 'customer?requestid=r-9', { Id: '1', SyncToken: '0', sparse: true, Notes: 'held' });
    const [effect] = qbo.world.effects.list();
    expect(effect).toMatchObject({
      platform: 'quickbooks',
      company: qbo.realm,
      kind: 'customer-update',
      target: '1',
      requestId: 'r-9',
    });
    expect(effect?.body).toContain('held');
  });

  it('creates a payment term and puts it on a customer', async () => {
    await start();
    const { body } = await send('POST', 'term', { Name: 'Credit hold', DueDays: 0, Type: 'STANDARD' });
    const SalesTermRef = { value: body.Term?.Id };
    const updated = await send('POST', 'customer', { Id: '1', SyncToken: '0', sparse: true, SalesTermRef });
    expect(updated.body.Customer).toMatchObject({ SalesTermRef });
    expect(await qbo.query("SELECT * FROM Term WHERE Name = 'Credit hold'")).toMatchObject({
      Term: [{ DueDays: 0 }],
    });
  });

  it('gives the newest exchange rate of a day or before it', async () => {
    await start();
    const path = 'exchangerate?sourcecurrencycode=USD&asofdate=2026-02-20';
    expect((await send('GET', path)).body.ExchangeRate).toMatchObject({ Rate: 0.8, AsOfDate: '2026-02-03' });
    const none = await send('GET', 'exchangerate?sourcecurrencycode=USD&asofdate=2026-01-01');
    expect(none.body.Fault?.Error[0]?.code).toBe('610');
  });

  it('serves company, preferences and a trace id', async () => {
    await start();
    const response = await qbo.call('GET', `companyinfo/${qbo.realm}`);
    expect(response.headers.get('intuit_tid')).toMatch(/^1-/);
    expect(await response.json()).toMatchObject({
      CompanyInfo: { CompanyName: 'Harbour Test Ltd', Country: 'GB' },
    });
    expect((await send('GET', 'preferences')).body).toMatchObject({
      Preferences: { CurrencyPrefs: { MultiCurrencyEnabled: true, HomeCurrency: { value: 'GBP' } } },
    });
  });

  it('answers in XML to whoever does not ask for JSON', async () => {
    await start();
    const response = await qbo.call('GET', 'customer/1', undefined, { accept: '*/*' });
    expect(response.headers.get('content-type')).toContain('xml');
    const body = await response.text();
    expect(body).toContain('<IntuitResponse');
    expect(body).toContain('<CurrencyRef name="British Pound Sterling">GBP</CurrencyRef>');
  });

  it('throttles the eleventh request of a second, in XML', async () => {
    await start({ limits: true, retryAfterSeconds: 60 });
    const replies = await Promise.all(Array.from({ length: 12 }, () => qbo.call('GET', 'preferences')));
    const refused = replies.filter((reply) => reply.status === 429);
    expect(refused).toHaveLength(2);
    expect(refused[0]?.headers.get('retry-after')).toBe('60');
    expect(await refused[0]?.text()).toContain('<Error code="3001"><Message>message=ThrottleExceeded');
  });

  it('can say a fault with HTTP 200', async () => {
    await start({ okFaultCodes: ['610'] });
    const answer = await send('GET', 'customer/99');
    expect(answer.status).toBe(200);
    expect(answer.body.Fault?.Error[0]?.code).toBe('610');
  });
});
