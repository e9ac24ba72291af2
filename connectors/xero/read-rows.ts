import { HoldfastError, PlatformError } from '../../src/domain/index.ts';
import type { Page, RowRef } from '../../src/domain/index.ts';
import { badReply } from '../kit/errors.ts';
import type { CallPurpose, Http } from '../kit/http.ts';
import { textAt } from '../kit/rows.ts';
import { ENDPOINTS, factsOf, fieldOf, mapRows, rowsOf, type Endpoint } from './endpoints.ts';
import type { MapContext } from './map.ts';
import { wirePagination } from './wire.ts';

/** Ids in one query: some fifty GUIDs make the address too long for Xero. */
const IDS_PER_CALL = 40;

/** Records by their ids, in one page; those that Xero does not know come as `deleted`. */
export async function readRowsByRef(http: Http, context: MapContext, refs: readonly RowRef[]): Promise<Page> {
  const page: Page = { ...mapRows('Contacts', [], context), cursor: '', totalRows: null };
  for (const [endpoint, wanted] of byEndpoint(refs)) {
    const rows = await readByIds(http, endpoint, [...wanted.keys()], 'bulk');
    const found = new Set(rows.map((row) => idOf(endpoint, row)));
    const mapped = mapRows(endpoint, rows, context);
    page.customers.push(...mapped.customers);
    page.invoices.push(...mapped.invoices);
    page.credits.push(...mapped.credits);
    page.payments.push(...mapped.payments);
    page.quarantined.push(...mapped.quarantined);
    for (const [id, ref] of wanted) if (!found.has(id)) page.deleted.push(ref);
  }
  return page;
}

/**
 * The rows of some ids, as JSON; ids that Xero does not know are left out. Where the list takes no ids each is asked
 * for by itself, and so is one that is missing from a list which holds others: that list ignored the filter.
 */
export async function readByIds(
  http: Http,
  endpoint: Endpoint,
  ids: readonly string[],
  purpose: CallPurpose,
): Promise<unknown[]> {
  const wanted = [...new Set(ids.map((id) => id.toLowerCase()))].filter((id) => GUID.test(id));
  if (!factsOf(endpoint).listsByIds) return readOneByOne(http, endpoint, wanted, purpose);
  const rows: unknown[] = [];
  for (let at = 0; at < wanted.length; at += IDS_PER_CALL) {
    const some = wanted.slice(at, at + IDS_PER_CALL);
    const { found, whole } = await readList(http, endpoint, some, purpose);
    rows.push(...found.values());
    const missing = some.filter((id) => !found.has(id));
    if (!whole) rows.push(...(await readOneByOne(http, endpoint, missing, purpose)));
  }
  return rows;
}

const GUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

async function readList(
  http: Http,
  endpoint: Endpoint,
  ids: readonly string[],
  purpose: CallPurpose,
): Promise<{ found: Map<string, unknown>; whole: boolean }> {
  const reply = await http.send({
    method: 'GET',
    path: `/api.xro/2.0/${endpoint}`,
    query: {
      IDs: ids.join(','),
      // Only paged replies have every field.
      page: 1,
      pageSize: IDS_PER_CALL,
      includeArchived: endpoint === 'Contacts' ? true : undefined,
    },
    kind: 'read',
    purpose,
    expect: 'json',
  });
  const rows = rowsOf(reply, endpoint);
  const asked = new Set(ids);
  const found = new Map(
    rows.map((row) => [idOf(endpoint, row), row] as const).filter(([id]) => asked.has(id)),
  );
  const pages = wirePagination.safeParse(fieldOf(reply.json, 'pagination')).data?.pageCount ?? 1;
  return { found, whole: pages <= 1 && rows.length === found.size };
}

async function readOneByOne(
  http: Http,
  endpoint: Endpoint,
  ids: readonly string[],
  purpose: CallPurpose,
): Promise<unknown[]> {
  const rows: unknown[] = [];
  for (const id of ids) {
    const row = await readOne(http, endpoint, id, purpose);
    if (row !== null) rows.push(row);
  }
  return rows;
}

async function readOne(http: Http, endpoint: Endpoint, id: string, purpose: CallPurpose): Promise<unknown> {
  const path = `/api.xro/2.0/${endpoint}/${encodeURIComponent(id)}`;
  try {
    const reply = await http.send({ method: 'GET', path, kind: 'read', purpose, expect: 'json' });
    const [row] = rowsOf(reply, endpoint);
    if (row === undefined || idOf(endpoint, row) !== id)
      throw badReply(`GET ${endpoint}`, 'it holds another record than the one asked for', reply.status);
    return row;
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'PLATFORM_NOT_FOUND') return null;
    throw error;
  }
}

/** What is asked for of each list, by lower-case id. */
function byEndpoint(refs: readonly RowRef[]): Map<Endpoint, Map<string, RowRef>> {
  const found = new Map<Endpoint, Map<string, RowRef>>();
  for (const ref of refs) {
    const endpoint = endpointOf(ref);
    const wanted = found.get(endpoint) ?? new Map<string, RowRef>();
    found.set(endpoint, wanted.set(ref.remoteId.toLowerCase(), ref));
  }
  return found;
}

function endpointOf({ kind, creditKind = 'credit-note' }: RowRef): Endpoint {
  const all = Object.keys(ENDPOINTS) as Endpoint[];
  const found = all.find((endpoint) => {
    const facts = factsOf(endpoint);
    return facts.kind === kind && (kind !== 'credit' || facts.creditKind === creditKind);
  });
  if (found !== undefined) return found;
  throw new HoldfastError('NOT_SUPPORTED', `Xero has no list of ${kind} ${creditKind}.`, {
    kind: 'internal',
  });
}

const idOf = (endpoint: Endpoint, row: unknown): string => textAt(row, ENDPOINTS[endpoint].id).toLowerCase();
