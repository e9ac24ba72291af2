import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { formatMoney, parseDay, type Day } from '../../domain/index.ts';
import { asOfOption } from '../as-of.ts';
import {
  CUSTOMER,
  amountOf,
  caseCommand,
  listCommand,
  makeChange,
  namedId,
  openCase,
  openNumbered,
  reasonOf,
  type CaseOptions,
} from '../case-command.ts';
import { command, withApp } from '../command.ts';
import { openFiles, type ListOptions } from '../list-cases.ts';
import { printJsonArray, printLine } from '../print.ts';
import { renderTable } from '../table.ts';

interface GrantOptions extends CaseOptions {
  upTo: string;
  until: Day;
  order?: string;
}

export function releaseCommand(): Command {
  return command('release', 'customers that are served although the policy holds them; it ends by itself')
    .addCommand(grantCommand())
    .addCommand(
      listCommand('list', 'releases that are in force')
        .option('--customer <customer>', 'only this customer: id, account number or part of its name')
        .addOption(asOfOption())
        .action(async (options: ListOptions) => withApp((app) => list(app, options))),
    )
    .addCommand(
      caseCommand('end', 'end a release before its last day')
        .argument('<number>', 'of the release')
        .action(async (number: string, options: CaseOptions) => withApp((app) => end(app, number, options))),
    );
}

function grantCommand(): Command {
  return caseCommand('grant', 'let a customer be served although the policy holds it')
    .argument(...CUSTOMER)
    .requiredOption('--up-to <amount>', 'the hold is back when it owes more than this, in base currency')
    .requiredOption('--until <day>', 'the last day of the release', parseDay)
    .option('--order <reference>', 'for this one order only')
    .action(async (asked: string, options: GrantOptions) => withApp((app) => grant(app, asked, options)));
}

async function grant(app: App, asked: string, options: GrantOptions): Promise<void> {
  reasonOf(options);
  const { connection, customer } = await openCase(app, asked, options);
  const upToMinor = amountOf(options.upTo, connection.baseCurrency);
  const what = { upToMinor, until: options.until, orderReference: options.order?.trim() ?? null };
  const change = { kind: 'release.grant', customer: namedId(customer), ...what } as const;
  await makeChange(app, connection, change, options);
}

async function end(app: App, number: string, options: CaseOptions): Promise<void> {
  reasonOf(options);
  const { connection, customer, id } = await openNumbered(app, 'hold_release', number);
  await makeChange(app, connection, { kind: 'release.end', customer: namedId(customer), id }, options);
}

async function list(app: App, options: ListOptions): Promise<void> {
  const found = [];
  for (const { connection, file, refOf } of await openFiles(app, options))
    for (const { customerId, upToExposureMinor: upToMinor, ...rest } of file.releases) {
      const ref = refOf(customerId);
      if (ref !== null) found.push({ ...ref, ...rest, upToMinor, currency: connection.baseCurrency });
    }
  if (options.json) return printJsonArray(found);
  if (found.length === 0) return printLine('No release is in force.');
  const columns = ['No.', 'Customer', 'Up to', 'From', 'Until', 'Order', 'By', 'Why'];
  const rows = found.map((one) => [
    ...[String(one.id), one.customer.name, formatMoney(one.upToMinor, one.currency), one.from, one.until],
    ...[one.orderReference ?? 'any', one.by, one.reason],
  ]);
  printLine(
    renderTable(
      columns.map((head) => ({ head, maximum: 40 })),
      rows,
    ),
  );
}
