import { readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { demoBooks } from '../../emulator/world/demo-books.ts';
import { xeroSampleCompany } from '../../emulator/world/xero-samples.ts';
import { xeroEndpoints } from '../../emulator/xero/endpoints.ts';
import { rows, startXero } from '../support/xero-emulator.ts';
import type { CallOptions, EmulatedXero, Json } from '../support/xero-emulator.ts';

/*
 * Xero's own OpenAPI file is the judge: every operation that the emulator plays is called, and each reply, success
 * and refusal, is held to the schema that the file gives for that operation and status.
 */

const fixtures = resolve(import.meta.dirname, '../../fixtures/xero');
const msDate = /^\/Date\(-?\d+([+-]\d{4})?\)\/$/;

interface Operation {
  operationId: string;
  responses: Record<string, { $ref?: string; content?: Record<string, { schema?: object }> }>;
}
interface Found {
  id: string;
  pointer: string;
  operation: Operation;
}
interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components: object;
}

const openApi = parse(readFileSync(resolve(fixtures, 'openapi/xero_accounting.yaml'), 'utf8')) as OpenApi;
const ajv = newAjv();

/** The same file, in which objects have no fields but those that the schemas name. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const open = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, closed(one)]));
  const isSchema = typeof open['properties'] === 'object' && !('additionalProperties' in open);
  return isSchema ? { ...open, additionalProperties: false } : open;
}

function newAjv(): Ajv {
  const made = new Ajv({ strict: false, allErrors: true, inlineRefs: false });
  addFormats.default(made);
  for (const keyword of ['x-is-msdate', 'x-is-msdate-time'])
    made.addKeyword({ keyword, validate: (_on: unknown, value: unknown) => msDate.test(String(value)) });
  made.addSchema({ ...openApi, $id: 'xero' });
  return made.addSchema({ ...openApi, components: closed(openApi.components), $id: 'closed' });
}

/** The operation behind a method and a path with `:names`, and where the file has it. */
function operationOf(method: string, path: string): Found {
  const blank = (text: string): string => `/${text}`.replace(/:\w+|\{\w+\}/g, '{}').replace('//', '/');
  const found = Object.keys(openApi.paths).find(
    (one) => blank(one) === blank(path) && openApi.paths[one]?.[method.toLowerCase()],
  );
  const operation = openApi.paths[found ?? '']?.[method.toLowerCase()];
  if (found === undefined || !operation) throw new Error(`Xero has no ${method} ${path}`);
  const pointer = `#/paths/${escaped(found)}/${method.toLowerCase()}/responses`;
  return { id: operation.operationId, pointer, operation };
}

function escaped(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}

const compiled = new Map<string, ValidateFunction>();

/** A reply's validator. A 400 that the file does not list for its operation has the file's common form of a 400. */
function validatorOf(
  file: 'xero' | 'closed',
  { operation, pointer }: Found,
  status: number,
): ValidateFunction {
  const listed = operation.responses[String(status)];
  if (!listed && status !== 400)
    throw new Error(`${operation.operationId} answers no ${String(status)} in the file`);
  const own = `${pointer}/${String(status)}`;
  const at = listed?.content ? own : (listed?.$ref ?? '#/components/responses/400Error');
  const schema = resolved(`${at}/content/${escaped('application/json')}/schema`);
  const $ref = `${file}${schema}`;
  const known = compiled.get($ref) ?? ajv.compile({ $ref });
  compiled.set($ref, known);
  return known;
}

/** Where the schema stands in the end: under components, which is what is closed. */
function resolved(pointer: string): string {
  const parts = pointer
    .slice(2)
    .split('/')
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/'));
  const at = parts.reduce<unknown>((from, part) => (from as Json)[part], openApi) as { $ref: string };
  return at.$ref;
}

/** What is wrong with a reply. */
function faultsOf(found: Found, status: number, body: unknown): string[] {
  const validate = validatorOf('xero', found, status);
  return validate(body) ? [] : (validate.errors ?? []).map((error) => told(error, body));
}

/** Fields that no schema names, with the name of what they stand in: 'CreditNotes.HasErrors'. */
function strangersOf(found: Found, status: number, body: unknown): string[] {
  const validate = validatorOf('closed', found, status);
  if (validate(body)) return [];
  return (validate.errors ?? [])
    .filter(({ keyword }) => keyword === 'additionalProperties')
    .map(({ instancePath, params }) => {
      const owner =
        instancePath
          .replace(/\/\d+$/, '')
          .split('/')
          .at(-1) ?? '';
      return `${owner}.${String((params as Json)['additionalProperty'])}`;
    });
}

/** The place with a star for every index, what it must be, and the value that is not. */
function told({ instancePath, message, keyword }: ErrorObject, body: unknown): string {
  const parts = instancePath.split('/').slice(1);
  const value = parts.reduce<unknown>((at, part) => (at as Json | undefined)?.[part], body);
  return `${instancePath.replace(/\/\d+/g, '/*')} ${message ?? keyword}, not ${JSON.stringify(value)}`;
}

/** Plays calls and keeps what did not validate, and which operations were called with which statuses. */
class Walk {
  readonly faults = new Set<string>();
  readonly strangers = new Set<string>();
  readonly seen = new Map<string, Set<number>>();
  readonly #xero: EmulatedXero;
  readonly #tenant: string;

  constructor(xero: EmulatedXero, tenant: string) {
    this.#xero = xero;
    this.#tenant = tenant;
  }

  /** Calls an endpoint; `path` is the pattern, `:id` and `:contact` are filled in. */
  async call(method: string, path: string, wanted: CallOptions & Filled = {}): Promise<Json> {
    const filled = path.replace(':id', wanted.id ?? '').replace(':contact', wanted.contact ?? '');
    const headers = { 'xero-tenant-id': this.#tenant, ...wanted.headers };
    const response = await this.#xero.call(method, filled + (wanted.query ?? ''), { ...wanted, headers });
    const text = await response.text();
    const found = operationOf(method, path);
    const { id } = found;
    this.seen.set(id, (this.seen.get(id) ?? new Set()).add(response.status));
    expect({ [id]: response.status }).toEqual({ [id]: wanted.status ?? 200 });
    if (response.status === 204) expect(text).toBe('');
    if (response.status === 204) return {};
    const body = JSON.parse(text) as Json;
    for (const fault of faultsOf(found, response.status, body)) this.faults.add(`${id} ${fault}`);
    for (const field of strangersOf(found, response.status, body)) this.strangers.add(field);
    return body;
  }
}

interface Filled {
  id?: string;
  contact?: string;
  query?: string;
  status?: number;
}

const lists = {
  Contacts: 'ContactID',
  Invoices: 'InvoiceID',
  CreditNotes: 'CreditNoteID',
  Payments: 'PaymentID',
  Overpayments: 'OverpaymentID',
  Prepayments: 'PrepaymentID',
  Quotes: 'QuoteID',
};
const settings = ['Organisation', 'Organisation/Actions', 'Currencies', 'BrandingThemes'];

/** Every read: lists in all their forms with a refusal, every record by itself, settings, groups, history. */
async function walkReads(walk: Walk): Promise<void> {
  for (const [entity, idField] of Object.entries(lists)) {
    const ids: string[] = [];
    for (const query of ['', '?summaryOnly=true&page=1', '?page=1&pageSize=1000&includeArchived=true']) {
      const page = await walk.call('GET', entity, { query });
      ids.splice(0, ids.length, ...rows(page, entity).map((row) => String(row[idField])));
    }
    expect(ids.length).toBeGreaterThan(0);
    await walk.call('GET', entity, { query: '?where=Nothing((', status: 400 });
    for (const id of sampled(ids)) await walk.call('GET', `${entity}/:id`, { id });
    if (entity === 'Contacts' || entity === 'Invoices' || entity === 'CreditNotes')
      for (const id of sampled(ids).slice(0, 5)) await walk.call('GET', `${entity}/:id/History`, { id });
    if (entity === 'Invoices') await walk.call('GET', `${entity}/:id/OnlineInvoice`, { id: ids[0]! });
  }
  for (const path of [...settings, 'InvoiceReminders/Settings']) await walk.call('GET', path);
  const groups = rows(await walk.call('GET', 'ContactGroups'), 'ContactGroups');
  for (const group of groups)
    await walk.call('GET', 'ContactGroups/:id', { id: String(group['ContactGroupID']) });
}

/** Some of many: enough that each kind of record of the world is among them. */
function sampled(ids: string[]): string[] {
  const step = Math.max(1, Math.floor(ids.length / 60));
  return ids.filter((_id, index) => index % step === 0);
}

/** Every write with what it answers, and with what it answers when it refuses. */
async function walkWrites(walk: Walk, xero: EmulatedXero): Promise<void> {
  const people = rows(await walk.call('GET', 'Contacts', { query: '?page=1' }), 'Contacts');
  const [one, two] = people.map((contact) => String(contact['ContactID']));
  const fresh = { Name: 'Zephyr Test', EmailAddress: 'zephyr@example.com', AccountNumber: 'Z-1' };
  await walk.call('PUT', 'Contacts', { body: { Contacts: [fresh] } });
  await walk.call('PUT', 'Contacts', { body: { Contacts: [{ Name: '' }] }, status: 400 });
  await walk.call('POST', 'Contacts', { body: { Contacts: [{ ContactID: one, FirstName: 'Kim' }] } });
  await walk.call('POST', 'Contacts', { body: { Contacts: [{ Name: 'x'.repeat(300) }] }, status: 400 });
  await walk.call('POST', 'Contacts/:id', { id: one!, body: { Contacts: [{ LastName: 'Lee' }] } });
  await walk.call('POST', 'Contacts/:id', { id: one!, body: { Name: fresh.Name }, status: 400 });
  await walkGroups(walk, [one!, two!], xero);
  await walkNotes(walk);
  await walkEmails(walk);
}

async function walkGroups(walk: Walk, [one, two]: [string, string], xero: EmulatedXero): Promise<void> {
  const named = (Name: string): CallOptions => ({ body: { ContactGroups: [{ Name }] } });
  const [group] = rows(await walk.call('PUT', 'ContactGroups', named('Test hold')), 'ContactGroups');
  const id = String(group!['ContactGroupID']);
  await walk.call('PUT', 'ContactGroups', named('Another'));
  await walk.call('PUT', 'ContactGroups', { ...named('Test hold'), status: 400 });
  await walk.call('POST', 'ContactGroups/:id', { id, ...named('Test hold 2') });
  await walk.call('POST', 'ContactGroups/:id', { id, ...named('Another'), status: 400 });
  const members = { Contacts: [{ ContactID: one }, { ContactID: two }] };
  await walk.call('PUT', 'ContactGroups/:id/Contacts', { id, body: members });
  await walk.call('GET', 'ContactGroups/:id', { id });
  const strange = { Contacts: [{ ContactID: '00000000-0000-4000-8000-000000000000' }] };
  await walk.call('PUT', 'ContactGroups/:id/Contacts', { id, body: strange, status: 400 });
  const single = 'ContactGroups/:id/Contacts/:contact';
  await walk.call('DELETE', single, { id, contact: one, status: 204 });
  xero.emulator.quirks.removeNonMemberStatus = 400;
  await walk.call('DELETE', single, { id, contact: one, status: 400 });
  await walk.call('DELETE', 'ContactGroups/:id/Contacts', { id, status: 204 });
  expect(rows(await walk.call('GET', 'ContactGroups/:id', { id }), 'ContactGroups')[0]!['Contacts']).toEqual(
    [],
  );
}

async function walkNotes(walk: Walk): Promise<void> {
  for (const entity of ['Contacts', 'Invoices', 'CreditNotes'] as const) {
    const [row] = rows(await walk.call('GET', entity, { query: '?page=1' }), entity);
    const id = String(row![lists[entity]]);
    const body = { HistoryRecords: [{ Details: 'Called about the account' }] };
    await walk.call('PUT', `${entity}/:id/History`, { id, body });
    const empty = { HistoryRecords: [{ Details: '' }] };
    await walk.call('PUT', `${entity}/:id/History`, { id, body: empty, status: 400 });
    await walk.call('GET', `${entity}/:id/History`, { id });
  }
}

async function walkEmails(walk: Walk): Promise<void> {
  const idOf = async (status: string): Promise<string> => {
    const query = `?page=1&Statuses=${status}`;
    return String(rows(await walk.call('GET', 'Invoices', { query }), 'Invoices')[0]!['InvoiceID']);
  };
  await walk.call('POST', 'Invoices/:id/Email', { id: await idOf('AUTHORISED'), body: {}, status: 204 });
  await walk.call('POST', 'Invoices/:id/Email', { id: await idOf('VOIDED'), body: {}, status: 400 });
}

interface PublishedFault {
  operation: string;
  place: string;
  reason: string;
}

/** What is wrong in Xero's own examples; the emulator serves them as published. Nothing else may be wrong. */
const publishedFaults: PublishedFault[] = ['getPayments', 'getPayment'].flatMap((operation) => [
  {
    operation,
    place: '/Payments/*/BatchPayment/TotalAmount must be number, not "50.00"',
    reason: 'the example writes the sum as text, the schema says number (x-is-money)',
  },
  {
    operation,
    place: '/Payments/*/BatchPayment/IsReconciled must be boolean, not "false"',
    reason: 'the example writes the flag as text, the schema says boolean',
  },
]);

let xero: EmulatedXero;
const samples = xeroSampleCompany(resolve(fixtures, 'samples'));

beforeAll(async () => {
  const options = { nativeCompanies: { xero: [samples] } };
  xero = await startXero(demoBooks(7, 'small').xero, options);
});
afterAll(() => xero.emulator.close());

/** The published examples of the operations that are played, with their statuses. */
function examples(): { found: Found; status: number; body: unknown }[] {
  const played = new Map(
    xeroEndpoints.map(({ method, path }) => [operationOf(method, path).id, operationOf(method, path)]),
  );
  return readdirSync(resolve(fixtures, 'samples')).flatMap((file) => {
    const [name = '', status = '200'] = file.replace(/\.json$/, '').split('.');
    const found = played.get(name);
    if (!found) return [];
    const body: unknown = JSON.parse(readFileSync(resolve(fixtures, 'samples', file), 'utf8'));
    return [{ found, status: Number(status), body }];
  });
}

describe("Xero's OpenAPI file", () => {
  it('finds nothing wrong in any reply over the small world, and every operation was called', async () => {
    const walk = new Walk(xero, xero.tenant);
    await walkReads(walk);
    await walkWrites(walk, xero);
    expect([...walk.faults]).toEqual([]);
    const played = xeroEndpoints.map(({ method, path }) => operationOf(method, path).id);
    expect([...walk.seen.keys()].sort()).toEqual([...new Set(played)].sort());
    const writes = xeroEndpoints.filter(
      ({ method, path }) => method !== 'GET' && !path.endsWith('/Contacts'),
    );
    for (const { method, path } of writes)
      expect([...(walk.seen.get(operationOf(method, path).id) ?? [])], path).toContain(400);
  });

  it('finds in the published examples, as files and as served, only what Xero itself got wrong', async () => {
    const known = publishedFaults.map(({ operation, place }) => `${operation} ${place}`).sort();
    const walk = new Walk(xero, samples.tenant);
    await walkReads(walk);
    expect([...walk.faults].sort()).toEqual(known);
    const files = examples();
    expect(files.length).toBeGreaterThan(20);
    const faults = files.flatMap(({ found, status, body }) =>
      faultsOf(found, status, body).map((fault) => `${found.id} ${fault}`),
    );
    expect([...new Set(faults)].sort()).toEqual(known);
  });

  it('and its examples know every field that the emulator makes', async () => {
    const published = new Set(
      examples().flatMap(({ found, status, body }) => strangersOf(found, status, body)),
    );
    const walk = new Walk(xero, xero.tenant);
    await walkReads(walk);
    expect([...walk.strangers].filter((field) => !published.has(field))).toEqual([]);
  });

  it('sees a field of the wrong kind, a day that is none and a status that is none', () => {
    const found = operationOf('GET', 'Invoices');
    const wrong = (fields: Json): string[] => faultsOf(found, 200, { Invoices: [fields] });
    expect(wrong({ InvoiceID: 'abc' })).toHaveLength(1);
    expect(wrong({ AmountDue: '12.00' })).toHaveLength(1);
    expect(wrong({ DueDate: '2026-03-11' })).toHaveLength(1);
    expect(wrong({ Status: 'OVERDUE', Contact: { Name: 7 } })).toHaveLength(2);
    expect(wrong({ Status: 'PAID', DueDate: '/Date(1773187200000+0000)/' })).toEqual([]);
  });
});
