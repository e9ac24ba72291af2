import type { CompanyBooks } from './books.ts';
import { schemaOf } from './entity-schema.ts';
import type { EntitySchema } from './entity-schema.ts';
import { invalidQuery, missing } from './fault-bodies.ts';
import { parseInstant } from './zone-time.ts';

const lookBackMs = 30 * 86_400_000;

/**
 * Answers change data capture: whole records changed since an instant at most 30 days back, and tombstones of
 * deleted ones; oldest change first, cut off at the cap without a word.
 * https://developer.intuit.com/app/developer/qbo/docs/learn/explore-the-quickbooks-online-api/change-data-capture
 */
export function changeData(
  books: CompanyBooks,
  entities: string | null,
  changedSince: string | null,
): string {
  const sinceMs = sinceOf(books, changedSince);
  const { cdcCapObjects, cdcCapPer } = books.options;
  let room = cdcCapObjects;
  const answers = entitiesOf(entities).map((entity) => {
    const records = changedRecords(books, entity, sinceMs, room);
    if (cdcCapPer === 'response') room -= records.length;
    return answer(books, entity, records);
  });
  return `{"CDCResponse":[{"QueryResponse":[${answers.join(',')}]}],"time":"${books.replyTime()}"}`;
}

function entitiesOf(entities: string | null): EntitySchema[] {
  if (entities === null || entities.trim() === '') throw missing('entities');
  return entities.split(',').map((name) => {
    const entity = schemaOf(name.trim());
    if (!entity) throw invalidQuery(`Unsupported entity ${name.trim()}`);
    return entity;
  });
}

function sinceOf(books: CompanyBooks, changedSince: string | null): number {
  if (changedSince === null) throw missing('changedSince');
  const sinceMs = parseInstant(changedSince, books.zone);
  if (Number.isNaN(sinceMs)) throw invalidQuery(`Invalid changedSince ${changedSince}`);
  if (sinceMs < books.world.clock.nowMs() - lookBackMs) {
    throw invalidQuery('changedSince must be within the last 30 days');
  }
  return sinceMs;
}

function changedRecords(books: CompanyBooks, entity: EntitySchema, sinceMs: number, room: number): string[] {
  return books.world.state.db
    .prepare(
      `SELECT json FROM row INDEXED BY row_by_update WHERE company = ? AND entity = ? AND updated_ms >= ?
       ORDER BY updated_ms, seq LIMIT ?`,
    )
    .pluck()
    .all(books.realm, entity.name, sinceMs, Math.max(0, room)) as string[];
}

function answer(books: CompanyBooks, entity: EntitySchema, records: string[]): string {
  if (records.length === 0) return '{}';
  const count = String(records.length);
  const total = books.options.totalCount === 'always' ? `,"totalCount":${count}` : '';
  return `{"${entity.name}":[${records.join(',')}],"startPosition":1,"maxResults":${count}${total}}`;
}
