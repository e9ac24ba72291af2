import { HoldfastError, PlatformError } from '../../src/domain/index.ts';
import type {
  Connector,
  CustomerId,
  Day,
  DocumentId,
  ExchangeRate,
  PlatformErrorCode,
} from '../../src/domain/index.ts';
import type { Organisation, PlatformSession, Preflight, SessionContext } from '../../src/domain/index.ts';
import type { ConnectorDeps } from '../kit/deps.ts';
import { badReply } from '../kit/errors.ts';
import { Http } from '../kit/http.ts';
import { limiterOf, type Limiter } from '../kit/limiter.ts';
import { Remembered } from '../kit/remembered.ts';
import { RowFault } from '../kit/rows.ts';
import { createQuickBooksAuthorizer } from './authorize.ts';
import { QuickBooksClient } from './client.ts';
import type { QuickBooksConfig } from './config.ts';
import { bodyMs, quickbooksLimits, RATE_LIMIT_REST_MS, readFault } from './faults.ts';
import { forecast } from './forecast.ts';
import { mapCustomer, mapExchangeRate, mapInvoice, mapOrganisation, type MapContext } from './map.ts';
import { readOpenOrders } from './orders.ts';
import { PageSource } from './page-source.ts';
import { pull, quickbooksStreams } from './pull.ts';
import { findSend, onlineInvoiceUrl, placeHold, readHold, releaseHold, sendInvoice } from './push.ts';
import { Company, fieldOf } from './query.ts';
import { readRowsByRef } from './read-rows.ts';
import { listStamps } from './stamps.ts';
import { createQuickBooksWebhooks } from './webhooks.ts';
import { wirePreferences } from './wire.ts';

export { quickbooksConfig, quickbooksEnvironment, type QuickBooksConfig } from './config.ts';

/** QuickBooks Online as a connector. Sessions of one company share its limiter. */
export function createQuickBooksConnector(config: QuickBooksConfig, deps: ConnectorDeps): Connector {
  const limiters = new Map<string, Limiter>();
  return {
    platform: 'quickbooks',
    webhooks: config.webhookToken === '' ? null : createQuickBooksWebhooks(config.webhookToken),
    authorizer: createQuickBooksAuthorizer(config, deps),
    open(context: SessionContext): PlatformSession {
      const limiter = limiterOf(limiters, context, quickbooksLimits(config));
      return openSession(config, context, sessionHttp(config, context, deps, limiter));
    },
  };
}

function sessionHttp(
  config: QuickBooksConfig,
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
    bodyMs,
    headers: {},
    secrets: [context.companyId],
    retry: { rateLimitMs: RATE_LIMIT_REST_MS },
    forbid: ({ method }) => (method === 'DELETE' ? 'Nothing is ever deleted in QuickBooks.' : null),
    signal: context.signal,
  });
}

function openSession(config: QuickBooksConfig, context: SessionContext, http: Http): PlatformSession {
  const company = new Company(http, context.companyId);
  const client = new QuickBooksClient(http, config.apiUrl, context.companyId);
  const meaning = new Remembered(() => readMeaning(company));
  const source = new Remembered(async () => new PageSource(company, await meaning.get()));
  return {
    capabilities: { history: false, holdInNotes: true },
    calls: () => http.calls,
    clockSkewMs: () => http.clockSkewMs,
    async readOrganisation(known?: Organisation) {
      const organisation = await readOrganisation(company, context.companyId, known);
      meaning.set({ homeCurrency: organisation.baseCurrency });
      return organisation;
    },
    streams: quickbooksStreams,
    async *pull(request) {
      yield* pull(await source.get(), request);
    },
    forecast: () => forecast(company, config),
    listStamps: (kind) => listStamps(company, kind),
    async readRows(refs) {
      return readRowsByRef(await source.get(), refs);
    },
    readOpenOrders: async () => readOpenOrders(company, await meaning.get()),
    readRates: (currencies, day) => readRates(company, currencies, day),
    async readForPreflight(customer, invoices) {
      return readForPreflight(company, await meaning.get(), customer, invoices);
    },
    readHold: (customer) => understood(readHold(client, customer)),
    listHeld: async () => Promise.resolve(null),
    placeHold: (customer, hold) => understood(placeHold(client, customer, hold)),
    releaseHold: (customer) => understood(releaseHold(client, customer)),
    addNote: noHistory,
    findNote: noHistory,
    sendInvoice: (invoice, key) => sendInvoice(company, invoice, key),
    findSend: (invoice, sinceMs) => findSend(company, invoice, sinceMs, context.nowMs()),
    onlineInvoiceUrl: (invoice) => onlineInvoiceUrl(company, invoice),
  };
}

/** The home currency, which every row's meaning depends on; by one light call when nobody read the organisation. */
async function readMeaning(company: Company): Promise<MapContext> {
  return { homeCurrency: (await readPreferences(company)).baseCurrency };
}

/** CompanyInfo of the realm, and without `known` Preferences, which tell the currencies. */
async function readOrganisation(
  company: Company,
  realm: string,
  known?: Organisation,
): Promise<Organisation> {
  const info = await company.get(`companyinfo/${encodeURIComponent(realm)}`, {}, 'bulk');
  const row = fieldOf(info.json, 'CompanyInfo');
  const preferences = known ?? (await readPreferences(company));
  return understood(Promise.resolve().then(() => mapOrganisation(row, preferences, realm)));
}

async function readPreferences(
  company: Company,
): Promise<Pick<Organisation, 'baseCurrency' | 'multiCurrency'>> {
  const reply = await company.get('preferences', {}, 'bulk');
  const { data } = wirePreferences.safeParse(fieldOf(reply.json, 'Preferences'));
  if (data === undefined) throw badReply('GET preferences', 'it names no home currency', reply.status);
  return {
    baseCurrency: data.CurrencyPrefs.HomeCurrency.value,
    multiCurrency: data.CurrencyPrefs.MultiCurrencyEnabled === true,
  };
}

/** GET /exchangerate for each currency; those without a rate are left out. */
async function readRates(company: Company, currencies: string[], day: Day): Promise<ExchangeRate[]> {
  const rates: ExchangeRate[] = [];
  for (const currency of currencies) {
    const query = { sourcecurrencycode: currency, asofdate: day };
    const reply = await company
      .get('exchangerate', query)
      .catch(nullWhen('PLATFORM_NOT_FOUND', 'PLATFORM_REFUSED'));
    const rate = mapExchangeRate(fieldOf(reply?.json, 'ExchangeRate'), day);
    if (rate !== null) rates.push(rate);
  }
  return rates;
}

/** A row that cannot be understood stops the preflight: nothing is sent on half a picture. */
async function readForPreflight(
  company: Company,
  context: MapContext,
  customer: CustomerId,
  ids: DocumentId[],
): Promise<Preflight> {
  const [row = null] = await company.byIds('Customer', [customer], 'effect');
  const rows = await company.byIds('Invoice', ids, 'effect');
  return understood(
    Promise.resolve().then(() => ({
      customer: row === null ? null : mapCustomer(row, context),
      invoices: rows.map((invoice) => mapInvoice(invoice, context)),
    })),
  );
}

/** Outside of pages a row that fails is a bad reply. */
async function understood<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof RowFault ? badReply('A record of QuickBooks', error.message) : error;
  }
}

async function noHistory(): Promise<never> {
  return Promise.reject(
    new HoldfastError('NOT_SUPPORTED', 'QuickBooks customers have no timeline for notes.'),
  );
}

function nullWhen(...missing: PlatformErrorCode[]): (error: unknown) => null {
  return (error) => {
    if (error instanceof PlatformError && missing.some((code) => code === error.code)) return null;
    throw error;
  };
}
