import type { Selectable } from 'kysely';
import type { ConnectionId, CustomerId, Day } from '../../domain/index.ts';
import type { Reader, Schema, Tx } from '../../store/index.ts';
import type { DecisionKind } from '../approval.ts';
import type { CaseChange } from '../changes/case-change.ts';
import type { Change } from '../change.ts';
import { nameKey } from '../name-key.ts';
import type { CaseRequest, RequestState, RequestStep, RequestStepName } from './request.ts';

/** Which requests; nothing given: all. */
export interface RequestFilter {
  connectionId?: ConnectionId;
  state?: RequestState;
}

/** Requests in the order in which they were asked. */
export async function readRequests(reader: Reader, filter: RequestFilter = {}): Promise<CaseRequest[]> {
  let query = reader.selectFrom('request').selectAll().orderBy('id');
  if (filter.connectionId !== undefined) query = query.where('connection_id', '=', filter.connectionId);
  if (filter.state !== undefined) query = query.where('state', '=', filter.state);
  return (await query.execute()).map(requestOf);
}

/** One request; null when there is none of that number. */
export async function readRequest(reader: Reader, id: number): Promise<CaseRequest | null> {
  const row = await reader.selectFrom('request').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : requestOf(row);
}

/** What was said of some requests, oldest first. */
export async function readSteps(reader: Reader, ids: number[]): Promise<Map<number, RequestStep[]>> {
  if (ids.length === 0) return new Map();
  const rows = await reader
    .selectFrom('request_step')
    .selectAll()
    .where('request_id', 'in', ids)
    .orderBy('seq')
    .execute();
  const byRequest = Map.groupBy(rows, (row) => row.request_id);
  return new Map([...byRequest].map(([id, steps]) => [id, steps.map(stepOf)]));
}

/** Puts a new request into the queue. Answers its number. */
export async function insertRequest(
  tx: Tx,
  request: Omit<CaseRequest, 'id' | 'edition' | 'state' | 'snoozedUntil'>,
): Promise<number> {
  const row = await tx
    .insertInto('request')
    .values({
      connection_id: request.connectionId,
      asked_at_ms: request.askedAtMs,
      ...contentColumns(request),
      edition: 1,
      state: 'waiting',
      snoozed_until: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** Moves a waiting request on. False when somebody else did, or edited it, meanwhile. */
export async function moveRequest(
  tx: Tx,
  request: Pick<CaseRequest, 'id' | 'edition'>,
  to: Exclude<RequestState, 'waiting'>,
): Promise<boolean> {
  const result = await tx
    .updateTable('request')
    .set({ state: to })
    .where('id', '=', request.id)
    .where('edition', '=', request.edition)
    .where('state', '=', 'waiting')
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Puts another change in the place of what was asked for; what was approved was the other. */
export async function editRequest(tx: Tx, request: CaseRequest): Promise<boolean> {
  const result = await tx
    .updateTable('request')
    .set({ ...contentColumns(request), edition: request.edition + 1, snoozed_until: null })
    .where('id', '=', request.id)
    .where('edition', '=', request.edition)
    .where('state', '=', 'waiting')
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Leaves a waiting request out of the list until a day is over. */
export async function snoozeRequest(tx: Tx, id: number, until: Day): Promise<boolean> {
  const result = await tx
    .updateTable('request')
    .set({ snoozed_until: until })
    .where('id', '=', id)
    .where('state', '=', 'waiting')
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Writes down what was said of a request. */
export async function insertStep(
  tx: Tx,
  request: Pick<CaseRequest, 'id' | 'edition'> & { change?: CaseChange },
  step: RequestStepName,
  { by, atMs, why = '' }: Change,
): Promise<void> {
  const content = request.change === undefined ? null : JSON.stringify(request.change);
  const what = { request_id: request.id, edition: request.edition, step, content };
  await tx
    .insertInto('request_step')
    .values({ ...what, by_key: nameKey(by), set_by: by, at_ms: atMs, why })
    .execute();
}

function contentColumns(request: Omit<CaseRequest, 'id' | 'edition' | 'state' | 'snoozedUntil'>) {
  return {
    customer_id: request.customerId,
    kind: request.kind,
    content: JSON.stringify(request.change),
    summary: request.summary,
    amount_minor: request.amountMinor,
    currency: request.currency,
    why: request.why,
    asked_by: request.askedBy,
    expires_at_ms: request.expiresAtMs,
  };
}

function requestOf(row: Selectable<Schema['request']>): CaseRequest {
  return {
    id: row.id,
    connectionId: row.connection_id as ConnectionId,
    customerId: row.customer_id as CustomerId | null,
    kind: row.kind as DecisionKind,
    change: JSON.parse(row.content) as CaseChange,
    summary: row.summary,
    amountMinor: row.amount_minor,
    currency: row.currency,
    why: row.why,
    askedBy: row.asked_by,
    askedAtMs: row.asked_at_ms,
    expiresAtMs: row.expires_at_ms,
    edition: row.edition,
    state: row.state as RequestState,
    snoozedUntil: row.snoozed_until as Day | null,
  };
}

const stepOf = (row: Selectable<Schema['request_step']>): RequestStep => ({
  step: row.step as RequestStepName,
  edition: row.edition,
  by: row.set_by,
  atMs: row.at_ms,
  why: row.why,
});
