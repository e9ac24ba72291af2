import type { Command } from 'commander';
import type { App } from '../../app.ts';
import {
  limitText,
  readDueReviews,
  readLimitHistory,
  type LimitHistoryEntry,
  type LimitVersion,
} from '../../cases/index.ts';
import { daysBetween, formatMoney, type Day } from '../../domain/index.ts';
import { readCustomers } from '../../mirror/index.ts';
import { asOfDay, asOfOption } from '../as-of.ts';
import { CUSTOMER, listCommand, openCase } from '../case-command.ts';
import { chooseConnections } from '../choose-connections.ts';
import { withApp, type CommonOptions } from '../command.ts';
import { describeConnectionRef, describeCustomerRef, isoInstant } from '../documents.ts';
import { printJson, printJsonArray, printLine } from '../print.ts';
import { renderTable } from '../table.ts';

interface ReviewOptions extends CommonOptions {
  connection?: string;
  asOf?: Day;
}

export function reviewCommand(): Command {
  return listCommand('review', 'limits whose day of review has come')
    .addOption(asOfOption())
    .action(async (options: ReviewOptions) => withApp((app) => listReviews(app, options)));
}

async function listReviews(app: App, options: ReviewOptions): Promise<void> {
  const { reader } = app.store;
  const due = [];
  for (const connection of await chooseConnections(
    app,
    options.connection === undefined ? [] : [options.connection],
  )) {
    const asOf = asOfDay(app, connection, options.asOf);
    const reviews = await readDueReviews(reader, connection.id, asOf);
    const names = new Map((await readCustomers(reader, connection.id)).map((one) => [one.id, one.name]));
    for (const { customerId, limit, reviewOn } of reviews)
      due.push({
        connection: describeConnectionRef(connection),
        customer: describeCustomerRef(connection, { id: customerId, name: names.get(customerId) ?? '' }),
        currency: connection.baseCurrency,
        limitKind: limit?.kind ?? 'not-assessed',
        limitMinor: limit?.kind === 'amount' ? limit.limitMinor : null,
        limit: limitText(limit, connection.baseCurrency),
        reviewOn,
        daysLate: daysBetween(reviewOn, asOf),
      });
  }
  if (options.json) return printJsonArray(due.map(({ limit: _limit, ...one }) => one));
  if (due.length === 0) return printLine('No limit is due for review.');
  const columns = [
    ...[
      { head: 'Connection' },
      { head: 'Customer', maximum: 40 },
      { head: 'Limit', align: 'right' as const },
    ],
    ...[{ head: 'Review on' }, { head: 'Days ago', align: 'right' as const }],
  ];
  const rows = due.map((one) => [
    ...[one.connection.id, one.customer.name, one.limit, one.reviewOn, String(one.daysLate)],
  ]);
  printLine(renderTable(columns, rows));
  printLine('\n`holdfast limits set CUSTOMER LIMIT --review-on DAY --why "…"` puts the next day down.');
}

export function historyCommand(): Command {
  return listCommand('history', "every change of a customer's limit, with who, when and why")
    .argument(...CUSTOMER)
    .action(async (asked: string, options: CommonOptions & { connection?: string }) =>
      withApp((app) => showHistory(app, asked, options)),
    );
}

async function showHistory(
  app: App,
  asked: string,
  options: CommonOptions & { connection?: string },
): Promise<void> {
  const { connection, customer } = await openCase(app, asked, options);
  const history = await readLimitHistory(app.store.reader, connection.id, customer.id);
  if (options.json)
    return printJson({
      connection: describeConnectionRef(connection),
      customer: describeCustomerRef(connection, customer),
      currency: connection.baseCurrency,
      history: history.map(describeEntry),
    });
  if (history.length === 0) return printLine(`Nobody ever set a limit of ${customer.name}.`);
  const columns = [
    ...[{ head: 'When' }, { head: 'From' }, { head: 'What', maximum: 70 }, { head: 'By', maximum: 30 }],
    { head: 'Why', maximum: 60 },
  ];
  const rows = history.map((entry) => [
    ...[isoInstant(entry.atMs) ?? '', entry.day ?? '', versionText(entry.version, connection.baseCurrency)],
    ...[entry.by, entry.why],
  ]);
  printLine(renderTable(columns, rows));
}

/** One change, as --json answers it. */
function describeEntry({ atMs, by, why, day, version }: LimitHistoryEntry) {
  const { kind } = version;
  const at = isoInstant(atMs);
  if (version.kind !== 'permanent') return { at, day, by, why, ...version };
  const { limit, group, reviewOn } = version;
  const limitKind = limit?.kind ?? 'not-assessed';
  return { kind, at, day, by, why, limitKind, limitMinor: amountIn(version), group, reviewOn };
}

const amountIn = ({ limit }: Extract<LimitVersion, { kind: 'permanent' }>): number | null =>
  limit?.kind === 'amount' ? limit.limitMinor : null;

function versionText(version: LimitVersion, currency: string): string {
  if (version.kind === 'permanent') {
    const group = version.group === null ? '' : `, group ${version.group}`;
    const review = version.reviewOn === null ? '' : `, review on ${version.reviewOn}`;
    return `${limitText(version.limit, currency)}${group}${review}`;
  }
  if (version.kind === 'temporary') {
    const { id, amountMinor, from, to, state } = version;
    const money = formatMoney(amountMinor, currency);
    return state === 'ended' ? `temporary ${id} ended` : `temporary ${id}: ${money} more, ${from} to ${to}`;
  }
  if (version.insured === null) return 'no longer insured';
  const { insurer, limitMinor, coverPercent, until } = version.insured;
  const end = until === null ? '' : ` until ${until}`;
  return `insured by ${insurer}: ${formatMoney(limitMinor, currency)} at ${coverPercent} %${end}`;
}
