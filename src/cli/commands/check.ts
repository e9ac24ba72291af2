import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { Desk, describeAnswer, parseOrder, type AnswerDocument } from '../../desk/index.ts';
import { formatMoney } from '../../domain/index.ts';
import { chooseOneConnection } from '../choose-connections.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { ANSWER_EXIT_CODES } from '../exit-codes.ts';
import { printJson, printLine } from '../print.ts';
import { renderTable, type Column } from '../table.ts';

interface CheckOptions extends CommonOptions {
  order: string;
  currency?: string;
  connection?: string;
  reference?: string;
}

export function checkCommand(): Command {
  return command('check', 'the order desk: whether a customer may be given an order on account')
    .argument('<customer>', 'id, account number, exact name or main e-mail address')
    .requiredOption('--order <amount>', 'what the order comes to, such as 1200.00')
    .option('--currency <code>', 'of the order (default: that of the organisation)')
    .option('--connection <id>', 'which company, when several are connected')
    .option('--reference <text>', "the order's number, which a release for one order names")
    .addHelpText('after', '\nEnds with 0 for yes, 8 for ask, 9 for no; other codes are errors.')
    .action(async (customer: string, options: CheckOptions) =>
      withApp((app) => check(app, customer, options)),
    );
}

async function check(app: App, customer: string, options: CheckOptions): Promise<void> {
  const connection = await chooseOneConnection(app, options.connection);
  const currency = options.currency ?? connection.baseCurrency;
  const order = parseOrder({ amount: options.order, currency, reference: options.reference });
  const desk = new Desk({ reader: app.store.reader, clock: app.clock, policy: () => app.policy() });
  const document = describeAnswer(await desk.check({ connection, customer, order }));
  if (options.json) printJson(document);
  else printAnswer(document);
  process.exitCode = ANSWER_EXIT_CODES[document.answer];
}

const COLUMNS: Column[] = [
  { head: 'Limit of', maximum: 36 },
  { head: 'Limit', align: 'right' },
  { head: 'Owes', align: 'right' },
  { head: 'With the order', align: 'right' },
  { head: 'Left before it', align: 'right' },
];

function printAnswer({ why, customer, limits, currency, freshness }: AnswerDocument): void {
  const money = (minor: number): string => formatMoney(minor, currency);
  if (customer.mergedFrom !== null) printLine(`${customer.mergedFrom} was merged into ${customer.name}.`);
  printLine(why);
  if (limits.length > 0) {
    const rows = limits.map((limit) => [
      limit.of === 'group' ? `group ${limit.name}` : limit.name,
      money(limit.limitMinor),
      money(limit.beforeMinor),
      money(limit.afterMinor),
      money(limit.headroomMinor),
    ]);
    printLine(`\n${renderTable(COLUMNS, rows)}`);
  }
  printLine(`\nRun ${freshness.run}, synced ${freshness.syncedAt}. Nothing was reserved.`);
}
