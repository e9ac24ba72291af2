import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { concernsEverybody, readCustomers, readQuarantined, type Connection } from '../../mirror/index.ts';
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
import { renderTable, type Column } from '../table.ts';

/** One element of `holdfast quarantine --json`: one row of the platform that could not be understood. */
export interface QuarantineElement {
  connection: ConnectionRef;
  kind: string;
  remoteId: string;
  /** null when nobody can say whose it is. */
  customer: CustomerRef | null;
  /** True when nothing is decided about anybody until it is understood: it may be anybody's. */
  concernsEverybody: boolean;
  reason: string;
}

export function quarantineCommand(): Command {
  return command('quarantine', 'rows of the platform that could not be understood, and why')
    .argument('[ids...]', 'connections (default: all)')
    .action(async (ids: string[], options: CommonOptions) => withApp((app) => show(app, ids, options)));
}

async function show(app: App, ids: string[], options: CommonOptions): Promise<void> {
  const outcomes = await eachConnection(await chooseConnections(app, ids), (one) => elementsOf(app, one));
  const elements = succeeded(outcomes).flatMap(({ result }) => result);
  if (options.json) printJsonArray(elements);
  else print(elements);
  throwFailures(outcomes, options.json ?? false);
}

async function elementsOf(app: App, connection: Connection): Promise<QuarantineElement[]> {
  const rows = await readQuarantined(app.store.reader, connection.id);
  const customers = await readCustomers(app.store.reader, connection.id);
  const names = new Map(customers.map((one) => [one.id, one.name]));
  return rows.map(({ kind, remoteId, customerId, reason }) => ({
    connection: describeConnectionRef(connection),
    kind,
    remoteId,
    customer:
      customerId === null
        ? null
        : describeCustomerRef(connection, { id: customerId, name: names.get(customerId) ?? '' }),
    concernsEverybody: concernsEverybody({ kind, customerId }),
    reason,
  }));
}

const COLUMNS: Column[] = ['Connection', 'Kind', 'Id', 'Customer', 'Reason'].map((head) => ({
  head,
  maximum: 60,
}));

function print(elements: QuarantineElement[]): void {
  if (elements.length === 0) return printLine('Nothing is in quarantine.');
  const rows = elements.map(({ connection, kind, remoteId, customer, reason }) => {
    return [connection.id, kind, remoteId, customer?.name ?? 'not said', reason];
  });
  printLine(renderTable(COLUMNS, rows));
  const whom = elements.some((element) => element.concernsEverybody)
    ? "anybody of a company with a row that may be anybody's"
    : 'these customers';
  printLine(
    `\nNothing is decided about ${whom} until the rows are understood: correct them on the platform.`,
  );
}
