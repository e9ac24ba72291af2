import Database from 'better-sqlite3';
import type { ConnectionId } from '../../src/domain/index.ts';
import { allocationsText } from './expected.ts';
import type { ExpectedAllocation, ExpectedRow } from './expected.ts';

type Cell = string | number | null;
type MirrorRow = Record<string, Cell>;

const TABLES = ['customer', 'invoice', 'credit', 'payment'] as const;

/** Every mirrored row of a connection by 'table key', as it lies in the product's database file. */
export function readMirror(databaseFile: string, id: ConnectionId): Map<string, MirrorRow> {
  const db = new Database(databaseFile, { readonly: true });
  try {
    const all = TABLES.flatMap((table) => {
      const rows = db.prepare(`SELECT * FROM ${table} WHERE connection_id = ?`).all(id) as MirrorRow[];
      return rows.map((row): [string, MirrorRow] => [`${table} ${keyOf(table, row)}`, row]);
    });
    return new Map(all);
  } finally {
    db.close();
  }
}

const keyOf = (table: string, row: MirrorRow): string =>
  table === 'credit' ? `${row['kind']}/${row['remote_id']}` : String(row['remote_id']);

export interface CompareOptions {
  /** Rows that changed at or after this instant may still be on their way, and vanished ones may still stand. */
  changedBeforeMs?: number;
}

/** Differences between what the mirror holds and what it should hold, one readable line each. */
export function differences(
  mirror: ReadonlyMap<string, MirrorRow>,
  expected: readonly ExpectedRow[],
  { changedBeforeMs = Infinity }: CompareOptions = {},
): string[] {
  const found: string[] = [];
  const known = new Set<string>();
  for (const row of expected) {
    const name = `${row.table} ${row.key}`;
    known.add(name);
    if (row.updatedMs < changedBeforeMs) found.push(...differencesOf(name, mirror.get(name), row));
  }
  if (changedBeforeMs === Infinity) {
    for (const [name, row] of mirror) {
      if (!known.has(name) && row['status'] !== 'deleted' && !saysNothing(name, row))
        found.push(`${name}: the platform has it no more; the mirror says "${row['status']}"`);
    }
    found.push(...sumDifferences(mirror, expected));
  }
  return found;
}

/** The unapplied part of a payment that has none (any more). */
const saysNothing = (name: string, row: MirrorRow): boolean =>
  name.startsWith('credit unapplied-payment/') && row['open_minor'] === 0;

function differencesOf(name: string, row: MirrorRow | undefined, expected: ExpectedRow): string[] {
  const at = `changed ${new Date(expected.updatedMs).toISOString()}`;
  if (expected.gone) {
    const left = row !== undefined && row['status'] !== 'deleted' && !saysNothing(name, row);
    return left ? [`${name}: was deleted (${at}); the mirror says "${row['status']}"`] : [];
  }
  if (row === undefined && expected.dispensable === true) return [];
  if (row === undefined) return [`${name}: is missing in the mirror (${at})`];
  return Object.entries(expected.columns).flatMap(([column, wanted]) => {
    const got = comparable(column, row[column] ?? null);
    if (same(column, got, wanted)) return [];
    return [`${name}.${column}: mirror ${JSON.stringify(got)}, platform ${JSON.stringify(wanted)} (${at})`];
  });
}

function comparable(column: string, value: Cell): Cell {
  if (column === 'allocations') return allocationsText(JSON.parse(String(value)) as ExpectedAllocation[]);
  if (column === 'rate' && value !== null) return Number(value);
  return value;
}

function same(column: string, got: Cell, wanted: Cell): boolean {
  if (column !== 'rate' || typeof got !== 'number' || typeof wanted !== 'number') return got === wanted;
  return Math.abs(got - wanted) <= 1e-12 * Math.abs(wanted);
}

/** Money in total, to the cent: what is open by table and currency. */
function sumDifferences(mirror: ReadonlyMap<string, MirrorRow>, expected: readonly ExpectedRow[]): string[] {
  const ours = new Map<string, number>();
  const theirs = new Map<string, number>();
  for (const [name, row] of mirror) add(ours, name, row);
  for (const row of expected) add(theirs, row.table, row.columns);
  const names = new Set([...ours.keys(), ...theirs.keys()]);
  return [...names]
    .filter((name) => (ours.get(name) ?? 0) !== (theirs.get(name) ?? 0))
    .map((name) => `open ${name}: mirror ${ours.get(name) ?? 0}, platform ${theirs.get(name) ?? 0}`);
}

function add(sums: Map<string, number>, name: string, row: MirrorRow): void {
  const open = row['open_minor'];
  if (typeof open !== 'number' || row['status'] !== 'open') return;
  const key = `${name.split(' ')[0]} in ${row['currency']}`;
  sums.set(key, (sums.get(key) ?? 0) + open);
}
