import { customerId, PlatformError } from '../../src/domain/index.ts';
import type { Connector, CustomerId, DocumentId, Invoice, Organisation } from '../../src/domain/index.ts';
import type { PlatformSession, Preflight, QuarantinedRow, SessionContext } from '../../src/domain/index.ts';
import type { ConnectorDeps } from '../kit/deps.ts';
import { badReply } from '../kit/errors.ts';
import { Http } from '../kit/http.ts';
import { Limiter } from '../kit/limiter.ts';
import { Remembered } from '../kit/remembered.ts';
import { readRows, RowFault } from '../kit/rows.ts';
import { createXeroAuthorizer } from './authorize.ts';
import { forbiddenCall, XeroClient } from './client.ts';
import type { XeroConfig } from './config.ts';
import { readFault, remaining, xeroLimits } from './faults.ts';
import { identifyRow, mapContact, mapInvoice, mapOrganisation, type MapContext } from './map.ts';
import { pull, XERO_STREAMS } from './pull.ts';
import { addNote, findNote, findSend, HoldGroup, onlineInvoiceUrl, sendInvoice } from './push.ts';

export { xeroConfig, xeroEnvironment, type XeroConfig } from './config.ts';

/** Ids in one query: some fifty GUIDs make the address too long for Xero. */
const IDS_PER_CALL = 40;

/** Xero as a connector. Sessions of one organisation share its limiter. */
export function createXeroConnector(config: XeroConfig, deps: ConnectorDeps): Connector {
  const limiters = new Map<string, Limiter>();
  return {
    platform: 'xero',
    webhooks: null,
    authorizer: createXeroAuthorizer(config, deps),
    open(context: SessionContext): PlatformSession {
      const limiter = limiters.get(context.companyId) ?? new Limiter(xeroLimits(config));
      limiters.set(context.companyId, limiter);
      return openSession(config, context, sessionHttp(config, context, deps, limiter));
    },
  };
}

function sessionHttp(
  config: XeroConfig,
  context: SessionContext,
  deps: ConnectorDeps,
  limiter: Limiter,
): Http {
  return new Http({
    apiUrl: config.apiUrl,
    ...deps,
    limiter,
    accessToken: (force) => context.accessToken(force),
    readFault,
    headers: context.companyId === '' ? {} : { 'xero-tenant-id': context.companyId },
    secrets: [context.companyId],
    forbid: forbiddenCall,
    onReply: (headers) => limiter.seed(remaining(headers), context.nowMs()),
    signal: context.signal,
  });
}

function openSession(config: XeroConfig, context: SessionContext, http: Http): PlatformSession {
  const client = new XeroClient(http, config.apiUrl, context.companyId);
  const group = new HoldGroup(client, config.holdGroup);
  const meaning = new Remembered(() => readMeaning(http, config));
  return {
    capabilities: { history: true, holdInNotes: false },
    calls: () => http.calls,
    async readOrganisation() {
      const organisation = await readOrganisation(client, http, context.companyId);
      meaning.set({ baseCurrency: organisation.baseCurrency, currencyRate: config.currencyRate });
      return organisation;
    },
    streams: () => [...XERO_STREAMS],
    async *pull(request) {
      yield* pull(http, await meaning.get(), request);
    },
    forecast: notYet,
    readRows: notYet,
    listStamps: notYetListed,
    readRates: async () => Promise.resolve([]),
    async readForPreflight(customer, invoices) {
      return readForPreflight(client, http, await meaning.get(), customer, invoices);
    },
    readHold: (customer) => group.read(customer),
    listHeld: async () => (await group.members()).map(customerId),
    placeHold: (customer) => group.add(customer),
    releaseHold: (customer) => group.remove(customer),
    addNote: (customer, note) => addNote(http, customer, note),
    findNote: (customer, noteId) => findNote(http, customer, noteId),
    sendInvoice: (invoice, key) => sendInvoice(http, invoice, key),
    findSend: (invoice, sinceMs) => findSend(http, invoice, sinceMs, context.nowMs()),
    onlineInvoiceUrl: (invoice) => onlineInvoiceUrl(http, invoice),
  };
}

/** The base currency, which every row's meaning depends on; by one light call when nobody read the organisation. */
async function readMeaning(http: Http, config: XeroConfig): Promise<MapContext> {
  const reply = await http.send({
    method: 'GET',
    path: '/api.xro/2.0/Organisation',
    kind: 'read',
    expect: 'json',
  });
  const rows: unknown = Reflect.get(Object(reply.json), 'Organisations');
  const currency: unknown = Reflect.get(Object(Array.isArray(rows) ? rows[0] : null), 'BaseCurrency');
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) {
    throw badReply('GET /Organisation', 'it names no base currency', reply.status);
  }
  return { baseCurrency: currency, currencyRate: config.currencyRate };
}

async function readOrganisation(client: XeroClient, http: Http, id: string): Promise<Organisation> {
  const row = await client.organisation();
  const multiCurrency = await optional(
    http,
    '/api.xro/2.0/Organisation/Actions',
    /"UseMulticurrency"[^}]*"ALLOWED"/,
  );
  const ownReminders = await optional(http, '/api.xro/2.0/InvoiceReminders/Settings', /"Enabled":true/);
  try {
    return mapOrganisation(row, id, { multiCurrency: multiCurrency ?? true, ownReminders });
  } catch (error) {
    throw error instanceof RowFault ? badReply('GET /Organisation', error.message) : error;
  }
}

/** Whether a small settings reply says yes; null when this consent or tier may not ask. */
async function optional(http: Http, path: string, yes: RegExp): Promise<boolean | null> {
  try {
    const reply = await http.send({ method: 'GET', path, kind: 'read', expect: 'json' });
    return yes.test(JSON.stringify(reply.json));
  } catch (error) {
    const missing = ['PLATFORM_NOT_FOUND', 'PLATFORM_FORBIDDEN', 'PLATFORM_REFUSED'];
    if (error instanceof PlatformError && missing.includes(error.code)) return null;
    throw error;
  }
}

async function readForPreflight(
  client: XeroClient,
  http: Http,
  context: MapContext,
  customer: CustomerId,
  ids: DocumentId[],
): Promise<Preflight> {
  const contact = await client.contact(customer);
  const invoices: Invoice[] = [];
  for (let at = 0; at < ids.length; at += IDS_PER_CALL) {
    invoices.push(...(await readInvoices(http, context, ids.slice(at, at + IDS_PER_CALL))));
  }
  return { customer: contact === null ? null : mapContact(contact, context), invoices };
}

/** A row that cannot be understood stops the preflight: nothing is sent on half a picture. */
async function readInvoices(http: Http, context: MapContext, ids: DocumentId[]): Promise<Invoice[]> {
  const reply = await http.send({
    method: 'GET',
    path: '/api.xro/2.0/Invoices',
    query: { IDs: ids.join(',') },
    kind: 'read',
    expect: 'json',
  });
  const rows: unknown = Reflect.get(Object(reply.json), 'Invoices');
  if (!Array.isArray(rows)) throw badReply('GET /Invoices', 'it has no list of Invoices', reply.status);
  const quarantined: QuarantinedRow[] = [];
  const found = readRows(
    rows,
    'invoice',
    (row) => mapInvoice(row, context),
    identifyRow('InvoiceID'),
    quarantined,
  );
  const bad = quarantined[0];
  if (bad !== undefined)
    throw badReply('GET /Invoices', `invoice ${bad.remoteId}: ${bad.reason}`, reply.status);
  return found;
}

function notYet(): Promise<never> {
  return Promise.reject(new Error('not built yet'));
}

function notYetListed(): AsyncIterable<never> {
  throw new Error('not built yet');
}
