import { customerId } from '../../src/domain/index.ts';
import type { Connector, CustomerId, DocumentId, Organisation } from '../../src/domain/index.ts';
import type { PlatformSession, Preflight, SessionContext } from '../../src/domain/index.ts';
import type { ConnectorDeps } from '../kit/deps.ts';
import { badReply } from '../kit/errors.ts';
import { Http } from '../kit/http.ts';
import { limiterOf, type Limiter } from '../kit/limiter.ts';
import { Remembered } from '../kit/remembered.ts';
import { createXeroAuthorizer } from './authorize.ts';
import { forbiddenCall, XeroClient } from './client.ts';
import type { XeroConfig } from './config.ts';
import { fieldOf, mapRows } from './endpoints.ts';
import { bodyMs, readFault, remaining, xeroLimits } from './faults.ts';
import { forecast } from './forecast.ts';
import type { MapContext } from './map.ts';
import { KnownOrganisations, readOrganisation } from './organisation.ts';
import { pull, XERO_STREAMS } from './pull.ts';
import { addNote, findNote, findSend, HoldGroup, onlineInvoiceUrl, sendInvoice } from './push.ts';
import { readOpenOrders } from './orders.ts';
import { readByIds, readRowsByRef } from './read-rows.ts';
import { listStamps } from './stamps.ts';
import { createXeroWebhooks } from './webhooks.ts';

export { xeroConfig, xeroEnvironment, type XeroConfig } from './config.ts';

/** Xero as a connector. Sessions of one organisation share its limiter. */
export function createXeroConnector(config: XeroConfig, deps: ConnectorDeps): Connector {
  const limiters = new Map<string, Limiter>();
  const organisations = new KnownOrganisations();
  return {
    platform: 'xero',
    webhooks: config.webhookKey === '' ? null : createXeroWebhooks(config.webhookKey),
    authorizer: createXeroAuthorizer(config, deps),
    open(context: SessionContext): PlatformSession {
      const limiter = limiterOf(limiters, context, xeroLimits(config));
      return openSession(config, context, sessionHttp(config, context, deps, limiter), organisations);
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
    bodyMs,
    remaining,
    signal: context.signal,
  });
}

function openSession(
  config: XeroConfig,
  context: SessionContext,
  http: Http,
  organisations: KnownOrganisations,
): PlatformSession {
  const client = new XeroClient(http, config.apiUrl, context.companyId);
  const group = new HoldGroup(client, config.holdGroup);
  const meaning = new Remembered(() => readMeaning(http, config));
  return {
    capabilities: { history: true, holdInNotes: false },
    calls: () => http.calls,
    clockSkewMs: () => http.clockSkewMs,
    async readOrganisation(known?: Organisation) {
      const organisation = await readOrganisation(http, context.companyId, organisations, known);
      meaning.set({ baseCurrency: organisation.baseCurrency, currencyRate: config.currencyRate });
      return organisation;
    },
    streams: () => [...XERO_STREAMS],
    async *pull(request) {
      yield* pull(http, await meaning.get(), request);
    },
    forecast: () => forecast(http, config),
    listStamps: (kind) => listStamps(http, kind),
    async readRows(refs) {
      return readRowsByRef(http, await meaning.get(), refs);
    },
    readOpenOrders: () => readOpenOrders(http),
    readRates: async () => Promise.resolve([]),
    async readForPreflight(customer, invoices) {
      return readForPreflight(http, await meaning.get(), customer, invoices);
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
    purpose: 'effect',
    expect: 'json',
  });
  const rows = fieldOf(reply.json, 'Organisations');
  const currency = fieldOf(Array.isArray(rows) ? rows[0] : null, 'BaseCurrency');
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) {
    throw badReply('GET /Organisation', 'it names no base currency', reply.status);
  }
  return { baseCurrency: currency, currencyRate: config.currencyRate };
}

/** A row that cannot be understood stops the preflight: nothing is sent on half a picture. */
async function readForPreflight(
  http: Http,
  context: MapContext,
  customer: CustomerId,
  ids: DocumentId[],
): Promise<Preflight> {
  const contacts = await readByIds(http, 'Contacts', [customer], 'effect');
  const invoices = await readByIds(http, 'Invoices', ids, 'effect');
  const found = {
    customers: mapRows('Contacts', contacts, context),
    invoices: mapRows('Invoices', invoices, context),
  };
  const [bad] = [...found.customers.quarantined, ...found.invoices.quarantined];
  if (bad !== undefined) throw badReply('The preflight', `${bad.kind} ${bad.remoteId}: ${bad.reason}`);
  return { customer: found.customers.customers[0] ?? null, invoices: found.invoices.invoices };
}
