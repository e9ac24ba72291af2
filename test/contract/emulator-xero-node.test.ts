import { createRequire } from 'node:module';
import { XeroClient } from 'xero-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allScopes, bookOf, customer, invoice, redirectUri, startXero } from '../support/xero-emulator.ts';
import type { EmulatedXero } from '../support/xero-emulator.ts';

/* xero-node, with nothing changed but its addresses, is the witness for the emulated Xero. */

const invoices = 250;

let xero: EmulatedXero;
let client: XeroClient;

beforeEach(async () => {
  const many = Array.from({ length: invoices }, (_one, index) => invoice(String(index + 1), 'ann'));
  xero = await startXero([bookOf('one', [customer('ann'), customer('bob'), ...many])]);
  client = newClient(xero.tokens.access_token);
});
afterEach(() => xero.emulator.close());

function newClient(accessToken: string): XeroClient {
  const made = new XeroClient({
    clientId: 'holdfast-emulator',
    clientSecret: 'holdfast-emulator-secret',
    redirectUris: [redirectUri],
    scopes: allScopes.split(' '),
    state: 'state-7',
  });
  made.accountingApi.basePath = `${xero.emulator.xeroUrl}/api.xro/2.0`;
  made.setTokenSet({ access_token: accessToken });
  return made;
}

interface Refusal {
  response: { statusCode: number; body: unknown; headers: Record<string, string> };
}

/** xero-node rejects with a text that holds the answer. */
async function refusalOf(call: Promise<unknown>): Promise<Refusal['response']> {
  const text = await call.then(
    () => Promise.reject(new Error('it was not refused')),
    (error: unknown) => String(error),
  );
  return (JSON.parse(text) as Refusal).response;
}

/** The openid-client that xero-node brought, made for this server: its discovery address cannot be changed. */
function localOpenId(): void {
  const beside = createRequire(createRequire(import.meta.url).resolve('xero-node'));
  const { Issuer } = beside('openid-client') as {
    Issuer: new (metadata: Record<string, string>) => { Client: new (metadata: object) => object };
  };
  const { xeroUrl } = xero.emulator;
  const issuer = new Issuer({
    issuer: xeroUrl,
    authorization_endpoint: `${xeroUrl}/identity/connect/authorize`,
    token_endpoint: `${xeroUrl}/connect/token`,
    jwks_uri: `${xeroUrl}/.well-known/openid-configuration/jwks`,
  });
  const openIdClient = new issuer.Client({
    client_id: 'holdfast-emulator',
    client_secret: 'holdfast-emulator-secret',
    redirect_uris: [redirectUri],
  });
  Object.assign(client, { openIdClient });
}

async function idOf(name: string): Promise<string> {
  const { body } = await client.accountingApi.getContacts(xero.tenant, undefined, `Name=="${name}"`);
  return body.contacts?.[0]?.contactID ?? '';
}

describe('xero-node against the emulated Xero', () => {
  it('goes through consent, exchanges the code, checks the id token and refreshes', async () => {
    localOpenId();
    // Its id token is checked against the machine's clock.
    xero.emulator.clock.set(Date.now());
    const response = await fetch(await client.buildConsentUrl(), { redirect: 'manual' });
    const tokens = await client.apiCallback(response.headers.get('location') ?? '');
    expect(tokens.scope).toBe(allScopes);
    const old = tokens.refresh_token;
    const fresh = await client.refreshToken();
    expect(fresh.refresh_token).not.toBe(old);
    const { body } = await client.accountingApi.getOrganisations(xero.tenant);
    expect(body.organisations).toHaveLength(1);
  });

  it('reads the organisation', async () => {
    const { body } = await client.accountingApi.getOrganisations(xero.tenant);
    expect(body.organisations?.[0]).toMatchObject({
      name: 'Company one',
      baseCurrency: 'GBP',
      timezone: 'GMTSTANDARDTIME',
      organisationID: xero.tenant,
    });
  });

  it('reads contacts, changed ones only when it says since when', async () => {
    const since = (instant?: Date) => client.accountingApi.getContacts(xero.tenant, instant);
    expect((await since()).body.contacts).toHaveLength(2);
    expect((await since(new Date(xero.emulator.clock.nowMs() - 60_000))).body.contacts).toEqual([]);
    xero.emulator.xero('one').updateContact('Customer bob', { EmailAddress: 'new@example.com' });
    const [changed] = (await since(new Date(xero.emulator.clock.nowMs() - 60_000))).body.contacts ?? [];
    expect(changed).toMatchObject({ name: 'Customer bob', emailAddress: 'new@example.com' });
  });

  it('reads invoices page by page, each once, with numbers and days that it understands', async () => {
    const ids = new Set<string>();
    for (let page = 1; ; page += 1) {
      const { body } = await client.accountingApi.getInvoices(
        xero.tenant,
        ...([undefined, undefined, 'UpdatedDateUTC ASC', undefined, undefined, undefined] as const),
        ['AUTHORISED'],
        ...([page, undefined, undefined, undefined, undefined, 100] as const),
      );
      for (const one of body.invoices ?? []) ids.add(one.invoiceID ?? '');
      expect(body.pagination).toMatchObject({ page, pageSize: 100, pageCount: 3, itemCount: invoices });
      expect(body.invoices?.[0]).toMatchObject({ amountDue: 120.5, type: 'ACCREC', currencyCode: 'GBP' });
      expect(new Date(body.invoices?.[0]?.dueDate ?? '').toISOString()).toBe('2026-02-09T00:00:00.000Z');
      if (page === body.pagination?.pageCount) break;
    }
    expect(ids.size).toBe(invoices);
  });

  it('makes a contact group, puts contacts in and takes one out', async () => {
    const { accountingApi: api } = client;
    const made = await api.createContactGroup(xero.tenant, { contactGroups: [{ name: 'Credit hold' }] }, 'k');
    const group = made.body.contactGroups?.[0]?.contactGroupID ?? '';
    const [ann, bob] = [await idOf('Customer ann'), await idOf('Customer bob')];
    const contacts = [{ contactID: ann }, { contactID: bob }];
    await api.createContactGroupContacts(xero.tenant, group, { contacts });
    const removed = await api.deleteContactGroupContact(xero.tenant, group, ann);
    expect(removed.response.status).toBe(204);
    const { body } = await api.getContactGroup(xero.tenant, group);
    expect(body.contactGroups?.[0]?.contacts?.map((one) => one.contactID)).toEqual([bob]);
    const kinds = xero.emulator.effects.list().map((effect) => effect.kind);
    expect(kinds).toEqual(['group-create', 'group-add', 'group-add', 'group-remove']);
  });

  it('writes a note into the history of a contact and reads it back', async () => {
    const ann = await idOf('Customer ann');
    const historyRecords = [{ details: 'On hold since 2026-03-11' }];
    await client.accountingApi.createContactHistory(xero.tenant, ann, { historyRecords });
    const { body } = await client.accountingApi.getContactHistory(xero.tenant, ann);
    expect(body.historyRecords?.map((one) => one.details)).toEqual(['On hold since 2026-03-11']);
  });

  it('e-mails an invoice once for one key, and finds the proof in its history', async () => {
    const id = xero.emulator.xero('one').invoice('INV-1').InvoiceID;
    const first = await client.accountingApi.emailInvoice(xero.tenant, id, {}, 'key-1');
    const again = await client.accountingApi.emailInvoice(xero.tenant, id, {}, 'key-1');
    expect([first.response.status, again.response.status]).toEqual([204, 204]);
    const { body } = await client.accountingApi.getInvoiceHistory(xero.tenant, id);
    expect(body.historyRecords?.map((one) => one.changes)).toEqual(['Invoice sent']);
  });

  it('gets the texts of a validation error', async () => {
    const voided = xero.emulator.xero('one');
    voided.voidInvoice('INV-2');
    const id = voided.invoice('INV-2').InvoiceID;
    const refusal = await refusalOf(client.accountingApi.emailInvoice(xero.tenant, id, {}));
    expect(refusal).toMatchObject({
      statusCode: 400,
      body: { Type: 'ValidationException', Elements: [{ ValidationErrors: [{}] }] },
    });
  });

  it('is told of a dead token, a company that is not connected, a record that is not, and too many calls', async () => {
    const dead = await refusalOf(newClient('dead').accountingApi.getOrganisations(xero.tenant));
    expect(dead).toMatchObject({ statusCode: 401, body: { Title: 'Unauthorized' } });
    const nowhere = '00000000-0000-4000-8000-000000000000';
    const strange = await refusalOf(client.accountingApi.getOrganisations(nowhere));
    expect(strange).toMatchObject({ statusCode: 403, body: { Detail: 'AuthenticationUnsuccessful' } });
    expect((await refusalOf(client.accountingApi.getContact(xero.tenant, nowhere))).statusCode).toBe(404);
    const headers = { 'retry-after': '7', 'x-rate-limit-problem': 'minute' };
    xero.emulator.faults.add({ path: '/api.xro/**', status: 429, headers, times: 1 });
    const busy = await refusalOf(client.accountingApi.getOrganisations(xero.tenant));
    expect(busy).toMatchObject({ statusCode: 429, headers });
  });
});
