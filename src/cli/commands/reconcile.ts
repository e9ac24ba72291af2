import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { formatMoney, parseDay } from '../../domain/index.ts';
import { readFacts, reconcile, type Reconciliation } from '../../facts/index.ts';
import { readLastRun, type Connection } from '../../mirror/index.ts';
import { chooseConnections } from '../choose-connections.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import {
  describeConnectionRef,
  describeCustomerRef,
  type ConnectionRef,
  type CustomerRef,
} from '../documents.ts';
import { eachConnection, succeeded, throwFailures } from '../each-connection.ts';
import { printJsonArray, printLine } from '../print.ts';
import { plain } from '../style.ts';
import { renderTable, type Column } from '../table.ts';

/** Later than any document: a balance counts what is dated ahead as well. */
const ALL_DAYS = parseDay('2199-12-31');

/** One element of `holdfast reconcile --json`: one connection. */
export interface ReconciliationElement extends Omit<Reconciliation, 'differences'> {
  connection: ConnectionRef;
  /** Xero's balances are read with the contacts, so only a full sync makes them comparable. */
  exact: boolean;
  differences: (CustomerDifference & { customer: CustomerRef })[];
}
type CustomerDifference = Pick<
  Reconciliation['differences'][number],
  'currency' | 'mirrorMinor' | 'platformMinor'
>;

export function reconcileCommand(): Command {
  return command('reconcile', "compare each customer's balance with the platform's own figure")
    .argument('[ids...]', 'connections (default: all)')
    .action(async (ids: string[], options: CommonOptions) => withApp((app) => show(app, ids, options)));
}

async function show(app: App, ids: string[], options: CommonOptions): Promise<void> {
  const outcomes = await eachConnection(await chooseConnections(app, ids), (one) => compare(app, one));
  const elements = succeeded(outcomes).map(({ result }) => result);
  if (options.json) printJsonArray(elements);
  else elements.forEach(printElement);
  throwFailures(outcomes, options.json ?? false);
}

async function compare(app: App, connection: Connection): Promise<ReconciliationElement> {
  const { facts } = await readFacts(app.store.reader, connection, app.policy(), ALL_DAYS);
  const isXero = connection.platform === 'xero';
  const lastRun = await readLastRun(app.store.reader, connection.id);
  const { differences, ...rest } = reconcile(facts, { creditsMayCount: isXero });
  return {
    connection: describeConnectionRef(connection),
    exact: !isXero || lastRun?.mode === 'full',
    ...rest,
    differences: differences.map(({ customerId, customerName, ...figures }) => ({
      customer: describeCustomerRef(connection, { id: customerId, name: customerName }),
      ...figures,
    })),
  };
}

const COLUMNS: Column[] = [
  { head: 'Customer', maximum: 40 },
  { head: 'Mirror', align: 'right' },
  { head: 'Platform', align: 'right' },
  { head: 'Difference', align: 'right' },
];

function printElement(element: ReconciliationElement): void {
  const { connection, compared, notCompared, totals, differences, exact } = element;
  printLine(
    `${plain(connection.name)} (${connection.id}): ${compared} customers compared, ${differences.length} differ`,
  );
  const rows = differences.map(({ customer, ...figures }) => rowOf(customer.name, figures));
  const sums = totals.map((total) => rowOf(`total in ${total.currency}`, total));
  if (rows.length + sums.length > 0) printLine(renderTable(COLUMNS, [...rows, ...sums]));
  if (notCompared > 0)
    printLine(`${notCompared} cannot be compared: several currencies, or no figure of the platform's.`);
  if (!exact)
    printLine(
      `Xero's figures are as old as its contacts: \`holdfast sync ${connection.id} --full\` renews them.`,
    );
  printLine();
}

function rowOf(name: string, { currency, mirrorMinor, platformMinor }: CustomerDifference): string[] {
  const money = (minor: number): string => formatMoney(minor, currency);
  return [name, money(mirrorMinor), money(platformMinor), money(mirrorMinor - platformMinor)];
}
