import type {
  Book,
  BookCompany,
  BookCreditNote,
  BookCustomer,
  BookEntry,
  BookInvoice,
  BookReceipt,
} from '../../emulator/core/book.ts';
import { WorldClock } from '../../emulator/core/clock.ts';
import { controlRoutes } from '../../emulator/core/control.ts';
import type { World } from '../../emulator/core/control.ts';
import { Effects } from '../../emulator/core/effects.ts';
import { Faults } from '../../emulator/core/faults.ts';
import { listen } from '../../emulator/core/http.ts';
import { emulatorClient } from '../../emulator/core/oauth.ts';
import { WorldState } from '../../emulator/core/state.ts';
import { CompanyBooks } from '../../emulator/quickbooks/books.ts';
import { quickBooksCompany } from '../../emulator/quickbooks/from-book.ts';
import { loadQuickBooksCompany } from '../../emulator/quickbooks/load.ts';
import type { NativeCompany } from '../../emulator/quickbooks/native.ts';
import type { QuickBooksOptions } from '../../emulator/quickbooks/options.ts';
import { createQuickBooksServer } from '../../emulator/quickbooks/server.ts';

/** World time of these tests: Wednesday 2026-03-11, 10:00 in London. */
export const worldNowMs = Date.parse('2026-03-11T10:00:00Z');

export const testCompany: BookCompany = {
  id: '9341000000000001',
  name: 'Harbour Test Ltd',
  baseCurrency: 'GBP',
  timeZone: 'Europe/London',
  country: 'GB',
  multiCurrency: true,
};

const callback = 'http://127.0.0.1:9/callback';

/** A running emulator with one company, and the few calls that tests make of it. */
export interface EmulatedQuickBooks {
  url: string;
  world: World;
  realm: string;
  books: CompanyBooks;
  /** Follows the whole authorization and returns the token reply. */
  connect(): Promise<TokenReply>;
  /** A call to /v3/company/{realm}/…, with a token taken at first need. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** A query's QueryResponse. */
  query(statement: string): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

export interface TokenReply {
  access_token: string;
  refresh_token: string;
  expires_in: number;
  x_refresh_token_expires_in: number;
  token_type: string;
}

/** Starts the emulator on a book or a ready company. Limits are off unless asked for. */
export async function startQuickBooks(
  source: Book | NativeCompany,
  options: Partial<QuickBooksOptions> = {},
): Promise<EmulatedQuickBooks> {
  const world = newWorld();
  const chosen = { limits: false, ...options };
  const realm = loadQuickBooksCompany(world, 'realm' in source ? source : quickBooksCompany(source, chosen));
  const platform = createQuickBooksServer({ ...world, options: chosen });
  platform.layers.unshift(world.faults.layer('quickbooks'));
  const server = await listen(platform, { port: 0, control: controlRoutes(world), clock: world.clock });
  const books = new CompanyBooks(world, realm, chosen);
  return { url: server.url, world, realm, books, ...client(server.url, realm), close: () => server.close() };
}

/** A world in memory at `worldNowMs`. */
export function newWorld(): World {
  const state = new WorldState(':memory:');
  const clock = new WorldClock(worldNowMs);
  return { state, clock, effects: new Effects(state, clock), faults: new Faults() };
}

function client(url: string, realm: string): Pick<EmulatedQuickBooks, 'connect' | 'call' | 'query'> {
  let token: string | undefined;
  const call: EmulatedQuickBooks['call'] = async (method, path, body, headers = {}) => {
    token ??= (await connect(url)).access_token;
    const sent = typeof body === 'string' ? body : body === undefined ? null : JSON.stringify(body);
    const type = body === undefined || typeof body === 'string' ? {} : { 'content-type': 'application/json' };
    return fetch(`${url}/v3/company/${realm}/${path}`, {
      method,
      body: sent,
      headers: { authorization: `Bearer ${token}`, accept: 'application/json', ...type, ...headers },
    });
  };
  const query = async (statement: string): Promise<Record<string, unknown>> => {
    const response = await call('GET', `query?query=${encodeURIComponent(statement)}&minorversion=75`);
    return ((await response.json()) as { QueryResponse: Record<string, unknown> }).QueryResponse;
  };
  return { connect: () => connect(url), call, query };
}

async function connect(url: string): Promise<TokenReply> {
  const location = await authorize(url);
  const code = location.searchParams.get('code') ?? '';
  const response = await requestToken(url, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: callback,
  });
  return (await response.json()) as TokenReply;
}

/** Asks for consent as a browser would and returns where it is sent back to. */
export async function authorize(url: string, fields: Record<string, string> = {}): Promise<URL> {
  const query = new URLSearchParams({
    client_id: emulatorClient.id,
    response_type: 'code',
    scope: 'com.intuit.quickbooks.accounting',
    redirect_uri: callback,
    state: 'a-state',
    ...fields,
  });
  const response = await fetch(`${url}/connect/oauth2?${query.toString()}`, { redirect: 'manual' });
  return new URL(response.headers.get('location') ?? '', url);
}

/** A form to the token endpoint with the client's Basic authentication. */
export function requestToken(url: string, form: Record<string, string>): Promise<Response> {
  return fetch(`${url}/oauth2/v1/tokens/bearer`, {
    method: 'POST',
    headers: { authorization: basic(), accept: 'application/json' },
    body: new URLSearchParams(form),
  });
}

export function basic(): string {
  return `Basic ${Buffer.from(`${emulatorClient.id}:${emulatorClient.secret}`).toString('base64')}`;
}

/** A book of these entries. */
export function bookOf(entries: BookEntry[], company: Partial<BookCompany> = {}): Book {
  return { company: { ...testCompany, ...company }, entries: () => entries, limits: () => [] };
}

/** A customer with everything plain; `with_` says what is not. */
export function customer(id: string, with_: Partial<BookCustomer> = {}): BookCustomer {
  return {
    entry: 'customer',
    id,
    name: `Customer ${id}`,
    email: `${id}@example.com`,
    accountNumber: null,
    parentId: null,
    currency: 'GBP',
    country: 'GB',
    phone: null,
    contactName: null,
    notes: null,
    status: 'active',
    mergedIntoId: null,
    updatedAtMs: worldNowMs - 40 * 86_400_000,
    ...with_,
  };
}

/** An open invoice of 100.00, issued 2026-01-10 and due 2026-02-09. */
export function invoice(id: string, customerId: string, with_: Partial<BookInvoice> = {}): BookInvoice {
  return {
    entry: 'invoice',
    id,
    number: `INV-${id}`,
    customerId,
    issueDate: '2026-01-10',
    dueDate: '2026-02-09',
    currency: 'GBP',
    rate: '1',
    totalMinor: 10_000,
    openMinor: 10_000,
    paidDate: null,
    status: 'open',
    description: 'Goods',
    updatedAtMs: Date.parse('2026-01-10T09:30:00Z'),
    ...with_,
  };
}

/** A receipt of 100.00 on 2026-02-01, set against nothing. */
export function receipt(id: string, customerId: string, with_: Partial<BookReceipt> = {}): BookReceipt {
  return {
    entry: 'receipt',
    kind: 'overpayment',
    id,
    customerId,
    date: '2026-02-01',
    currency: 'GBP',
    rate: '1',
    totalMinor: 10_000,
    openMinor: 10_000,
    allocations: [],
    status: 'active',
    reference: '',
    updatedAtMs: Date.parse('2026-02-01T09:30:00Z'),
    ...with_,
  };
}

/** A credit note of 40.00 on 2026-02-01, applied to nothing. */
export function creditNote(
  id: string,
  customerId: string,
  with_: Partial<BookCreditNote> = {},
): BookCreditNote {
  return {
    entry: 'credit-note',
    id,
    number: `CN-${id}`,
    customerId,
    date: '2026-02-01',
    currency: 'GBP',
    rate: '1',
    totalMinor: 4_000,
    openMinor: 4_000,
    allocations: [],
    status: 'open',
    updatedAtMs: Date.parse('2026-02-01T10:30:00Z'),
    ...with_,
  };
}
