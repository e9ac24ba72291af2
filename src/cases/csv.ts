import { parse } from 'csv-parse/sync';
import { HoldfastError } from '../domain/index.ts';

/** One row of a CSV with the line on which it begins in the file. */
export interface CsvRow {
  line: number;
  cells: Record<string, string>;
}

/**
 * Reads CSV text with a header line. A byte-order mark, CRLF and `;` as separator are understood. Throws CSV_INVALID
 * for an empty file, unknown, doubled or missing columns, and rows of the wrong length.
 */
export function readCsv(text: string, columns: { required: string[]; optional: string[] }): CsvRow[] {
  // One kind of line end: the parser would count a CRLF inside quotes as two lines.
  const clean = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const fault = textFault(clean);
  if (fault !== null) throw csvInvalid([`${fault} (save it as CSV UTF-8)`]);
  const header = clean.split('\n', 1)[0] ?? '';
  const delimiter = header.includes(';') && !header.includes(',') ? ';' : ',';
  const rows = parseRows(clean, delimiter);
  const names = (rows.shift()?.cells ?? []).map((name) => name.trim().toLowerCase());
  checkHeader(names, columns);
  const faults = rows
    .filter((row) => row.cells.length !== names.length)
    .map((row) => `line ${row.line}: ${row.cells.length} cells where the header has ${names.length}`);
  if (faults.length > 0) throw csvInvalid(faults);
  if (rows.length === 0) throw csvInvalid(['it has no rows below its header']);
  return rows.map((row) => ({
    line: row.line,
    cells: Object.fromEntries(names.map((name, i) => [name, (row.cells[i] ?? '').trim()])),
  }));
}

/** The error for a file that was refused; every fault on a line of its own. */
export function csvInvalid(faults: string[]): HoldfastError {
  return new HoldfastError(
    'CSV_INVALID',
    `The file was refused, nothing was imported:\n  ${faults.join('\n  ')}`,
    {
      hint: 'Correct the lines named and import it again.',
    },
  );
}

/**
 * Quotes a cell where needed; a cell that a spreadsheet would run as a formula gets an apostrophe (OWASP ASVS 1.2.10),
 * and so does one that looks as if it had got one: `unguardedCell` takes exactly one away.
 */
export function csvCell(value: string): string {
  const safe = /^'*[=+\-@\t\r]/.test(value) && !/^-?\d+(\.\d+)?$/.test(value) ? `'${value}` : value;
  return /[",;\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A cell that `csvCell` guarded, as it was. */
export const unguardedCell = (text: string): string => (/^'+[=+\-@\t\r]/.test(text) ? text.slice(1) : text);

/** Why a text is not what an editor would have shown; a file that is no UTF-8 was read with marks in place of letters. */
function textFault(text: string): string | null {
  if (text.startsWith('PK\u0003\u0004')) return 'it is an Excel workbook, not UTF-8 text';
  // Of UTF-16, every second byte of plain letters is nothing, wherever it begins.
  const nothing = text.slice(0, 40).split('\u0000').length - 1;
  if (nothing > 5) return 'it is UTF-16, not UTF-8 text';
  if (text.includes('\u0000')) return 'it is not UTF-8 text';
  const line = text.split('\n').findIndex((one) => one.includes('\uFFFD')) + 1;
  return line === 0 ? null : `it is not UTF-8 text: line ${line} has letters in another encoding`;
}

function parseRows(text: string, delimiter: string): { line: number; cells: string[] }[] {
  try {
    const parsed = parse(text, { delimiter, info: true, relax_column_count: true, skip_empty_lines: true });
    const rows = parsed as unknown;
    return (rows as { record: string[]; info: { lines: number } }[]).map(({ record, info }) => ({
      line: info.lines - record.join('').split('\n').length + 1,
      cells: record,
    }));
  } catch (cause) {
    throw csvInvalid([cause instanceof Error ? cause.message : 'it is not CSV']);
  }
}

function checkHeader(names: string[], columns: { required: string[]; optional: string[] }): void {
  const known = [...columns.required, ...columns.optional];
  const faults = [
    ...columns.required
      .filter((name) => !names.includes(name))
      .map((name) => `line 1: the column "${name}" is missing`),
    ...names
      .filter((name) => !known.includes(name))
      .map((name) => `line 1: the column "${name}" is not known`),
    ...names
      .filter((name, i) => names.indexOf(name) !== i)
      .map((name) => `line 1: the column "${name}" stands twice`),
  ];
  if (faults.length > 0) throw csvInvalid([...faults, `known columns: ${known.join(', ')}`]);
}
