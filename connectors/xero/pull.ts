import type { Page, PullRequest, StreamName } from '../../src/domain/index.ts';
import { HoldfastError } from '../../src/domain/index.ts';
import { badReply } from '../kit/errors.ts';
import type { Http, HttpReply } from '../kit/http.ts';
import { fieldOf, mapRows, rowsOf, STREAMS, stampMs, type Endpoint } from './endpoints.ts';
import type { MapContext } from './map.ts';
import { wirePagination } from './wire.ts';

/** Changes are asked for from this long before the last run's start: stamps may be coarse or late. */
const OVERLAP_MS = 5 * 60_000;
/** Within a run, the next page starts this long before the last row seen: If-Modified-Since may be cut to seconds. */
const TIE_MS = 2_000;

/** Stamps may be cut to the minute: a row that looks so much older may have changed just now. */
const COARSE_MS = 60_000 + TIE_MS;

/** Rows this much newer than the walk's own beginning are left to the next one, which starts there. */
const OVERTAKEN_MS = 60_000;

/** Counted pages are read again at most so often. */
const MAX_ROUNDS = 3;
/** Far beyond any organisation: a server that repeats itself must not keep a run for ever. */
const MAX_PAGES = 20_000;

/** The streams of a run, full or incremental. */
export const XERO_STREAMS: StreamName[] = ['customers', 'invoices', 'credits', 'payments'];

/**
 * Where a stream stands. Pages are found by the update time of the last row seen, not by number: rows that change
 * during a run move to the end, and counted pages would then skip the rows that moved up in their place.
 */
interface Cursor {
  /** The run asks for what changed since then (less the overlap); null = everything. */
  fromMs: number | null;
  /**
   * The platform's clock at this run's first reply: where the next run starts, and never by our own clock. A server
   * that does not tell its time moves nothing: the next run starts where this one did. Null between runs.
   */
  startedMs: number | null;
  endpoint: Endpoint;
  /** Lower bound of the page that comes next, when further than the run's own. */
  afterMs: number | null;
  page: number;
  /** False once the server was seen to ignore If-Modified-Since: pages are then counted. */
  byTime: boolean;
  /** Newest update time seen at this endpoint. */
  newestMs: number;
  /** Where pages of one instant began to be counted, and when: a change since then may have shifted them. */
  counted: { afterMs: number | null; sinceMs: number } | null;
  /** How often counted pages were read again. */
  rounds: number;
  /** Rows of the endpoint as first announced. */
  totalRows: number | null;
}

interface Position {
  afterMs: number | null;
  page: number;
  byTime: boolean;
}

/** Pulls one stream page by page. A cursor taken half-way goes on there, also days later. */
export async function* pull(http: Http, context: MapContext, request: PullRequest): AsyncGenerator<Page> {
  const endpoints = endpointsOf(request.stream);
  let cursor = readCursor(request.cursor, endpoints);
  for (let count = 0; count < MAX_PAGES; count += 1) {
    const reply = await fetchWhole(http, cursor);
    const startedMs = cursor.startedMs ?? reply.serverMs ?? cursor.fromMs ?? 0;
    const rows = rowsOf(reply, cursor.endpoint);
    const pages = wirePagination.safeParse(fieldOf(reply.json, 'pagination')).data ?? null;
    const totalRows = cursor.totalRows ?? pages?.itemCount ?? null;
    const newestMs = Math.max(cursor.newestMs, times(rows).lastMs);
    const seen = { ...cursor, startedMs, totalRows, newestMs };
    const next = isOvertaken(cursor, rows, startedMs)
      ? null
      : nextPosition(cursor, rows, pages?.pageCount ?? null, http.rowsPerReply);
    const saved = next === null ? afterEnd(seen, endpoints) : { ...noteCounting(seen, next, reply), ...next };
    yield { ...mapRows(cursor.endpoint, rows, context), cursor: JSON.stringify(saved), totalRows };
    if (saved.startedMs === null) return;
    cursor = saved;
  }
  throw badReply(`GET ${cursor.endpoint}`, `it has no end after ${MAX_PAGES} pages`);
}

/** An empty page whose own pagination says that it holds rows is asked for once more; then its emptiness is believed. */
async function fetchWhole(http: Http, cursor: Cursor): Promise<HttpReply> {
  const reply = await fetchPage(http, cursor);
  const pages = wirePagination.safeParse(fieldOf(reply.json, 'pagination')).data;
  const announced = pages !== undefined && pages.itemCount > 0 && cursor.page <= pages.pageCount;
  return announced && rowsOf(reply, cursor.endpoint).length === 0 ? fetchPage(http, cursor) : reply;
}

async function fetchPage(http: Http, cursor: Cursor): Promise<HttpReply> {
  const sinceMs = lowerBound(cursor);
  return http.send({
    method: 'GET',
    path: `/api.xro/2.0/${cursor.endpoint}`,
    query: {
      page: cursor.page,
      pageSize: http.rowsPerReply,
      order: 'UpdatedDateUTC ASC',
      includeArchived: cursor.endpoint === 'Contacts' ? true : undefined,
    },
    ...(sinceMs === null ? {} : { headers: { 'If-Modified-Since': isoSeconds(sinceMs) } }),
    kind: 'read',
    purpose: 'bulk',
    expect: 'json',
  });
}

/** The bound that the server is asked for, cut to the second as the server may do. */
function lowerBound(cursor: Cursor): number | null {
  if (cursor.byTime && cursor.afterMs !== null) return floorSecond(cursor.afterMs - TIE_MS);
  return cursor.fromMs === null ? null : floorSecond(cursor.fromMs - OVERLAP_MS);
}

/**
 * Where the next page lies; null = the end is proven: the announced last page, or an empty one. A full page is never
 * taken for the last, whatever the pagination block says.
 */
function nextPosition(
  cursor: Cursor,
  rows: unknown[],
  pageCount: number | null,
  pageSize: number,
): Position | null {
  const last = rows.length === 0 || (pageCount !== null && cursor.page >= pageCount);
  if (last && rows.length < pageSize) return null;
  const counted = { afterMs: cursor.afterMs, page: cursor.page + 1, byTime: cursor.byTime };
  if (!cursor.byTime) return counted;
  const { firstMs, lastMs, sorted } = times(rows);
  const bound = lowerBound(cursor);
  if (!sorted || (bound !== null && firstMs < bound)) {
    return { afterMs: null, page: cursor.afterMs === null ? cursor.page + 1 : 1, byTime: false };
  }
  const moved = lastMs - TIE_MS > (cursor.afterMs === null ? -Infinity : cursor.afterMs);
  return moved ? { afterMs: lastMs, page: 1, byTime: true } : counted;
}

/**
 * Whether a walk by time has come to rows that changed after it began. They are the next delta's: while people edit
 * faster than we read, it would never end otherwise.
 */
function isOvertaken(cursor: Cursor, rows: unknown[], startedMs: number): boolean {
  const { firstMs, sorted } = times(rows);
  // A beginning that the server did not tell is where the last run began: nothing is newer than that by itself.
  const isTold = startedMs > (cursor.fromMs ?? 0);
  return isTold && cursor.byTime && sorted && firstMs > startedMs + OVERTAKEN_MS && firstMs < Infinity;
}

/** First and last update time of a page, and whether it is in their order. Rows without one are passed over. */
function times(rows: unknown[]): { firstMs: number; lastMs: number; sorted: boolean } {
  let firstMs = Infinity;
  let lastMs = -Infinity;
  let sorted = true;
  for (const row of rows) {
    const ms = stampMs(row);
    if (ms === null) continue;
    firstMs = Math.min(firstMs, ms);
    sorted &&= ms >= lastMs;
    lastMs = Math.max(lastMs, ms);
  }
  return { firstMs, lastMs, sorted };
}

/** Remembers the first page that is found by its number. */
function noteCounting(cursor: Cursor, next: Position, reply: HttpReply): Cursor {
  if (next.page === 1 || cursor.counted !== null) return cursor;
  const sinceMs = reply.serverMs ?? cursor.startedMs ?? 0;
  return { ...cursor, counted: { afterMs: cursor.afterMs, sinceMs } };
}

/**
 * What follows an endpoint's end: the counted pages once more when a row changed while they were read, for its
 * leaving may have moved others past us; else the next endpoint.
 */
function afterEnd(cursor: Cursor, endpoints: readonly Endpoint[]): Cursor {
  const { counted, newestMs, rounds } = cursor;
  if (counted === null || newestMs < counted.sinceMs - COARSE_MS || rounds >= MAX_ROUNDS) {
    return nextEndpoint(cursor, endpoints);
  }
  return { ...cursor, afterMs: counted.afterMs, page: 1, counted: null, rounds: rounds + 1 };
}

function nextEndpoint(cursor: Cursor, endpoints: readonly Endpoint[]): Cursor {
  const following = endpoints[endpoints.indexOf(cursor.endpoint) + 1];
  if (following === undefined) return freshCursor(cursor.startedMs, endpoints);
  return { ...freshCursor(cursor.fromMs, [following]), startedMs: cursor.startedMs };
}

function freshCursor(fromMs: number | null, endpoints: readonly Endpoint[]): Cursor {
  const endpoint = endpoints[0] ?? 'Contacts';
  const start = { fromMs, startedMs: null, endpoint, afterMs: null, page: 1, byTime: true };
  return { ...start, newestMs: 0, counted: null, rounds: 0, totalRows: null };
}

function readCursor(text: string | null, endpoints: readonly Endpoint[]): Cursor {
  if (text === null) return freshCursor(null, endpoints);
  const saved: unknown = JSON.parse(text);
  if (
    typeof saved !== 'object' ||
    saved === null ||
    !endpoints.includes(fieldOf(saved, 'endpoint') as Endpoint)
  ) {
    throw new HoldfastError('BAD_CURSOR', 'A saved sync position does not belong to this stream.', {
      kind: 'state',
      hint: 'Run a full sync.',
    });
  }
  return { ...freshCursor(null, endpoints), ...saved };
}

function endpointsOf(stream: StreamName): readonly Endpoint[] {
  if (stream !== 'changes') return STREAMS[stream];
  throw new HoldfastError('NOT_SUPPORTED', 'Xero has no stream of changes.', { kind: 'internal' });
}

const floorSecond = (ms: number): number => Math.floor(ms / 1000) * 1000;
const isoSeconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
