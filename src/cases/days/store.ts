import { sql } from 'kysely';
import type { ConnectionId, Day } from '../../domain/index.ts';
import type { Reader } from '../../store/index.ts';

/** When what people know of a connection's customers became, or becomes by itself, something else. */
export interface CaseDays {
  /** First days on which something counts, or counts no longer. */
  days: Day[];
  /** When something was written down, epoch ms. */
  atMs: number[];
}

/** Each table of versions with its columns that hold a first day, and a last day. */
const TABLES: readonly (readonly [table: string, first: readonly string[], last: readonly string[]])[] = [
  ['limit_change', ['day', 'review_on'], []],
  ['limit_group_change', ['day'], []],
  ['temporary_limit', ['day', 'from_day'], ['to_day']],
  ['insured_limit', ['day'], ['until_day']],
  ['customer_tag', ['day'], []],
  ['dispute', ['day', 'opened_on'], ['review_by']],
  ['promise', ['day', 'promised_on'], ['due_on']],
  ['manual_standing', ['day'], ['until_day']],
  ['hold_release', ['day', 'from_day'], ['until_day']],
];

/**
 * The only days and instants around which readCaseFile can answer otherwise than before, in order. What was due on a
 * last day is over on the day after it: that one is listed.
 */
export async function readCaseDays(reader: Reader, id: ConnectionId): Promise<CaseDays> {
  const days = new Set<string>();
  const atMs = new Set<number>();
  for (const [table, first, last] of TABLES) {
    const columns = [...first, ...last.map((column) => `date(${column}, '+1 day')`)];
    for (const column of columns) {
      const { rows } = await sql<{ found: string | null }>`
        SELECT DISTINCT ${sql.raw(column)} AS found FROM ${sql.table(table)} WHERE connection_id = ${id}`.execute(
        reader,
      );
      for (const { found } of rows) if (found !== null) days.add(found);
    }
    const { rows } = await sql<{ found: number }>`
      SELECT DISTINCT at_ms AS found FROM ${sql.table(table)} WHERE connection_id = ${id}`.execute(reader);
    for (const { found } of rows) atMs.add(found);
  }
  return { days: [...days].sort() as Day[], atMs: [...atMs].sort((a, b) => a - b) };
}
