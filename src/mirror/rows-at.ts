import type { ConnectionId, CustomerId } from '../domain/index.ts';
import { overRows, type Cell, type Reader, type RowAccess } from '../store/index.ts';
import type { RowKind } from './rows.ts';

/** Rows of one kind that meet some conditions. */
export interface RowQuery {
  kind: RowKind;
  /** 'remote_id', of credits also 'kind', and columns of the table. */
  columns: readonly string[];
  /** A column and what follows it: `= 'open'`, or with one value `<= ?`. */
  where: readonly (readonly [column: string, comparison: string, ...value: Cell[]])[];
  /** The index to go by while everything is read as it stands now. */
  index?: string;
  /** The column that the index is in the order of, one of `columns`: everybody's rows are read in slices of it. */
  sliceBy?: string;
  orderBy?: string;
}

/** Which state of the mirror is read, and of whom. */
export interface RowView {
  /** The state that this run left behind; null = the newest. */
  run: number | null;
  /** Only rows of these customers; undefined = of everybody. */
  only?: readonly CustomerId[] | undefined;
  /** Only rows of customers whose ids lie there; of the newest state alone. */
  range?: IdRange | undefined;
}

/** Ids from one on and below another, in the order of their bytes; null = to the end. */
export interface IdRange {
  from: string;
  below: string | null;
}

/**
 * Reads rows as the mirror held them after a run, row by row: those that no later run touched lie in the table, the
 * others as they were in row_history. Cells come in the order of the query's columns.
 */
export async function scanRowsAt(
  reader: Reader,
  id: ConnectionId,
  query: RowQuery,
  view: RowView,
  take: (row: Cell[]) => void,
): Promise<void> {
  await overRows(reader, (rows) => {
    if (
      view.run === null &&
      view.only === undefined &&
      view.range === undefined &&
      query.sliceBy !== undefined
    )
      return scanSlices(rows, id, query, query.sliceBy, take);
    const parts = view.run === null ? [nowPart(id, query, view)] : pastParts(id, query, view, view.run);
    const text = parts.map((part) => part.text).join(' UNION ALL ');
    const values = parts.flatMap((part) => part.values);
    const order = query.orderBy === undefined ? '' : ` ORDER BY ${query.orderBy}`;
    for (const row of rows.prepare(text + order).all(values)) take(row);
  });
}

const SLICE_ROWS = 20_000;

/** Slice by slice in the order of a column; the last value of a slice, which may go on, begins the next one. */
function scanSlices(
  rows: RowAccess,
  id: ConnectionId,
  query: RowQuery,
  column: string,
  take: (row: Cell[]) => void,
): void {
  const part = nowPart(id, query, { run: null });
  const at = query.columns.indexOf(column);
  const slice = rows.prepare(`${part.text} AND ${column} > ? ORDER BY ${column} LIMIT ?`);
  const rest = rows.prepare(`${part.text} AND ${column} = ?`);
  let after: Cell = '';
  for (;;) {
    const some = slice.all([...part.values, after, SLICE_ROWS]);
    if (some.length < SLICE_ROWS) return some.forEach((row) => take(row));
    const last = some.at(-1)?.[at] ?? null;
    for (const row of some) if (row[at] !== last) take(row);
    for (const row of rest.all([...part.values, last])) take(row);
    after = last;
  }
}

interface Part {
  text: string;
  values: Cell[];
}

function nowPart(id: ConnectionId, query: RowQuery, { only, range }: RowView): Part {
  const { kind, columns, index } = query;
  const conditions = conditionsOf(query, (column) => column);
  const column = kind === 'customer' ? 'remote_id' : 'customer_id';
  const whose = range === undefined ? ofCustomers(column, only) : inRange(column, range);
  const by = index === undefined ? '' : ` INDEXED BY ${index}`;
  return {
    text: `SELECT ${columns.join(', ')} FROM ${kind}${by} WHERE connection_id = ?${conditions.text}${whose.text}`,
    values: [id, ...conditions.values, ...whose.values],
  };
}

function pastParts(id: ConnectionId, query: RowQuery, view: RowView, run: number): Part[] {
  const { index: _index, ...plain } = query;
  const now = nowPart(id, plain, view);
  const { kind, columns } = query;
  const conditions = conditionsOf(query, (column) => pastColumn(kind, column));
  const whose = ofCustomers(kind === 'customer' ? 'remote_id' : pastColumn(kind, 'customer_id'), view.only);
  const selected = columns.map((column) => `${pastColumn(kind, column)} AS ${column}`).join(', ');
  return [
    { text: `${now.text} AND run <= ?`, values: [...now.values, run] },
    {
      text:
        `SELECT ${selected} FROM row_history WHERE connection_id = ? AND kind = ? AND until_run > ? ` +
        `AND from_run <= ?${conditions.text}${whose.text}`,
      values: [id, kind, run, run, ...conditions.values, ...whose.values],
    },
  ];
}

function conditionsOf({ where }: RowQuery, name: (column: string) => string): Part {
  return {
    text: where.map(([column, comparison]) => ` AND ${name(column)} ${comparison}`).join(''),
    values: where.flatMap(([, , ...value]) => value),
  };
}

function ofCustomers(column: string, only: RowView['only']): Part {
  if (only === undefined) return { text: '', values: [] };
  return {
    text: ` AND ${column} IN (SELECT value FROM json_each(?))`,
    values: [JSON.stringify(only)],
  };
}

function inRange(column: string, { from, below }: IdRange): Part {
  if (below === null) return { text: ` AND ${column} >= ?`, values: [from] };
  return { text: ` AND ${column} >= ? AND ${column} < ?`, values: [from, below] };
}

/** Where row_history has what is a column in the table. The key of a credit is its kind and its id. */
function pastColumn(kind: RowKind, column: string): string {
  if (kind === 'credit' && column === 'kind') return "substr(remote_id, 1, instr(remote_id, ':') - 1)";
  if (column !== 'remote_id') return `json_extract(content, '$.${column}')`;
  return kind === 'credit' ? "substr(remote_id, instr(remote_id, ':') + 1)" : 'remote_id';
}
