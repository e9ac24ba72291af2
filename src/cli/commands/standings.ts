import { Option, type Command } from 'commander';
import type { App } from '../../app.ts';
import { formatMoney } from '../../domain/index.ts';
import { STANDINGS, type Standing } from '../../policy/index.ts';
import { chooseConnections } from '../choose-connections.ts';
import { customerUnknown } from '../choose-customers.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { printJsonArray, printLine } from '../print.ts';
import { findStandings, type StandingElement } from '../standings-found.ts';
import { renderTable, type Column } from '../table.ts';

interface StandingsOptions extends CommonOptions {
  standing?: Standing;
  customer?: string;
}

export function standingsCommand(): Command {
  return command(
    'standings',
    'how customers stand since their last night, why, and what would make it milder',
  )
    .argument('[ids...]', 'connections (default: all)')
    .addOption(
      new Option('--standing <standing>', 'only this one (default: all but clear)').choices(STANDINGS),
    )
    .option('--customer <customer>', 'only this customer: id, account number or part of its name')
    .action(async (ids: string[], options: StandingsOptions) =>
      withApp((app) => showStandings(app, ids, options)),
    );
}

async function showStandings(app: App, ids: string[], options: StandingsOptions): Promise<void> {
  const found: StandingElement[] = [];
  let customers = 0;
  for (const connection of await chooseConnections(app, ids)) {
    const of = await findStandings(app, connection, options);
    customers += of.customers;
    for (const one of of.standings) found.push(one);
  }
  if (options.customer !== undefined && customers === 0)
    throw customerUnknown(options.customer, 'the companies looked at');
  if (options.json) return printJsonArray(found);
  if (found.length > 0) return print(found, options.customer !== undefined);
  printLine(noneText(options));
}

function noneText({ standing, customer }: StandingsOptions): string {
  if (standing !== undefined) return `Nobody stands on ${standing}${customer === undefined ? '' : ' there'}.`;
  return customer === undefined ? 'Everybody stands clear.' : `Whoever "${customer}" means stands clear.`;
}

const COLUMNS: Column[] = [
  { head: 'Connection' },
  { head: 'Customer', maximum: 36 },
  { head: 'Standing' },
  { head: 'Since' },
  { head: 'Because' },
  { head: 'Owes', align: 'right' },
  { head: 'Milder with', align: 'right' },
];

function print(found: StandingElement[], explained: boolean): void {
  printLine(renderTable(COLUMNS, found.map(rowOf)));
  if (explained) for (const one of found) printLine(`\n${explain(one)}`);
  else printLine(`\n${found.length} customers. --customer NAME explains one of them.`);
}

function rowOf({ connection, customer, standing, since, reasons, ...rest }: StandingElement): string[] {
  const money = (minor: number | null): string => (minor === null ? '' : formatMoney(minor, rest.currency));
  return [
    connection.id,
    customer.name,
    rest.hold === 'drift' ? `${standing} (taken off the platform)` : standing,
    since,
    reasons[0]?.rule ?? '',
    money(rest.exposureMinor),
    money(rest.clearing?.amountMinor ?? null),
  ];
}

/** One paragraph a reason, and at the end what would change it. */
function explain({ customer, standing, since, reasons, clearing, unpayable, hold }: StandingElement): string {
  const clears = clearing?.sentence ?? unpayable;
  return [
    `${customer.name} stands on ${standing} since ${since}.`,
    ...reasons.map(({ rule, standing: asked, explanation }) => `  ${rule} → ${asked}: ${explanation}`),
    ...(clears === null ? [] : [`  ${clears}`]),
    ...(hold === 'drift'
      ? ['  Its hold was taken away on the platform: it is not placed again while this cause lasts.']
      : []),
  ].join('\n');
}
