import type { Context } from '../support/context.ts';
import { measure } from '../support/measure.ts';
import type { Usage } from '../support/measured.ts';
import { median } from '../support/median.ts';
import { measured, rounded, type Row } from '../support/results.ts';
import { booksOf } from './books.ts';

export const ONE_BAR = { atMost: 5 };
export const ONE_WHAT = 'judging one customer after a webhook';
const CUSTOMERS = 200;

/** Facts, rules and decision of single customers among many, one process a round; the median customer counts. */
export async function benchOneCustomer(context: Context): Promise<Row[]> {
  const books = await booksOf(context);
  const task = { env: books.copy('one'), connectionId: books.connectionId, customers: books.some(CUSTOMERS) };
  const runs: Usage[] = [];
  for (let round = 0; round < context.rounds; round += 1) {
    context.say(`judging one customer: round ${round + 1} of ${context.rounds}`);
    runs.push(await measure('decide/product-around.ts', task, context));
  }
  const figure = (name: string): number => median(runs.map((run) => run.more?.[name] ?? NaN));
  const note =
    `of ${CUSTOMERS} customers with ${runs[0]?.invoices ?? 0} open invoices around each; ` +
    `95 % within ${rounded(figure('p95Ms'))} ms, the very first of a process ${rounded(figure('firstMs'))} ms`;
  return [measured(ONE_WHAT, figure('medianMs'), 'ms', ONE_BAR, note)];
}
