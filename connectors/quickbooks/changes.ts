import { PlatformError } from '../../src/domain/index.ts';
import type { DeletedRow } from '../../src/domain/index.ts';
import { badReply } from '../kit/errors.ts';
import type { HttpReply } from '../kit/http.ts';
import { textAt } from '../kit/rows.ts';
import { KINDS } from './page-source.ts';
import { ENTITIES, fieldOf, type Company, type Entity } from './query.ts';

/** Change data capture looks back 30 days; an hour is left for clocks that differ. */
const LOOK_BACK_MS = 30 * 86_400_000 - 3_600_000;
/** A cut reply is asked for again from where it ended, entity by entity, at most so often each. */
const MAX_ROUNDS = 20;

/** What changed since an instant. */
export interface Changes {
  rows: Map<Entity, unknown[]>;
  deleted: DeletedRow[];
  /** Whether there may be more rows than these: they are then to be read by queries. */
  cut: boolean;
  /** The platform's clock when it answered; null when it did not say. */
  serverMs: number | null;
}

/**
 * Change data capture in one call; null when the platform does not look back so far. No query ever shows a deletion,
 * so that those of a reply that was cut are looked for in further calls; what is still missed then is the sweep's.
 */
export async function captureChanges(
  company: Company,
  sinceMs: number,
  nowMs: number,
): Promise<Changes | null> {
  if ((company.http.lastServerMs ?? nowMs) - sinceMs > LOOK_BACK_MS) return null;
  const first = await capture(company, ENTITIES, sinceMs);
  if (first === null) return null;
  const deleted = first.cut ? await deletionsSince(company, sinceMs) : [];
  return { ...first, deleted: [...first.deleted, ...deleted] };
}

async function deletionsSince(company: Company, fromMs: number): Promise<DeletedRow[]> {
  const deleted: DeletedRow[] = [];
  for (const entity of ENTITIES) {
    let sinceMs = fromMs;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const part = await capture(company, [entity], sinceMs);
      if (part === null) break;
      deleted.push(...part.deleted);
      if (!part.cut) break;
      // More rows of one second than a reply holds cannot be paged through: the next second goes on.
      sinceMs = Math.max(part.newestMs, sinceMs + 1_000);
    }
  }
  return deleted;
}

interface Capture extends Changes {
  newestMs: number;
}

/** GET /cdc; null when the platform will not answer for this span. */
async function capture(
  company: Company,
  entities: readonly Entity[],
  sinceMs: number,
): Promise<Capture | null> {
  const query = { entities: entities.join(','), changedSince: isoText(sinceMs) };
  try {
    return changesOf(await company.get('cdc', query, 'bulk'), company.http.rowsPerReply);
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'PLATFORM_REFUSED') return null;
    throw error;
  }
}

/** A reply of as many objects as it can hold (`cap`), in all or of one entity, has been cut. */
function changesOf(reply: HttpReply, cap: number): Capture {
  const responses = fieldOf(reply.json, 'CDCResponse');
  if (!Array.isArray(responses)) throw badReply('GET cdc', 'it has no CDCResponse', reply.status);
  const changes: Capture = {
    rows: new Map(),
    deleted: [],
    cut: false,
    newestMs: 0,
    serverMs: reply.serverMs,
  };
  let total = 0;
  for (const answer of responses.flatMap((response: unknown) => listOf(response, 'QueryResponse'))) {
    for (const entity of ENTITIES) total += take(changes, entity, listOf(answer, entity), cap);
  }
  changes.cut ||= total >= cap;
  return changes;
}

/** Adds the rows of one entity's answer; returns how many there were. */
function take(changes: Capture, entity: Entity, rows: unknown[], cap: number): number {
  const alive = changes.rows.get(entity) ?? [];
  for (const row of rows) {
    const remoteId = textAt(row, 'Id');
    if (fieldOf(row, 'status') !== 'Deleted') alive.push(row);
    else if (remoteId !== '') changes.deleted.push({ kind: KINDS[entity], remoteId });
    const updatedMs = Date.parse(textAt(row, 'MetaData', 'LastUpdatedTime'));
    if (updatedMs > changes.newestMs) changes.newestMs = updatedMs;
  }
  changes.rows.set(entity, alive);
  changes.cut ||= rows.length >= cap;
  return rows.length;
}

function listOf(value: unknown, key: string): unknown[] {
  const list = fieldOf(value, key);
  return Array.isArray(list) ? list : [];
}

/** An instant as the query language and CDC take it, to the second. */
export const isoText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}+00:00`;
