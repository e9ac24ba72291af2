import type { Command } from 'commander';
import { formatMoney, type Day } from '../../domain/index.ts';
import { describeFacts, readFacts, type FactsDocument, type FactsOfDay } from '../../facts/index.ts';
import type { App } from '../../app.ts';
import type { Connection } from '../../mirror/index.ts';
import { asOfDay, asOfOption } from '../as-of.ts';
import { chooseConnections } from '../choose-connections.ts';
import { customerUnknown, isCustomer } from '../choose-customers.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import {
  describeConnectionRef,
  describeCustomerRef,
  type ConnectionRef,
  type CustomerRef,
} from '../documents.ts';
import { eachConnection, succeeded, throwFailures } from '../each-connection.ts';
import { printJsonArray, printLine } from '../print.ts';
import { renderTable, type Column } from '../table.ts';

interface FactsOptions extends CommonOptions {
  customer?: string;
  asOf?: Day;
}

/** One element of `holdfast facts --json`. */
export type FactsElement = { connection: ConnectionRef; customer: CustomerRef & { status: string } } & Omit<
  FactsDocument,
  'customer'
>;

export function factsCommand(): Command {
  return command('facts', 'what is true of each customer on a day: exposure, ageing, overdue, limit, use')
    .argument('[ids...]', 'connections (default: all)')
    .option('--customer <customer>', 'only this one: id, account number or a part of its name')
    .addOption(asOfOption())
    .action(async (ids: string[], options: FactsOptions) => withApp((app) => showFacts(app, ids, options)));
}

async function showFacts(app: App, ids: string[], options: FactsOptions): Promise<void> {
  const outcomes = await eachConnection(await chooseConnections(app, ids), async (connection) =>
    readFacts(app.store.reader, connection, app.policy(), asOfDay(app, connection, options.asOf)),
  );
  const elements = succeeded(outcomes).flatMap(({ connection, result }) =>
    elementsOf(connection, result, options.customer),
  );
  if (options.json) printJsonArray(elements);
  else printFacts(succeeded(outcomes), elements);
  throwFailures(outcomes, options.json ?? false);
  if (options.customer !== undefined && elements.length === 0)
    throw customerUnknown(options.customer, 'the companies looked at');
}

function elementsOf(connection: Connection, day: FactsOfDay, asked: string | undefined): FactsElement[] {
  const chosen = day.facts.filter(
    (one) => asked === undefined || isCustomer(connection, one.customer, asked),
  );
  return chosen.map((one) => {
    const { customer, ...rest } = describeFacts(one);
    return {
      connection: describeConnectionRef(connection),
      customer: { ...describeCustomerRef(connection, one.customer), status: customer.status },
      ...rest,
    };
  });
}

const COLUMNS: Column[] = [
  { head: 'Customer', maximum: 36 },
  ...['Exposure', 'Overdue', 'Days', 'Limit', 'Use', 'Current', '1–30', '31–60', '61–90', '91+'].map(
    (head): Column => ({ head, align: 'right' }),
  ),
];

function printFacts(days: { connection: Connection; result: FactsOfDay }[], elements: FactsElement[]): void {
  for (const { connection, result } of days) {
    const own = elements.filter((element) => element.connection.id === connection.id);
    const shown = own.filter(isWorthARow);
    const rebuilt = result.reconstructed ? ', rebuilt from the dates of documents' : '';
    printLine(`${connection.name} (${connection.id}), ${result.asOf}, run ${result.run}${rebuilt}`);
    if (shown.length > 0) printLine(renderTable(COLUMNS, shown.sort(byExposure).map(rowOf)));
    printLine(leftOut(own.length, shown.length));
  }
}

const isWorthARow = (element: FactsElement): boolean =>
  element.byCurrency.length > 0 || element.limitKind !== 'not-assessed';

const byExposure = (a: FactsElement, b: FactsElement): number =>
  (b.exposureMinor ?? Number.MAX_SAFE_INTEGER) - (a.exposureMinor ?? Number.MAX_SAFE_INTEGER);

const leftOut = (all: number, shown: number): string =>
  `${all} customers${shown === all ? '' : `, ${all - shown} of them with nothing open and no limit`}\n`;

function rowOf(element: FactsElement): string[] {
  const { currency, ageing } = element;
  const money = (minor: number | null | undefined): string =>
    minor == null ? 'no rate' : formatMoney(minor, currency);
  const small = (minor: number | undefined): string => (minor === 0 ? '' : money(minor));
  return [
    element.customer.name,
    money(element.exposureMinor),
    small(element.overdueMinor ?? undefined),
    element.daysOverdueMax > 0 ? String(element.daysOverdueMax) : '',
    limitText(element),
    element.useRatio === null ? '' : `${(element.useRatio * 100).toFixed(0)} %`,
    ...[ageing?.current, ageing?.d1_30, ageing?.d31_60, ageing?.d61_90, ageing?.d91].map(small),
  ];
}

function limitText({ limitKind, limitMinor, currency }: FactsElement): string {
  if (limitKind === 'amount') return formatMoney(limitMinor ?? 0, currency);
  return { 'not-assessed': '', 'cash-only': 'cash only', unlimited: 'unlimited' }[limitKind];
}
