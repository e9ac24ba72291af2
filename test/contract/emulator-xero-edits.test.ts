import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmulator } from '../../emulator/index.ts';
import type { XeroEdits } from '../../emulator/xero/edits.ts';
import { bookOf, customer, invoice, refresh, rows, startXero, worldNowMs } from '../support/xero-emulator.ts';
import type { EmulatedXero, Json } from '../support/xero-emulator.ts';

const book = bookOf('one', [
  customer('ann'),
  customer('bob'),
  invoice('1', 'ann', { totalMinor: 100_00, openMinor: 100_00 }),
  invoice('2', 'bob'),
]);
let xero: EmulatedXero;
let edits: XeroEdits;

beforeEach(async () => {
  xero = await startXero([book]);
  edits = xero.emulator.xero('one');
});
afterEach(() => xero.emulator.close());

/** What has changed since the world began, as a client would see it. */
async function changed(entity: string): Promise<Json[]> {
  const since = new Date(worldNowMs - 1000).toISOString();
  return rows(
    await xero.get(`${entity}?page=1&includeArchived=true`, { 'if-modified-since': since }),
    entity,
  );
}

async function balance(name: string): Promise<unknown> {
  const where = encodeURIComponent(`Name=="${name}"`);
  const [contact] = rows(await xero.get(`Contacts?page=1&where=${where}`), 'Contacts');
  return (contact?.['Balances'] as { AccountsReceivable: { Outstanding: number } } | undefined)
    ?.AccountsReceivable.Outstanding;
}

describe('edits behind the back of the product', () => {
  it('pay an invoice in parts: payment, invoice and balance agree and all show in the changes', async () => {
    edits.payInvoice('INV-1', 40_00);
    expect(await changed('Invoices')).toMatchObject([
      {
        InvoiceNumber: 'INV-1',
        AmountDue: 60,
        AmountPaid: 40,
        Status: 'AUTHORISED',
        Payments: [{ Amount: 40 }],
      },
    ]);
    expect(await balance('Customer ann')).toBe(60);
    edits.payInvoice('INV-1');
    expect(await changed('Invoices')).toMatchObject([
      { AmountDue: 0, Status: 'PAID', FullyPaidOnDate: '/Date(1773187200000+0000)/' },
    ]);
    expect(await changed('Payments')).toHaveLength(2);
    expect(await balance('Customer ann')).toBeUndefined();
  });

  it('take a payment back: it arrives as DELETED and the invoice is open again', async () => {
    const payment = edits.payInvoice('INV-1');
    edits.deletePayment(payment);
    expect(await changed('Payments')).toMatchObject([{ PaymentID: payment, Status: 'DELETED' }]);
    const [row] = await changed('Invoices');
    expect(row).toMatchObject({ AmountDue: 100, Status: 'AUTHORISED', Payments: [] });
    expect(row).not.toHaveProperty('FullyPaidOnDate');
  });

  it('void an invoice, but not a paid one', async () => {
    edits.voidInvoice('INV-1');
    expect(await changed('Invoices')).toMatchObject([{ Status: 'VOIDED', AmountDue: 0 }]);
    edits.payInvoice('INV-2');
    expect(() => edits.voidInvoice('INV-2')).toThrow();
  });

  it('give credit and set it against an invoice', async () => {
    const credit = edits.createCreditNote({ contactId: 'Customer ann', amountMinor: 30_00, number: 'CN-9' });
    edits.allocate(credit, 'INV-1', 20_00);
    expect(await changed('CreditNotes')).toMatchObject([
      {
        RemainingCredit: 10,
        Status: 'AUTHORISED',
        Allocations: [{ Amount: 20, Invoice: { InvoiceNumber: 'INV-1' } }],
      },
    ]);
    expect(await changed('Invoices')).toMatchObject([
      { AmountDue: 80, AmountCredited: 20, CreditNotes: [{ AppliedAmount: 20, CreditNoteNumber: 'CN-9' }] },
    ]);
    expect(() => edits.allocate(credit, 'INV-1', 11_00)).toThrow();
    xero.emulator.quirks.balancesIncludeCredits = true;
    expect(await balance('Customer ann')).toBe(70);
  });

  it('make invoices, overpayments and contacts that are served like all others', async () => {
    const contactId = edits.createContact({ Name: 'New Ltd', EmailAddress: 'new@example.com' });
    const id = edits.createInvoice({ contactId, amountMinor: 5_05, dueDate: '2026-03-12', number: 'X-1' });
    edits.createOverpayment({ contactId, amountMinor: 1_00 });
    expect(rows(await xero.get(`Invoices/${id}`), 'Invoices')[0]).toMatchObject({
      InvoiceNumber: 'X-1',
      AmountDue: 5.05,
      DueDateString: '2026-03-12T00:00:00',
      Contact: { Name: 'New Ltd' },
    });
    expect(await changed('Overpayments')).toMatchObject([
      { Type: 'RECEIVE-OVERPAYMENT', RemainingCredit: 1 },
    ]);
  });

  it('archive and merge contacts; the documents of a merged one move', async () => {
    edits.archiveContact('Customer bob');
    expect(await changed('Contacts')).toMatchObject([{ Name: 'Customer bob', ContactStatus: 'ARCHIVED' }]);
    edits.restoreContact('Customer bob');
    const winner = edits.contact('Customer ann').ContactID;
    edits.mergeContacts('Customer bob', 'Customer ann');
    expect(await changed('Contacts')).toMatchObject([
      { ContactStatus: 'ARCHIVED', MergedToContactID: winner },
    ]);
    expect(await changed('Invoices')).toMatchObject([
      { InvoiceNumber: 'INV-2', Contact: { ContactID: winner, Name: 'Customer ann' } },
    ]);
    expect(await balance('Customer ann')).toBe(220.5);
  });

  it('take a contact out of a group, as a person would', async () => {
    await xero.call('PUT', 'ContactGroups', { body: { Name: 'Hold' } });
    edits.addToGroup('Hold', 'Customer ann');
    expect(edits.groupMembers('Hold')).toHaveLength(1);
    edits.removeFromGroup('Hold', 'Customer ann');
    expect(edits.groupMembers('Hold')).toEqual([]);
    expect(xero.emulator.effects.list('group-remove')).toEqual([]);
  });
});

describe('a world kept in a file', () => {
  it('goes on after a restart at the saved time, with its edits, tokens and effects', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-emulator-'));
    const options = {
      stateFile: join(folder, 'world.db'),
      servers: ['xero' as const],
      limits: 'off' as const,
    };
    const first = await startXero([book], options);
    first.emulator.xero('one').payInvoice('INV-1');
    first.emulator.clock.set(worldNowMs + 5 * 86_400_000);
    await first.emulator.close();
    const other = bookOf('two', [customer('zoe')]);
    const second = await startEmulator({ ...options, xero: [other], nowMs: 0 });
    expect(second.clock.nowMs()).toBeGreaterThanOrEqual(worldNowMs + 5 * 86_400_000);
    expect(second.xero('one').invoice('INV-1').Status).toBe('PAID');
    expect(() => second.xero('two')).toThrow();
    expect((await refresh(second, first.tokens.refresh_token)).status).toBe(200);
    await second.close();
    rmSync(folder, { recursive: true });
  });
});
