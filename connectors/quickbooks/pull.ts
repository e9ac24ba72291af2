import { HoldfastError } from '../../src/domain/index.ts';
import type { Page, PullRequest, StreamName } from '../../src/domain/index.ts';
import { badReply } from '../kit/errors.ts';
import type { HttpReply } from '../kit/http.ts';
import { textAt } from '../kit/rows.ts';
import { captureChanges, isoText } from './changes.ts';
import { emptyPage, PageSource } from './page-source.ts';
import { ENTITIES, fieldOf, selectPage, type Company, type Entity } from './query.ts';

/** Changes are asked for from this long before the last run's start. */
const OVERLAP_MS = 5 * 60_000;
/** Far beyond any company: a server that repeats itself must not keep a run for ever. */
const MAX_PAGES = 20_000;

/** Rows this much newer than the walk's own beginning are left to the next one, which starts there. */
const OVERTAKEN_MS = 60_000;

/** Rows of a counted page that the next one brings again: as many may leave in between without a gap. */
const TAIL = 50;
/** After so many shifts among rows of one instant they are counted on unchecked. */
const MAX_RESTARTS = 10;

/** Payments come before the credit memos that they link. */
const MAPPING_ORDER: readonly Entity[] = ['Customer', 'Invoice', 'Payment', 'CreditMemo'];
const STREAMS: Readonly<Record<StreamName, readonly Entity[]>> = {
  customers: ['Customer'],
  invoices: ['Invoice'],
  credits: ['CreditMemo'],
  payments: ['Payment'],
  changes: ENTITIES,
};

/**
 * A full run first marks its start on the stream of changes (an empty page), then reads everything: whatever changes
 * meanwhile lies after the mark, and the next incremental run brings it. Payments come before the credit memos that
 * they link, whose allocations they alone tell.
 */
export function quickbooksStreams(mode: 'full' | 'incremental'): StreamName[] {
  return mode === 'full' ? ['changes', 'customers', 'invoices', 'payments', 'credits'] : ['changes'];
}

/**
 * Where a walk through pages stands. Pages are found by the update time of the last row seen: rows that change
 * during a run move to the end, and positions alone would then skip the rows that moved up in their place.
 */
interface Walk {
  entity: Entity;
  /** MetaData.LastUpdatedTime of the last row seen, in the server's own words; null at the beginning. */
  after: string | null;
  /** STARTPOSITION among the rows from `after` on. */
  position: number;
  /** When counting: ids of the last rows seen. The next page begins among them; without any it has shifted too far. */
  tail: string[];
  /** How often rows shifted and were read again. */
  restarts: number;
  /** False once the server was seen not to sort: positions are then counted from the run's own bound. */
  byTime: boolean;
}

interface Cursor {
  /** What changed since then (less the overlap) is wanted; null = everything. */
  fromMs: number | null;
  /**
   * The platform's clock at this run's first reply: where the next run starts, and never by our own clock. A server
   * that does not tell its time moves nothing: the next run starts where this one did. Null between runs.
   */
  startedMs: number | null;
  walk: Walk | null;
}

/** Pulls one stream page by page. A cursor taken half-way goes on there, also days later. */
export async function* pull(source: PageSource, request: PullRequest): AsyncGenerator<Page> {
  const cursor = readCursor(request.cursor);
  if (request.stream !== 'changes' || cursor.walk !== null) {
    yield* walkPages(source, request, cursor);
  } else if (cursor.fromMs === null) {
    yield await markStart(source.company);
  } else {
    yield* pullChanges(source, request, cursor);
  }
}

/** Where the run starts by the platform's clock: the last reply told it, else one light call does. */
async function markStart(company: Company): Promise<Page> {
  let startedMs = company.http.lastServerMs;
  if (startedMs === null) {
    await company.count('Customer');
    startedMs = company.http.lastServerMs;
  }
  return { ...emptyPage(), cursor: JSON.stringify(finished(startedMs ?? 0)), totalRows: 0 };
}

/** Change data capture in one call; what it cannot give whole is read by queries. */
async function* pullChanges(source: PageSource, request: PullRequest, cursor: Cursor): AsyncGenerator<Page> {
  const fromMs = cursor.fromMs ?? 0;
  const changes = await captureChanges(source.company, fromMs - OVERLAP_MS, request.nowMs);
  if (changes === null) {
    yield* walkPages(source, request, cursor);
    return;
  }
  const startedMs = changes.serverMs ?? fromMs;
  const walk = changes.cut ? firstWalk('Customer') : null;
  const next: Cursor = walk === null ? finished(startedMs) : { fromMs, startedMs, walk };
  const page = emptyPage();
  const now = new PageSource(source.company, source.context);
  for (const entity of MAPPING_ORDER) await now.mapRows(entity, changes.rows.get(entity) ?? [], page);
  page.deleted.push(...changes.deleted);
  yield { ...page, cursor: JSON.stringify(next), totalRows: null };
  if (walk !== null) yield* walkPages(source, request, next);
}

async function* walkPages(source: PageSource, request: PullRequest, begun: Cursor): AsyncGenerator<Page> {
  const entities = STREAMS[request.stream];
  const pageSize = source.company.http.rowsPerReply;
  let cursor = begun;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const walk = cursor.walk ?? firstWalk(entities[0] ?? 'Customer');
    if (!entities.includes(walk.entity)) throw strangeCursor();
    const updatedFrom = walk.after ?? (cursor.fromMs === null ? null : isoText(cursor.fromMs - OVERLAP_MS));
    const text = selectPage(walk.entity, { updatedFrom, startPosition: walk.position, rows: pageSize });
    const { reply, rows } = await queryWhole(source.company, walk, text);
    const startedMs = cursor.startedMs ?? reply.serverMs ?? cursor.fromMs ?? 0;
    const total = totalOf(reply, walk);
    const seen = { rows, stamps: stampsOf(rows) };
    const further = isOvertaken(walk, seen, startedMs, cursor.fromMs)
      ? null
      : nextStep(walk, seen, { updatedFrom, pageSize, total });
    const next = further ?? walkOf(entities, walk.entity);
    const saved: Cursor =
      next === null ? finished(startedMs) : { fromMs: cursor.fromMs, startedMs, walk: next };
    const page = emptyPage();
    await source.mapRows(walk.entity, rows, page);
    yield { ...page, cursor: JSON.stringify(saved), totalRows: total };
    if (next === null) return;
    cursor = saved;
  }
  throw badReply(`Query for ${request.stream}`, `it has no end after ${MAX_PAGES} pages`);
}

/** A page as it came. */
interface Seen {
  rows: unknown[];
  stamps: Stamps;
}

/** What a page was asked for by. */
interface Asked {
  updatedFrom: string | null;
  pageSize: number;
}

/** A page that must hold at least the rows that the last one ended with, and holds none, is asked for once more. */
async function queryWhole(company: Company, walk: Walk, text: string): ReturnType<Company['query']> {
  const answer = await company.query(walk.entity, text);
  const expected = walk.after !== null || walk.tail.length > 0;
  return expected && answer.rows.length === 0 ? company.query(walk.entity, text) : answer;
}

/** As nextWalk; the one page of an entity proves the end by itself when the server says that it holds all there are. */
function nextStep(walk: Walk, seen: Seen, asked: Asked & { total: number | null }): Walk | null {
  const { total } = asked;
  const firstPage = walk.position === 1 && walk.tail.length === 0;
  return firstPage && total !== null && seen.rows.length >= total ? null : nextWalk(walk, seen, asked);
}

/**
 * The next step within an entity; null = its end is proven: a page without a new row. So a server that serves smaller
 * pages than asked for, or changes their size, is still read to its end.
 */
function nextWalk(walk: Walk, { rows, stamps }: Seen, { updatedFrom, pageSize }: Asked): Walk | null {
  const ids = rows.map((row) => textAt(row, 'Id'));
  const known = new Set(walk.tail);
  const shifted = known.size > 0 && !ids.some((id) => known.has(id));
  if (shifted && walk.restarts < MAX_RESTARTS) {
    return { ...walk, position: 1, tail: [], restarts: walk.restarts + 1 };
  }
  if (ids.every((id) => known.has(id))) return null;
  const mostKnown = Math.min(TAIL, Math.ceil(pageSize / 2));
  const tail = ids.slice(-mostKnown);
  const counted = { ...walk, position: walk.position + rows.length - tail.length, tail };
  if (!walk.byTime) return counted;
  const { firstMs, lastMs, last, sorted } = stamps;
  const boundMs = updatedFrom === null ? -Infinity : Date.parse(updatedFrom);
  if (!sorted || firstMs < boundMs) {
    const again = { ...walk, after: null, position: 1, tail: [], byTime: false };
    return walk.after === null ? { ...counted, byTime: false } : again;
  }
  if (lastMs > (walk.after === null ? -Infinity : boundMs)) {
    // What is known of the rows of that instant: they come again, and when nothing else does, that was the end.
    const tied = ids.slice(ids.length - countTied(rows, last));
    return { ...walk, after: last, position: 1, tail: tied.length > mostKnown ? [] : tied };
  }
  return counted;
}

/**
 * Whether a walk by time has come to rows that changed after it began. They are the next delta's: while people edit
 * faster than we read, it would never end otherwise.
 */
function isOvertaken(walk: Walk, { stamps }: Seen, startedMs: number, fromMs: number | null): boolean {
  const { firstMs, sorted } = stamps;
  // A beginning that the server did not tell is where the last run began: nothing is newer than that by itself.
  const isTold = startedMs > (fromMs ?? 0);
  return isTold && walk.byTime && sorted && firstMs > startedMs + OVERTAKEN_MS;
}

/** How many rows at the end of a page have the update time of the last one. */
function countTied(rows: unknown[], last: string): number {
  const other = rows.findLastIndex((row) => textAt(row, 'MetaData', 'LastUpdatedTime') !== last);
  return rows.length - 1 - other;
}

/** Update times of a page: the first and the last, the last also in the server's words, and whether all are in order. */
interface Stamps {
  firstMs: number;
  lastMs: number;
  last: string;
  sorted: boolean;
}

function stampsOf(rows: unknown[]): Stamps {
  const stamps = rows.map((row) => textAt(row, 'MetaData', 'LastUpdatedTime'));
  const times = stamps.map((stamp) => Date.parse(stamp));
  const sorted = times.every((time, at) => at === 0 || time >= (times[at - 1] ?? time));
  return { firstMs: times[0] ?? 0, lastMs: times.at(-1) ?? 0, last: stamps.at(-1) ?? '', sorted };
}

function walkOf(entities: readonly Entity[], done: Entity): Walk | null {
  const following = entities[entities.indexOf(done) + 1];
  return following === undefined ? null : firstWalk(following);
}

function firstWalk(entity: Entity): Walk {
  return { entity, after: null, position: 1, tail: [], restarts: 0, byTime: true };
}

function finished(fromMs: number): Cursor {
  return { fromMs, startedMs: null, walk: null };
}

function readCursor(text: string | null): Cursor {
  if (text === null) return { fromMs: null, startedMs: null, walk: null };
  const saved: unknown = JSON.parse(text);
  const fromMs = fieldOf(saved, 'fromMs');
  if (fromMs !== null && typeof fromMs !== 'number') throw strangeCursor();
  return { fromMs: null, startedMs: null, walk: null, ...Object(saved) } as Cursor;
}

function totalOf(reply: HttpReply, walk: Walk): number | null {
  const total = fieldOf(reply.json, 'QueryResponse', 'totalCount');
  return typeof total === 'number' && walk.after === null ? total : null;
}

function strangeCursor(): HoldfastError {
  return new HoldfastError('BAD_CURSOR', 'A saved sync position does not belong to this stream.', {
    kind: 'state',
    hint: 'Run a full sync.',
  });
}
