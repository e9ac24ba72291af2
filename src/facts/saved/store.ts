import type { ConnectionId, CustomerId, Day } from '../../domain/index.ts';
import { readRun } from '../../mirror/index.ts';
import { overRows, type Reader } from '../../store/index.ts';
import type { FactsDocument } from '../document.ts';
import type { FactsOfDay } from '../store.ts';
import { contentOf, documentOf, isWorthKeeping } from './content.ts';

/** A night of which facts are kept, and what they rest on. */
export interface SavedDay {
  asOf: Day;
  run: number;
  /** Until when what people noted, and rates, were taken in, epoch ms; 0 = it was not kept. */
  knownAtMs: number;
}

/** Facts as a judgement wrote them down, for while there are no newer ones. */
export interface SavedFacts extends SavedDay {
  /** When that run was published: how old these facts are. */
  publishedAtMs: number;
  documents: FactsDocument[];
}

/** The newest day not after `asOf` of which facts are kept; null when none were ever saved. */
export async function readSavedDay(reader: Reader, id: ConnectionId, asOf: Day): Promise<SavedDay | null> {
  const row = await reader
    .selectFrom('facts_day')
    .select(['as_of', 'run', 'known_at_ms'])
    .where('connection_id', '=', id)
    .where('as_of', '<=', asOf)
    .orderBy('as_of', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : { asOf: row.as_of as Day, run: row.run, knownAtMs: row.known_at_ms };
}

/** The newest saved facts of a day not after `asOf`, in the order of customer ids; null when none were ever saved. */
export async function readSavedFacts(
  reader: Reader,
  id: ConnectionId,
  asOf: Day,
): Promise<SavedFacts | null> {
  const day = await readSavedDay(reader, id, asOf);
  if (day === null) return null;
  const documents: FactsDocument[] = [];
  const text = `SELECT content FROM customer_facts WHERE ${HELD_THEN} ORDER BY customer_id`;
  await overRows(reader, (rows) => {
    rows.prepare(text).each([id, day.asOf, day.asOf], ([content]) => {
      documents.push(documentOf(String(content), day.asOf));
    });
  });
  const publishedAtMs = (await readRun(reader, id, day.run))?.finishedAtMs ?? 0;
  return { ...day, publishedAtMs, documents };
}

/** As readSavedFacts, the documents of some customers alone; empty when none were ever saved. */
export async function readSavedFactsOf(
  reader: Reader,
  id: ConnectionId,
  { asOf }: SavedDay,
  customers: readonly CustomerId[],
): Promise<FactsDocument[]> {
  const rows = await reader
    .selectFrom('customer_facts')
    .select('content')
    .where('connection_id', '=', id)
    .where('until_day', '>=', asOf)
    .where('as_of', '<=', asOf)
    .where('customer_id', 'in', customers)
    .execute();
  return rows.map(({ content }) => documentOf(content, asOf));
}

/** A content holds from the night of `as_of` to the one of `until_day`. */
const HELD_THEN = 'connection_id = ? AND until_day >= ? AND as_of <= ?';

/**
 * The documents that readSavedFacts would give of facts, had they been saved: in the same order and form, to the byte.
 * Pure.
 */
export function documentsToKeep({ asOf, facts }: Pick<FactsOfDay, 'asOf' | 'facts'>): FactsDocument[] {
  const kept = facts.filter(isWorthKeeping).sort((a, b) => (a.customer.id < b.customer.id ? -1 : 1));
  return kept.map((one) => documentOf(contentOf(one), asOf));
}
