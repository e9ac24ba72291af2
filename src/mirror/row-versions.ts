import { dayAt, type ConnectionId, type Day } from '../domain/index.ts';
import { overRows, type Cell, type Reader } from '../store/index.ts';
import type { Connection } from './connections.ts';
import type { RowKind } from './rows.ts';

/** A row as it stood from one run on, until another. */
export interface RowVersion {
  fromRun: number;
  /** The first run that no longer had it so; Infinity = it still stands. */
  untilRun: number;
  /** In the order of the columns that were asked for. */
  cells: Cell[];
}

/** From a day on, the run that its figures rest on at its end. */
export interface RunDay {
  day: Day;
  run: number;
}

/** The days on which the newest published run became another, oldest first; empty before the first sync. */
export async function readRunDays(reader: Reader, { id, timeZone }: Connection): Promise<RunDay[]> {
  const runs = await reader
    .selectFrom('run')
    .select(['number', 'finished_at_ms'])
    .where('connection_id', '=', id)
    .where('state', '=', 'published')
    .where('finished_at_ms', 'is not', null)
    .orderBy('finished_at_ms')
    .execute();
  const days: RunDay[] = [];
  for (const { number, finished_at_ms: finishedAtMs } of runs) {
    const day = dayAt(finishedAtMs ?? 0, timeZone);
    const last = days.at(-1);
    if (last !== undefined && number < last.run) continue;
    if (last?.day === day) last.run = number;
    else days.push({ day, run: number });
  }
  return days;
}

/**
 * Goes over the rows of a kind, each with all its versions, oldest first. A credit's key is its kind and its id. Only
 * what row_history has is held in memory; rows that never changed come and go.
 */
export async function overRowVersions(
  reader: Reader,
  id: ConnectionId,
  kind: RowKind,
  columns: readonly string[],
  take: (key: string, versions: RowVersion[]) => void,
): Promise<void> {
  const key = kind === 'credit' ? "kind || ':' || remote_id" : 'remote_id';
  await overRows(reader, (rows) => {
    const past = new Map<string, RowVersion[]>();
    const history = rows.prepare(
      'SELECT remote_id, from_run, until_run, content FROM row_history ' +
        'WHERE connection_id = ? AND kind = ? ORDER BY until_run, from_run',
    );
    history.each([id, kind], ([rowKey, fromRun, untilRun, content]) => {
      const found = JSON.parse(String(content)) as Record<string, Cell>;
      const cells = columns.map((column) => found[column] ?? null);
      const version = { fromRun: Number(fromRun), untilRun: Number(untilRun), cells };
      const list = past.get(String(rowKey));
      if (list === undefined) past.set(String(rowKey), [version]);
      else list.push(version);
    });
    const now = rows.prepare(
      `SELECT ${key}, run, ${columns.join(', ')} FROM ${kind} WHERE connection_id = ?`,
    );
    now.each([id], ([rowKey, run, ...cells]) => {
      const current = { fromRun: Number(run), untilRun: Infinity, cells };
      take(String(rowKey), [...(past.get(String(rowKey)) ?? []), current]);
    });
  });
}

/** A version with the days at whose end it stood. */
export interface DatedVersion {
  from: Day;
  /** The first day at whose end it stood no longer; null = it still stands. */
  until: Day | null;
  cells: Cell[];
}

/** The versions that any day ended with, oldest first: what a run changed again on the same day nobody ever saw. */
export function datedVersions(versions: readonly RowVersion[], days: readonly RunDay[]): DatedVersion[] {
  return versions.flatMap(({ fromRun, untilRun, cells }) => {
    const from = firstFrom(days, fromRun);
    const until = firstFrom(days, untilRun);
    return from === null || from === until ? [] : [{ from, until, cells }];
  });
}

/** The first day that ended with a run of this number or a later one. */
function firstFrom(days: readonly RunDay[], run: number): Day | null {
  const first = days[0];
  if (first !== undefined && run <= first.run) return first.day;
  return days.find((one) => one.run >= run)?.day ?? null;
}

/** The version that stood after a run; null = there was none. */
export function versionAt(versions: readonly RowVersion[], run: number): RowVersion | null {
  return versions.find(({ fromRun, untilRun }) => fromRun <= run && run < untilRun) ?? null;
}
