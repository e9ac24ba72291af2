import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** The line that a figure has to reach. `atMost` or `atLeast`, both inclusive. */
export type Bar = { atMost: number } | { atLeast: number };

/** One line of the table: a figure with its bar, a figure for information, or why there is none. */
export interface Row {
  what: string;
  unit: string;
  figure: number | null;
  bar: Bar | null;
  /** What else belongs to the figure: the spread, the parts that it is made of. */
  note?: string;
  /** Why it could not be measured. */
  failed?: string;
}

/** The shape of bench/results.json, an array of these. `pass` is null where there is no bar. */
export interface Result {
  bench: string;
  what: string;
  figure: number | null;
  unit: string;
  bar: number | null;
  pass: boolean | null;
}

/** A figure that must reach a bar. */
export function measured(what: string, figure: number, unit: string, bar: Bar, note = ''): Row {
  return { what, figure, unit, bar, ...(note === '' ? {} : { note }) };
}

/** A figure that is shown, and judged by nobody. */
export function shown(what: string, figure: number, unit: string, note = ''): Row {
  return { what, figure, unit, bar: null, ...(note === '' ? {} : { note }) };
}

/** What could not be measured counts as short of its bar. */
export function notMeasured(what: string, unit: string, bar: Bar | null, error: unknown): Row {
  const failed = error instanceof Error ? error.message : String(error);
  return { what, figure: null, unit, bar, failed };
}

/** Whether a row reaches its bar, by the exact figure and not by the rounded one; null = it has none. */
export function passes({ figure, bar }: Row): boolean | null {
  if (bar === null) return null;
  if (figure === null || Number.isNaN(figure)) return false;
  return 'atMost' in bar ? figure <= bar.atMost : figure >= bar.atLeast;
}

/** A row as results.json has it, its figure rounded for reading. */
export function resultOf(bench: string, row: Row): Result {
  const { what, figure, unit, bar } = row;
  return {
    bench,
    what,
    figure: figure === null ? null : rounded(figure),
    unit,
    bar: bar === null ? null : 'atMost' in bar ? bar.atMost : bar.atLeast,
    pass: passes(row),
  };
}

/** Two decimals below 100, one above: nobody measures finer. */
export function rounded(figure: number): number {
  const places = Math.abs(figure) < 100 ? 100 : 10;
  return Math.round(figure * places) / places;
}

/** Puts the results of one bench into the file; those of the others stay. */
export function keepResults(file: URL, bench: string, results: readonly Result[]): void {
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Result[]) : [];
  const others = before.filter((result) => result.bench !== bench);
  writeFileSync(file, `${JSON.stringify([...others, ...results], null, 2)}\n`);
}
