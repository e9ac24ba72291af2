import { HoldfastError, PlatformError } from '../../src/domain/index.ts';
import type { DeletedRow, Page, PullRequest, QuarantinedRow, StreamName } from '../../src/domain/index.ts';
import { badReply } from '../kit/errors.ts';
import type { HttpReply } from '../kit/http.ts';
import { readRows, textAt } from '../kit/rows.ts';
import { identifyCustomer, identifyRow, linkedPayments, mapCreditMemo, mapCustomer } from './map.ts';
import { mapInvoice, mapPayment, memoAllocations, type MapContext } from './map.ts';
import { fieldOf, PAGE_SIZE, selectPage, type Company, type Entity } from './query.ts';

/** Changes are asked for from this long before the last run's start. */
const OVERLAP_MS = 5 * 60_000;
/** Change data capture looks back 30 days; an hour is left for clocks that differ. */
const LOOK_BACK_MS = 30 * 86_400_000 - 3_600_000;
/** A reply of so many objects has been cut. */
const CDC_CAP = 1000;

/** Far beyond any company: a server that repeats itself must not keep a run for ever. */
const MAX_PAGES = 20_000;

/** Rows of a counted page that the next one brings again: as many may leave in between without a gap. */
const TAIL = 50;
/** After so many shifts among rows of one instant they are counted on unchecked. */
const MAX_RESTARTS = 10;

const ENTITIES: readonly Entity[] = ['Customer', 'Invoice', 'CreditMemo', 'Payment'];
const STREAMS: Readonly<Record<StreamName, readonly Entity[]>> = {
  customers: ['Customer'],
  invoices: ['Invoice'],
  credits: ['CreditMemo'],
  payments: ['Payment'],
  changes: ENTITIES,
};

/**
 * A full run first marks its start on the stream of changes (one light call, an empty page), then reads everything:
 * whatever changes meanwhile lies after the mark, and the next incremental run brings it.
 */
export function quickbooksStreams(mode: 'full' | 'incremental'): StreamName[] {
  return mode === 'full' ? ['changes', 'customers', 'invoices', 'credits', 'payments'] : ['changes'];
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
  /** The platform's clock at this run's first reply: where the next run starts. Null between runs. */
  startedMs: number | null;
  walk: Walk | null;
}

/** Pulls one stream page by page. A cursor taken half-way goes on there, also days later. */
export async function* pull(
  company: Company,
  context: MapContext,
  request: PullRequest,
): AsyncGenerator<Page> {
  const cursor = readCursor(request.cursor);
  if (request.stream !== 'changes') {
    yield* walkPages(company, context, request, cursor);
  } else if (cursor.fromMs === null && cursor.walk === null) {
    yield await markStart(company, request);
  } else if (cursor.walk !== null) {
    yield* walkPages(company, context, request, cursor);
  } else {
    yield* pullChanges(company, context, request, cursor);
  }
}

async function markStart(company: Company, request: PullRequest): Promise<Page> {
  const { reply } = await company.query('Customer', 'SELECT COUNT(*) FROM Customer');
  const fromMs = reply.serverMs ?? request.nowMs;
  return { ...emptyPage(), cursor: JSON.stringify(finished(fromMs)), totalRows: 0 };
}

/** Change data capture in one call; what it cannot give whole is read by queries. */
async function* pullChanges(
  company: Company,
  context: MapContext,
  request: PullRequest,
  cursor: Cursor,
): AsyncGenerator<Page> {
  const fromMs = cursor.fromMs ?? request.nowMs;
  const reply = request.nowMs - fromMs > LOOK_BACK_MS ? null : await capture(company, fromMs);
  if (reply === null) {
    yield* walkPages(company, context, request, cursor);
    return;
  }
  const changed = changedRows(reply);
  const startedMs = reply.serverMs ?? request.nowMs;
  const walk = changed.cut ? firstWalk('Customer') : null;
  const next: Cursor = walk === null ? finished(startedMs) : { fromMs, startedMs, walk };
  const page = emptyPage();
  for (const entity of ENTITIES) {
    await mapRows(company, context, entity, changed.rows.get(entity) ?? [], page);
  }
  page.deleted.push(...changed.deleted);
  yield { ...page, cursor: JSON.stringify(next), totalRows: null };
  if (walk !== null) yield* walkPages(company, context, request, next);
}

/** The reply of GET /cdc; null when the platform will not answer for this span. */
async function capture(company: Company, fromMs: number): Promise<HttpReply | null> {
  const query = { entities: ENTITIES.join(','), changedSince: isoText(fromMs - OVERLAP_MS) };
  try {
    return await company.get('cdc', query, true);
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'PLATFORM_REFUSED') return null;
    throw error;
  }
}

interface Changed {
  rows: Map<Entity, unknown[]>;
  deleted: DeletedRow[];
  cut: boolean;
}

function changedRows(reply: HttpReply): Changed {
  const responses = fieldOf(reply.json, 'CDCResponse');
  if (!Array.isArray(responses)) throw badReply('GET cdc', 'it has no CDCResponse', reply.status);
  const changed: Changed = { rows: new Map(), deleted: [], cut: false };
  let total = 0;
  for (const answer of responses.flatMap((response: unknown) => listOf(response, 'QueryResponse'))) {
    for (const entity of ENTITIES) {
      const rows = listOf(answer, entity);
      total += rows.length;
      changed.cut ||= rows.length >= CDC_CAP;
      const alive = rows.filter((row) => fieldOf(row, 'status') !== 'Deleted');
      changed.rows.set(entity, [...(changed.rows.get(entity) ?? []), ...alive]);
      changed.deleted.push(
        ...rows.filter((row) => !alive.includes(row)).flatMap((row) => deletions(entity, row)),
      );
    }
  }
  changed.cut ||= total >= CDC_CAP;
  return changed;
}

function deletions(entity: Entity, row: unknown): DeletedRow[] {
  const remoteId = textAt(row, 'Id');
  return remoteId === '' ? [] : [{ kind: KINDS[entity], remoteId }];
}

async function* walkPages(
  company: Company,
  context: MapContext,
  request: PullRequest,
  begun: Cursor,
): AsyncGenerator<Page> {
  const entities = STREAMS[request.stream];
  let cursor = begun;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const walk = cursor.walk ?? firstWalk(entities[0] ?? 'Customer');
    if (!entities.includes(walk.entity)) throw strangeCursor();
    const updatedFrom = walk.after ?? (cursor.fromMs === null ? null : isoText(cursor.fromMs - OVERLAP_MS));
    const text = selectPage(walk.entity, { updatedFrom, startPosition: walk.position });
    const { reply, rows } = await company.query(walk.entity, text);
    const startedMs = cursor.startedMs ?? reply.serverMs ?? request.nowMs;
    const next = nextWalk(walk, rows, updatedFrom) ?? walkOf(entities, walk.entity);
    const saved: Cursor =
      next === null ? finished(startedMs) : { fromMs: cursor.fromMs, startedMs, walk: next };
    const page = emptyPage();
    await mapRows(company, context, walk.entity, rows, page);
    yield { ...page, cursor: JSON.stringify(saved), totalRows: totalOf(reply, walk) };
    if (next === null) return;
    cursor = saved;
  }
  throw badReply(`Query for ${request.stream}`, `it has no end after ${MAX_PAGES} pages`);
}

/**
 * The next step within an entity; null = its end is proven: a page without a new row, or a short one that brought
 * nothing later than what was known. So a server that serves smaller pages than asked for is still read to its end.
 */
function nextWalk(walk: Walk, rows: unknown[], updatedFrom: string | null): Walk | null {
  const ids = rows.map((row) => textAt(row, 'Id'));
  const known = new Set(walk.tail);
  const shifted = known.size > 0 && !ids.some((id) => known.has(id));
  if (shifted && walk.restarts < MAX_RESTARTS) {
    return { ...walk, position: 1, tail: [], restarts: walk.restarts + 1 };
  }
  if (ids.every((id) => known.has(id))) return null;
  const tail = ids.slice(-TAIL);
  const counted = { ...walk, position: walk.position + rows.length - tail.length, tail };
  if (!walk.byTime) return counted;
  const { firstMs, lastMs, last, sorted } = stampsOf(rows);
  const boundMs = updatedFrom === null ? -Infinity : Date.parse(updatedFrom);
  if (!sorted || firstMs < boundMs) {
    const again = { ...walk, after: null, position: 1, tail: [], byTime: false };
    return walk.after === null ? { ...counted, byTime: false } : again;
  }
  if (lastMs > (walk.after === null ? -Infinity : boundMs)) {
    return { ...walk, after: last, position: 1, tail: [] };
  }
  return rows.length < PAGE_SIZE ? null : counted;
}

/** First and last update time of a page, the last also in the server's words, and whether they are in order. */
function stampsOf(rows: unknown[]): { firstMs: number; lastMs: number; last: string; sorted: boolean } {
  const stamps = rows.map((row) => textAt(row, 'MetaData', 'LastUpdatedTime'));
  const times = stamps.map((stamp) => Date.parse(stamp));
  const sorted = times.every((time, at) => at === 0 || time >= (times[at - 1] ?? time));
  return { firstMs: times[0] ?? 0, lastMs: times.at(-1) ?? 0, last: stamps.at(-1) ?? '', sorted };
}

function walkOf(entities: readonly Entity[], done: Entity): Walk | null {
  const following = entities[entities.indexOf(done) + 1];
  return following === undefined ? null : firstWalk(following);
}

const KINDS = { Customer: 'customer', Invoice: 'invoice', CreditMemo: 'credit', Payment: 'payment' } as const;

/** Maps rows of an entity into the page. */
async function mapRows(
  company: Company,
  context: MapContext,
  entity: Entity,
  rows: unknown[],
  page: OpenPage,
): Promise<void> {
  const identify = entity === 'Customer' ? identifyCustomer : identifyRow;
  const read = <T>(map: (row: unknown) => T): T[] =>
    readRows(rows, KINDS[entity], map, identify, page.quarantined);
  if (entity === 'Customer') page.customers.push(...read((row) => mapCustomer(row, context)));
  if (entity === 'Invoice') page.invoices.push(...read((row) => mapInvoice(row, context)));
  if (entity === 'CreditMemo') {
    const payments = await company.byIds('Payment', [...new Set(rows.flatMap(linkedPayments))]);
    const allocations = memoAllocations(payments, context);
    const of = (row: unknown) => allocations.get(textAt(row, 'Id')) ?? [];
    page.credits.push(...read((row) => mapCreditMemo(row, context, of(row))));
  }
  if (entity === 'Payment') {
    for (const { payment, credit } of read((row) => mapPayment(row, context))) {
      page.payments.push(payment);
      if (credit !== null) page.credits.push(credit);
    }
  }
}

type OpenPage = Omit<Page, 'cursor' | 'totalRows'>;

function emptyPage(): OpenPage {
  const quarantined: QuarantinedRow[] = [];
  return { customers: [], invoices: [], credits: [], payments: [], deleted: [], quarantined };
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

function listOf(value: unknown, key: string): unknown[] {
  const list = fieldOf(value, key);
  return Array.isArray(list) ? list : [];
}

function strangeCursor(): HoldfastError {
  return new HoldfastError('BAD_CURSOR', 'A saved sync position does not belong to this stream.', {
    kind: 'state',
    hint: 'Run a full sync.',
  });
}

const isoText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}+00:00`;
