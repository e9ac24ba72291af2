import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { formatMoney } from '../../domain/index.ts';
import {
  compareBalances,
  readReconciliation,
  type Reconciliation,
  type SavedReconciliation,
} from '../../facts/index.ts';
import { readFactsRun, readLastRun, type Connection } from '../../mirror/index.ts';
import { chooseConnections } from '../choose-connections.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import {
  describeConnectionRef,
  describeCustomerRef,
  isoInstant,
  type ConnectionRef,
  type CustomerRef,
} from '../documents.ts';
import { eachConnection, succeeded, throwFailures } from '../each-connection.ts';
import { printJsonArray, printLine } from '../print.ts';
import { plain } from '../style.ts';
import { renderTable, type Column } from '../table.ts';

/** One element of `holdfast reconcile --json`: one connection. */
export interface ReconciliationElement extends Omit<Reconciliation, 'differences'> {
  connection: ConnectionRef;
  /** The run that both sides are of. */
  run: number;
  /** When they were compared, ISO 8601. */
  comparedAt: string | null;
  /** False while some of the platform's balances are known to be older here than the documents. */
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
  const outcomes = await eachConnection(await chooseConnections(app, ids), async (one) =>
    elementOf(one, await savedOrCompared(app, one)),
  );
  const elements = succeeded(outcomes).map(({ result }) => result);
  if (options.json) printJsonArray(elements);
  else elements.forEach(printElement);
  throwFailures(outcomes, options.json ?? false);
}

/** What was saved after the newest run; while a run is open or failed, the last that was saved; else compared now. */
async function savedOrCompared(app: App, connection: Connection): Promise<SavedReconciliation> {
  const { reader } = app.store;
  const saved = await readReconciliation(reader, connection.id);
  const newest = await readFactsRun(reader, connection.id);
  const isUnfinished = (await readLastRun(reader, connection.id))?.state !== 'published';
  if (saved !== null && (saved.run === newest?.number || isUnfinished)) return saved;
  return compareBalances(reader, connection, app.clock.nowMs());
}

function elementOf(connection: Connection, reconciliation: SavedReconciliation): ReconciliationElement {
  const { differences, atMs, ...rest } = reconciliation;
  return {
    connection: describeConnectionRef(connection),
    comparedAt: isoInstant(atMs),
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
  const { connection, run, compared, notCompared, totals, differences, exact } = element;
  printLine(
    `${plain(connection.name)} (${connection.id}), run ${run}: ${compared} customers compared, ${differences.length} differ`,
  );
  const rows = differences.map(({ customer, ...figures }) => rowOf(customer.name, figures));
  const sums = totals.map((total) => rowOf(`total in ${total.currency}`, total));
  if (rows.length + sums.length > 0) printLine(renderTable(COLUMNS, [...rows, ...sums]));
  if (notCompared > 0)
    printLine(`${notCompared} cannot be compared: several currencies, or no figure of the platform's.`);
  if (!exact)
    printLine(
      `Some of the platform's figures are older than the documents: \`holdfast sync ${connection.id} --full\` renews them.`,
    );
  printLine();
}

function rowOf(name: string, { currency, mirrorMinor, platformMinor }: CustomerDifference): string[] {
  const money = (minor: number): string => formatMoney(minor, currency);
  return [name, money(mirrorMinor), money(platformMinor), money(mirrorMinor - platformMinor)];
}
