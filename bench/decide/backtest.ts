import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FULL_SIZE, QUICK_SIZE, type Context } from '../support/context.ts';
import { measure } from '../support/measure.ts';
import type { Usage } from '../support/measured.ts';
import { median, ratioOf } from '../support/median.ts';
import { measured, rounded, shown, type Row } from '../support/results.ts';

export const BACKTEST_BAR = { atMost: 30 };
export const BACKTEST_MEMORY_BAR = { atMost: 400 };
export const BACKTEST_WHAT = 'backtest of 365 days ÷ one evaluation of the same company, CPU';
export const BACKTEST_MEMORY_WHAT = 'backtest of 365 days: peak memory';

/**
 * The medium world of the emulator, synced by the product, with its limits: a backtest of a year, from the opening of
 * the database to the last total, against facts, rules and decisions of its last day, without any reading or saving.
 */
export async function benchBacktest(context: Context): Promise<Row[]> {
  const size = context.quick ? QUICK_SIZE : FULL_SIZE;
  context.say(`backtest: syncing the ${size} world`);
  const folder = join(context.folder, 'backtest');
  mkdirSync(folder);
  await measure('decide/sync-world.ts', { folder, size });
  const task = JSON.parse(readFileSync(join(folder, 'task.json'), 'utf8')) as object;
  const [backtests, evaluations]: [Usage[], Usage[]] = [[], []];
  for (let round = 0; round < context.rounds; round += 1) {
    context.say(`backtest: round ${round + 1} of ${context.rounds}`);
    const turns = [
      async () => backtests.push(await measure('decide/product-backtest.ts', task, context)),
      async () => evaluations.push(await measure('decide/product-evaluation.ts', task, context)),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
  }
  return rowsOf(backtests, evaluations);
}

function rowsOf(backtests: Usage[], evaluations: Usage[]): Row[] {
  const cpu = (runs: Usage[]): number[] => runs.map((run) => run.cpuMs);
  const middle = (runs: Usage[], figure: (run: Usage) => number): number => median(runs.map(figure));
  const ratio = ratioOf(cpu(backtests), cpu(evaluations));
  const warm = ratioOf(
    cpu(backtests),
    evaluations.map((run) => run.more?.['warmCpuMs'] ?? NaN),
  );
  const counts = backtests[0]?.more ?? {};
  const spread = `${rounded(ratio.lowest)} to ${rounded(ratio.highest)} over ${backtests.length} rounds`;
  const of = `${counts['customers'] ?? 0} customers, ${backtests[0]?.invoices ?? 0} invoices, ${counts['judged'] ?? 0} judgements, ${counts['holds'] ?? 0} holds`;
  return [
    measured(BACKTEST_WHAT, ratio.figure, '', BACKTEST_BAR, `${spread}; ${of}`),
    measured(
      BACKTEST_MEMORY_WHAT,
      middle(backtests, (run) => run.peakRssMb),
      'MB',
      BACKTEST_MEMORY_BAR,
    ),
    shown(
      'the same: CPU',
      median(cpu(backtests)),
      'ms',
      `reading ${rounded(middle(backtests, (run) => run.more?.['readCpuMs'] ?? NaN))} ms of it`,
    ),
    shown('one evaluation, as the night’s process does it: CPU', median(cpu(evaluations)), 'ms'),
    shown('backtest ÷ an evaluation repeated until it is as fast as it gets', warm.figure, ''),
  ];
}
