import { Option, type Command } from 'commander';
import type { App } from '../../app.ts';
import { describeHeld, formatHeld, readHeld, type HeldDocument } from '../../desk/index.ts';
import { formatMoney } from '../../domain/index.ts';
import { chooseConnections } from '../choose-connections.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { printJson, printLine } from '../print.ts';
import { renderTable, type Column } from '../table.ts';

interface HeldOptions extends CommonOptions {
  csv?: boolean;
}

export function heldCommand(): Command {
  return command('held', 'who gets nothing on account now, since when, why, and what would lift it')
    .argument('[ids...]', 'connections (default: all)')
    .addOption(new Option('--csv', 'as CSV').conflicts('json'))
    .action(async (ids: string[], options: HeldOptions) => withApp((app) => showHeld(app, ids, options)));
}

async function showHeld(app: App, ids: string[], options: HeldOptions): Promise<void> {
  const chosen = new Set((await chooseConnections(app, ids)).map(({ id }) => id));
  const companies = await readHeld(app.store.reader, app.clock);
  const document = describeHeld(companies.filter(({ connection }) => chosen.has(connection.id)));
  if (options.json) printJson(document);
  else if (options.csv) process.stdout.write(formatHeld(document));
  else printHeld(document);
}

const COLUMNS: Column[] = [
  { head: 'Connection' },
  { head: 'Customer', maximum: 36 },
  { head: 'Standing' },
  { head: 'Since' },
  { head: 'Owes', align: 'right' },
  { head: 'On the platform' },
];

function printHeld({ held }: HeldDocument): void {
  if (held.length === 0) return printLine('Nobody is held.');
  const rows = held.map(({ connection, customer, standing, since, exposureMinor, currency, onPlatform }) => [
    connection.id,
    customer.name,
    standing,
    since ?? '',
    exposureMinor === null ? '' : formatMoney(exposureMinor, currency),
    onPlatform ? 'yes' : 'no',
  ]);
  printLine(renderTable(COLUMNS, rows));
  for (const { customer, reason, clearing } of held)
    printLine(`\n${customer.name}: ${reason}${clearing === null ? '' : ` ${clearing.sentence}`}`);
}
