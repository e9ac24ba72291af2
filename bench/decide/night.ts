import { rmSync } from 'node:fs';
import { MEMORY_FLAGS } from '../../src/scheduler/index.ts';
import type { Context } from '../support/context.ts';
import { measure } from '../support/measure.ts';
import type { Usage } from '../support/measured.ts';
import { median, ratioOf } from '../support/median.ts';
import { measured, rounded, shown, type Row } from '../support/results.ts';
import { booksOf, type Books } from './books.ts';

export const NIGHT_BAR = { atMost: 5 };
export const MEMORY_BAR = { atMost: 400 };
export const NIGHT_WHAT = 'judging 50,000 customers, saved ÷ reading their open rows once, CPU';
export const MEMORY_WHAT = 'judging 50,000 customers: peak memory';

/** Facts, rules and decisions of everybody, the night after a night, and the floor, by turns. */
export async function benchNight(context: Context): Promise<Row[]> {
  const books = await booksOf(context);
  const [product, floor, whole]: [Usage[], Usage[], Usage[]] = [[], [], []];
  for (let round = 0; round < context.rounds; round += 1) {
    context.say(`judging everybody: round ${round + 1} of ${context.rounds}`);
    const turns = [
      () => judgeOnce(context, books, `night-${round}`, product, false),
      () => readOnce(books, floor),
      () => judgeOnce(context, books, `whole-${round}`, whole, true),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
  }
  return rowsOf(product, floor, whole);
}

async function judgeOnce(
  context: Context,
  books: Books,
  name: string,
  runs: Usage[],
  whole: boolean,
): Promise<void> {
  const env = books.copy(name);
  const { connectionId } = books;
  // As the process of a night is started.
  const nodeOptions = [...MEMORY_FLAGS, ...context.nodeOptions];
  runs.push(await measure('decide/product-night.ts', { env, connectionId, whole }, { nodeOptions }));
  rmSync(env['HOLDFAST_DATA_DIR'] ?? '', { recursive: true });
}

async function readOnce({ file, connectionId }: Books, runs: Usage[]): Promise<void> {
  runs.push(await measure('decide/floor.ts', { file, connectionId }));
}

function rowsOf(product: Usage[], floor: Usage[], whole: Usage[]): Row[] {
  const cpu = (runs: Usage[]): number[] => runs.map((run) => run.cpuMs);
  const middle = (runs: Usage[], figure: (run: Usage) => number): number => median(runs.map(figure));
  const ratio = ratioOf(cpu(product), cpu(floor));
  const wall = ratioOf(
    product.map((run) => run.wallMs),
    floor.map((run) => run.wallMs),
  );
  const counts = product[0]?.more ?? {};
  const spread = `${rounded(ratio.lowest)} to ${rounded(ratio.highest)} over ${product.length} rounds`;
  const of = `${counts['customers'] ?? 0} customers, ${floor[0]?.invoices ?? 0} open invoices, ${counts['flags'] ?? 0} flags, ${counts['changed'] ?? 0} standings changed`;
  return [
    measured(
      NIGHT_WHAT,
      ratio.figure,
      '',
      NIGHT_BAR,
      `${spread}; by wall clock ${rounded(wall.figure)}; ${of}`,
    ),
    measured(
      MEMORY_WHAT,
      middle(whole, (run) => run.peakRssMb),
      'MB',
      MEMORY_BAR,
      `with the outbox; facts, rules and decisions alone ${rounded(middle(product, (run) => run.peakRssMb))} MB`,
    ),
    shown(
      'the same: CPU',
      middle(product, (run) => run.cpuMs),
      'ms',
    ),
    shown(
      'the same with the outbox: CPU',
      middle(whole, (run) => run.cpuMs),
      'ms',
    ),
    shown(
      'reading the open rows and customers once: CPU',
      middle(floor, (run) => run.cpuMs),
      'ms',
    ),
    shown(
      'reading the open rows and customers once: peak memory',
      middle(floor, (run) => run.peakRssMb),
      'MB',
    ),
  ];
}
