import { passes, rounded, type Bar, type Row } from './results.ts';

const HEAD = ['what', 'bar', 'figure', ''];

/** The rows as text: what, bar, figure, pass or short; below them the notes, and why a row failed. */
export function renderRows(rows: readonly Row[]): string {
  const cells = [HEAD, ...rows.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map((line) => line.map((cell, column) => aligned(cell, column, widths)).join('  '));
  const notes = rows.flatMap((row) => {
    const text = row.failed === undefined ? row.note : `failed: ${row.failed}`;
    return text === undefined ? [] : [`  ${row.what}: ${text}`];
  });
  return [...lines.map((line) => line.trimEnd()), ...(notes.length > 0 ? ['', ...notes] : [])].join('\n');
}

function aligned(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0;
  return column === 2 ? cell.padStart(width) : cell.padEnd(width);
}

function cellsOf(row: Row): string[] {
  const figure = row.figure === null ? '–' : `${rounded(row.figure)} ${row.unit}`.trim();
  return [row.what, row.bar === null ? '' : barText(row.bar), figure, verdict(row)];
}

function verdict(row: Row): string {
  if (row.failed !== undefined) return 'failed';
  const pass = passes(row);
  return pass === null ? '' : pass ? 'pass' : 'short';
}

const barText = (bar: Bar): string => ('atMost' in bar ? `≤ ${bar.atMost}` : `≥ ${bar.atLeast}`);
