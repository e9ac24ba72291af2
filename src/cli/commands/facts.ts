import type { Command } from 'commander';
import { customerId, formatMoney, type Day } from '../../domain/index.ts';
import { describeFacts, type FactsDocument } from '../../facts/index.ts';
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
import {
  factsOrSaved,
  isSavedCustomer,
  savedText,
  type FactsOrSaved,
  type SavedNote,
} from '../saved-facts.ts';
import { renderTable, type Column } from '../table.ts';

interface FactsOptions extends CommonOptions {
  customer?: string;
  asOf?: Day;
}

/** One element of `holdfast facts --json`. */
export type FactsElement = {
  connection: ConnectionRef;
  customer: CustomerRef & { status: string };
  /** Only on figures that were saved earlier: there are no newer ones. */
  saved?: SavedNote;
} & Omit<FactsDocument, 'customer'>;

export function factsCommand(): Command {
  return command('facts', 'what is true of each customer on a day: exposure, ageing, overdue, limit, use')
    .argument('[ids...]', 'connections (default: all)')
    .option('--customer <customer>', 'only this one: id, account number or a part of its name')
    .addOption(asOfOption())
    .action(async (ids: string[], options: FactsOptions) => withApp((app) => showFacts(app, ids, options)));
}

async function showFacts(app: App, ids: string[], options: FactsOptions): Promise<void> {
  const outcomes = await eachConnection(await chooseConnections(app, ids), async (connection) =>
    factsOrSaved(app, connection, asOfDay(app, connection, options.asOf)),
  );
  const elements = succeeded(outcomes).flatMap(({ connection, result }) =>
    elementsOf(connection, result, options.customer),
  );
  if (options.json) printJsonArray(elements);
  else printFacts(app, succeeded(outcomes), elements);
  throwFailures(outcomes, options.json ?? false);
  if (options.customer !== undefined && elements.length === 0)
    throw customerUnknown(options.customer, 'the companies looked at');
}

function elementsOf(connection: Connection, found: FactsOrSaved, asked: string | undefined): FactsElement[] {
  if ('current' in found) {
    const chosen = found.current.facts.filter(
      (one) => asked === undefined || isCustomer(connection, one.customer, asked),
    );
    return chosen.map((one) => elementOf(connection, describeFacts(one), null));
  }
  const { saved, note, customers } = found;
  const chosen = saved.documents.filter(
    ({ customer }) => asked === undefined || isSavedCustomer(connection, customers, customer.id, asked),
  );
  return chosen.map((document) => elementOf(connection, document, note));
}

function elementOf(connection: Connection, document: FactsDocument, saved: SavedNote | null): FactsElement {
  const { customer, ...rest } = document;
  const ref = describeCustomerRef(connection, { id: customerId(customer.id), name: customer.name });
  return {
    connection: describeConnectionRef(connection),
    customer: { ...ref, status: customer.status },
    ...(saved === null ? {} : { saved }),
    ...rest,
  };
}

const COLUMNS: Column[] = [
  { head: 'Customer', maximum: 36 },
  ...['Exposure', 'Overdue', 'Days', 'Limit', 'Use', 'Current', '1–30', '31–60', '61–90', '91+'].map(
    (head): Column => ({ head, align: 'right' }),
  ),
];

function printFacts(
  app: App,
  days: { connection: Connection; result: FactsOrSaved }[],
  elements: FactsElement[],
): void {
  for (const { connection, result } of days) {
    const own = elements.filter((element) => element.connection.id === connection.id);
    const shown = own.filter(isWorthARow);
    printLine(`${connection.name} (${connection.id}), ${headOf(app, result)}`);
    if (shown.length > 0) printLine(renderTable(COLUMNS, shown.sort(byExposure).map(rowOf)));
    printLine(leftOut(own.length, shown.length));
  }
}

function headOf(app: App, found: FactsOrSaved): string {
  if ('saved' in found) return savedText(app, found.saved.asOf, found.note);
  const { asOf, run, reconstructed } = found.current;
  return `${asOf}, run ${run}${reconstructed ? ', rebuilt from the dates of documents' : ''}`;
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
