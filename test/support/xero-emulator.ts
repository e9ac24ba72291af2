import { createHash, randomBytes } from 'node:crypto';
import type { Book, BookCompany, BookCustomer, BookEntry, BookInvoice } from '../../emulator/core/book.ts';
import { startEmulator } from '../../emulator/index.ts';
import type { EmulatorOptions, RunningEmulator } from '../../emulator/index.ts';
import { tenantId } from '../../emulator/xero/ids.ts';

/** World time of these tests: Wednesday 2026-03-11, 10:00 in London. */
export const worldNowMs = Date.parse('2026-03-11T10:00:00Z');
export const redirectUri = 'http://127.0.0.1:9/callback';
export const allScopes =
  'offline_access openid accounting.contacts accounting.invoices accounting.payments.read accounting.settings.read';

export type Json = Record<string, unknown>;
export type Page = Json & {
  pagination?: { page: number; pageSize: number; pageCount: number; itemCount: number };
};

/** A book with a fixed list of entries. */
export function bookOf(id: string, entries: BookEntry[], company: Partial<BookCompany> = {}): Book {
  const base = { baseCurrency: 'GBP', timeZone: 'Europe/London', country: 'GB', multiCurrency: true };
  return {
    company: { id, name: `Company ${id}`, ...base, ...company },
    entries: () => entries,
    limits: () => [{ customerName: 'Ann, "A" & Co', limit: '500', group: null, groupLimit: null }],
  };
}

export function customer(id: string, fields: Partial<BookCustomer> = {}): BookCustomer {
  return {
    entry: 'customer',
    id,
    name: `Customer ${id}`,
    email: `${id}@example.com`,
    accountNumber: `ACC-${id}`,
    parentId: null,
    currency: 'GBP',
    country: 'GB',
    phone: null,
    contactName: 'Pat Doe',
    notes: null,
    status: 'active',
    mergedIntoId: null,
    updatedAtMs: worldNowMs - 30 * 86_400_000,
    ...fields,
  };
}

export function invoice(id: string, customerId: string, fields: Partial<BookInvoice> = {}): BookInvoice {
  return {
    entry: 'invoice',
    id,
    number: `INV-${id}`,
    customerId,
    issueDate: '2026-01-10',
    dueDate: '2026-02-09',
    currency: 'GBP',
    rate: '1',
    totalMinor: 12_050,
    openMinor: 12_050,
    paidDate: null,
    status: 'open',
    description: 'Goods',
    updatedAtMs: worldNowMs - 20 * 86_400_000,
    ...fields,
  };
}

/** A Xero emulator with a token, and the calls that tests make of it. */
export interface EmulatedXero {
  emulator: RunningEmulator;
  tenant: string;
  tokens: TokenReply;
  call(method: string, path: string, options?: CallOptions): Promise<Response>;
  /** GET of a list or record; throws unless the answer is 200. */
  get(path: string, headers?: Record<string, string>): Promise<Page>;
}

export interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  token?: string;
}

export interface TokenReply {
  access_token: string;
  refresh_token: string;
  expires_in: number;
  id_token: string;
}

/** Starts Xero alone over some books and connects to all of its organisations. */
export async function startXero(books: Book[], options: EmulatorOptions = {}): Promise<EmulatedXero> {
  const emulator = await startEmulator({
    xero: books,
    nowMs: worldNowMs,
    servers: ['xero'],
    limits: 'off',
    ...options,
  });
  const tokens = await connect(emulator);
  const tenant = tenantId(books[0]?.company.id ?? '');
  const call = (method: string, path: string, one: CallOptions = {}): Promise<Response> =>
    fetch(`${emulator.xeroUrl}/api.xro/2.0/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${one.token ?? tokens.access_token}`,
        accept: 'application/json',
        'xero-tenant-id': tenant,
        ...one.headers,
      },
      ...(one.body === undefined ? {} : { body: JSON.stringify(one.body) }),
    });
  const get = async (path: string, headers: Record<string, string> = {}): Promise<Page> => {
    const response = await call('GET', path, { headers });
    if (response.status !== 200)
      throw new Error(`${path}: ${String(response.status)} ${await response.text()}`);
    return (await response.json()) as Page;
  };
  return { emulator, tenant, tokens, call, get };
}

/** The records of a reply. */
export function rows(page: Page, name: string): Json[] {
  return page[name] as Json[];
}

/** Goes through consent with PKCE and exchanges the code. */
export async function connect(emulator: RunningEmulator, scope = allScopes): Promise<TokenReply> {
  const verifier = randomBytes(32).toString('base64url');
  const back = await authorize(emulator, { scope, verifier });
  const response = await exchange(emulator, back.searchParams.get('code') ?? '', verifier);
  return (await response.json()) as TokenReply;
}

/** Asks for authorization and returns the address that the browser is sent back to. */
export async function authorize(
  emulator: RunningEmulator,
  request: { scope?: string; verifier?: string; redirect?: string; state?: string; clientId?: string },
): Promise<URL> {
  const response = await fetch(authorizeUrl(emulator, request), { redirect: 'manual' });
  const location = response.headers.get('location');
  if (response.status !== 302 || location === null) throw new Error(`no redirect: ${await response.text()}`);
  return new URL(location);
}

export function authorizeUrl(
  emulator: RunningEmulator,
  request: { scope?: string; verifier?: string; redirect?: string; state?: string; clientId?: string },
): string {
  const url = new URL('/identity/connect/authorize', emulator.xeroUrl);
  url.searchParams.set('response_type', 'code');
  url.searchParams.set('client_id', request.clientId ?? 'holdfast-emulator');
  url.searchParams.set('redirect_uri', request.redirect ?? redirectUri);
  url.searchParams.set('scope', request.scope ?? allScopes);
  url.searchParams.set('state', request.state ?? 'state-1');
  if (request.verifier !== undefined) {
    url.searchParams.set('code_challenge', createHash('sha256').update(request.verifier).digest('base64url'));
    url.searchParams.set('code_challenge_method', 'S256');
  }
  return url.href;
}

export function exchange(
  emulator: RunningEmulator,
  code: string,
  verifier: string,
  redirect = redirectUri,
): Promise<Response> {
  return token(emulator, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirect,
    code_verifier: verifier,
  });
}

export function refresh(emulator: RunningEmulator, refreshToken: string): Promise<Response> {
  return token(emulator, { grant_type: 'refresh_token', refresh_token: refreshToken });
}

/** A call of the token endpoint with client_secret_basic. */
export function token(
  emulator: RunningEmulator,
  fields: Record<string, string>,
  secret = 'holdfast-emulator-secret',
): Promise<Response> {
  return fetch(`${emulator.xeroUrl}/connect/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`holdfast-emulator:${secret}`).toString('base64')}` },
    body: new URLSearchParams(fields),
  });
}
