import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bookOf, customer, invoice, rows, startXero } from '../support/xero-emulator.ts';
import type { EmulatedXero, Json } from '../support/xero-emulator.ts';

let xero: EmulatedXero;
let ann: string;
let bob: string;
let invoiceId: string;

beforeEach(async () => {
  xero = await startXero([
    bookOf('one', [
      customer('ann', { email: 'ann@example.com,pay@example.com' }),
      customer('bob', { email: null }),
      invoice('1', 'ann'),
      invoice('2', 'bob'),
      invoice('3', 'ann', { status: 'draft' }),
    ]),
  ]);
  ann = xero.emulator.xero('one').contact('Customer ann').ContactID;
  bob = xero.emulator.xero('one').contact('Customer bob').ContactID;
  invoiceId = xero.emulator.xero('one').invoice('INV-1').InvoiceID;
});
afterEach(() => xero.emulator.close());

async function makeGroup(name = 'Credit hold'): Promise<string> {
  const reply = await xero.call('PUT', 'ContactGroups', { body: { ContactGroups: [{ Name: name }] } });
  return String(rows((await reply.json()) as Json, 'ContactGroups')[0]?.['ContactGroupID']);
}

async function members(group: string): Promise<unknown[]> {
  const [found] = rows(await xero.get(`ContactGroups/${group}`), 'ContactGroups');
  return (found?.['Contacts'] as Json[]).map((contact) => contact['ContactID']);
}

function addToGroup(group: string, contactId: string): Promise<Response> {
  return xero.call('PUT', `ContactGroups/${group}/Contacts`, {
    body: { Contacts: [{ ContactID: contactId }] },
  });
}

function kinds(): string[] {
  return xero.emulator.effects.list().map((effect) => effect.kind);
}

describe('contact groups of the emulated Xero', () => {
  it('are made once per name and list their contacts', async () => {
    const group = await makeGroup();
    const again = await xero.call('PUT', 'ContactGroups', {
      body: { ContactGroups: [{ Name: 'credit HOLD' }] },
    });
    expect(again.status).toBe(400);
    expect(await again.json()).toMatchObject({ ErrorNumber: 10, Type: 'ValidationException' });
    expect((await addToGroup(group, ann)).status).toBe(200);
    expect((await addToGroup(group, ann)).status).toBe(200);
    expect(await members(group)).toEqual([ann]);
    expect(rows(await xero.get('ContactGroups'), 'ContactGroups')).toMatchObject([
      { Name: 'Credit hold', Contacts: [] },
    ]);
  });

  it('stand on the contact, without moving its update time', async () => {
    const [before] = rows(await xero.get(`Contacts/${ann}`), 'Contacts');
    await addToGroup(await makeGroup(), ann);
    const [after] = rows(await xero.get(`Contacts/${ann}`), 'Contacts');
    expect(after).toMatchObject({ ContactGroups: [{ Name: 'Credit hold', Status: 'ACTIVE' }] });
    expect(after?.['UpdatedDateUTC']).toBe(before?.['UpdatedDateUTC']);
  });

  it('lose one contact by its id, and all of them when the id is left out', async () => {
    const group = await makeGroup();
    await addToGroup(group, ann);
    await addToGroup(group, bob);
    expect((await xero.call('DELETE', `ContactGroups/${group}/Contacts/${ann}`)).status).toBe(204);
    expect(await members(group)).toEqual([bob]);
    expect((await xero.call('DELETE', `ContactGroups/${group}/Contacts`)).status).toBe(204);
    expect(await members(group)).toEqual([]);
    expect(kinds()).toEqual(['group-create', 'group-add', 'group-add', 'group-remove', 'group-empty']);
  });

  it('can be renamed and deleted; a deleted one is no longer listed and frees its name', async () => {
    const group = await makeGroup();
    const rename = { ContactGroups: [{ Name: 'On stop' }] };
    expect((await xero.call('POST', `ContactGroups/${group}`, { body: rename })).status).toBe(200);
    expect(rows(await xero.get('ContactGroups'), 'ContactGroups')).toMatchObject([{ Name: 'On stop' }]);
    await addToGroup(group, ann);
    await xero.call('POST', `ContactGroups/${group}`, { body: { ContactGroups: [{ Status: 'DELETED' }] } });
    expect(rows(await xero.get('ContactGroups'), 'ContactGroups')).toEqual([]);
    expect(rows(await xero.get(`Contacts/${ann}`), 'Contacts')[0]).toMatchObject({ ContactGroups: [] });
    expect(await makeGroup('On stop')).not.toBe(group);
  });
});

describe('history of the emulated Xero', () => {
  it('takes notes on contacts and invoices and reads them back, newest first', async () => {
    const note = (details: string): unknown => ({ HistoryRecords: [{ Details: details }] });
    expect((await xero.call('PUT', `Contacts/${ann}/History`, { body: note('held: a1') })).status).toBe(200);
    xero.emulator.clock.set(xero.emulator.clock.nowMs() + 60_000);
    await xero.call('PUT', `Contacts/${ann}/History`, { body: note('released: a1') });
    const records = rows(await xero.get(`Contacts/${ann}/History`), 'HistoryRecords');
    expect(records.map((record) => record['Details'])).toEqual(['released: a1', 'held: a1']);
    expect(records[0]).toMatchObject({ Changes: 'Note' });
    expect((await xero.call('PUT', `Invoices/${invoiceId}/History`, { body: note('x') })).status).toBe(200);
    expect((await xero.call('PUT', `Contacts/${ann}/History`, { body: note('') })).status).toBe(400);
  });
});

describe('invoice e-mail of the emulated Xero', () => {
  const send = (id: string, headers: Record<string, string> = {}): Promise<Response> =>
    xero.call('POST', `Invoices/${id}/Email`, { body: {}, headers });

  it('answers 204 and leaves its trace in the history alone', async () => {
    const startedMs = xero.emulator.clock.nowMs();
    const reply = await send(invoiceId);
    expect(reply.status).toBe(204);
    expect(await reply.text()).toBe('');
    const [entry] = rows(await xero.get(`Invoices/${invoiceId}/History`), 'HistoryRecords');
    expect(entry).toMatchObject({ Changes: 'Invoice sent' });
    expect(String(entry?.['Details'])).toContain('ann@example.com, pay@example.com');
    const sentMs = Number(/\d+/.exec(String(entry?.['DateUTC']))?.[0]);
    expect(sentMs).toBeGreaterThanOrEqual(Math.floor(startedMs));
    expect(kinds()).toEqual(['invoice-email']);
  });

  it('refuses drafts and contacts without an address, and sends nothing', async () => {
    const draft = xero.emulator.xero('one').invoice('INV-3').InvoiceID;
    const homeless = xero.emulator.xero('one').invoice('INV-2').InvoiceID;
    expect((await send(draft)).status).toBe(400);
    const reply = await send(homeless);
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({
      Elements: [{ ValidationErrors: [{ Message: 'The contact has no email address' }] }],
    });
    expect(kinds()).toEqual([]);
  });

  it('writes the history late when the quirk says so', async () => {
    xero.emulator.quirks.historyDelayMs = 600_000;
    await send(invoiceId);
    expect(rows(await xero.get(`Invoices/${invoiceId}/History`), 'HistoryRecords')).toEqual([]);
    xero.emulator.clock.set(xero.emulator.clock.nowMs() + 601_000);
    expect(rows(await xero.get(`Invoices/${invoiceId}/History`), 'HistoryRecords')).toHaveLength(1);
  });

  it('stops at the daily cap', async () => {
    xero.emulator.quirks.emailDailyCap = 1;
    expect((await send(invoiceId)).status).toBe(204);
    expect((await send(invoiceId)).status).toBe(400);
  });

  it('sends once per Idempotency-Key for six minutes, then again', async () => {
    const key = { 'idempotency-key': 'k-1' };
    expect((await send(invoiceId, key)).status).toBe(204);
    expect((await send(invoiceId, key)).status).toBe(204);
    expect(xero.emulator.effects.list('invoice-email')).toMatchObject([
      { requestId: 'k-1', target: invoiceId },
    ]);
    xero.emulator.clock.set(xero.emulator.clock.nowMs() + 361_000);
    const { access_token } = xero.tokens;
    expect(
      (
        await xero.call('POST', `Invoices/${invoiceId}/Email`, {
          body: {},
          headers: key,
          token: access_token,
        })
      ).status,
    ).toBe(204);
    expect(xero.emulator.effects.list('invoice-email')).toHaveLength(2);
  });

  it('refuses a key that comes back with another body', async () => {
    const put = (details: string): Promise<Response> =>
      xero.call('PUT', `Contacts/${ann}/History`, {
        body: { HistoryRecords: [{ Details: details }] },
        headers: { 'idempotency-key': 'k-2' },
      });
    expect((await put('one')).status).toBe(200);
    expect((await put('two')).status).toBe(400);
    expect(kinds()).toEqual(['history-note']);
  });

  it('links to a page that shows what is due', async () => {
    const [link] = rows(await xero.get(`Invoices/${invoiceId}/OnlineInvoice`), 'OnlineInvoices');
    const page = await fetch(String(link?.['OnlineInvoiceUrl']));
    expect(await page.text()).toContain('Amount due: GBP 120.5');
  });
});

describe('contacts of the emulated Xero', () => {
  it('change only in the fields that were sent', async () => {
    const body = {
      Contacts: [{ ContactID: ann, PaymentTerms: { Sales: { Day: 0, Type: 'DAYSAFTERBILLDATE' } } }],
    };
    expect((await xero.call('POST', `Contacts/${ann}`, { body })).status).toBe(200);
    expect(rows(await xero.get(`Contacts/${ann}`), 'Contacts')[0]).toMatchObject({
      Name: 'Customer ann',
      EmailAddress: 'ann@example.com',
      PaymentTerms: { Sales: { Day: 0 } },
    });
  });

  it('keep their names apart', async () => {
    const reply = await xero.call('POST', `Contacts/${ann}`, { body: { Name: 'Customer bob' } });
    expect(reply.status).toBe(400);
    const made = await xero.call('PUT', 'Contacts', { body: { Contacts: [{ Name: 'New Ltd' }] } });
    expect(rows((await made.json()) as Json, 'Contacts')[0]).toMatchObject({
      Name: 'New Ltd',
      ContactStatus: 'ACTIVE',
    });
  });

  it('carry a new name into their documents', async () => {
    await xero.call('POST', `Contacts/${ann}`, { body: { Name: 'Ann & Sons' } });
    expect(rows(await xero.get('Invoices/INV-1'), 'Invoices')[0]).toMatchObject({
      Contact: { Name: 'Ann & Sons' },
    });
  });
});
