import type { App } from '../app.ts';
import { readCaseFile, type CaseFile } from '../cases/index.ts';
import type { CustomerId, Day } from '../domain/index.ts';
import { readCustomers, type Connection } from '../mirror/index.ts';
import { asOfDay } from './as-of.ts';
import { isCustomer } from './choose-customers.ts';
import { chooseConnections } from './choose-connections.ts';
import type { CommonOptions } from './command.ts';
import {
  describeConnectionRef,
  describeCustomerRef,
  type ConnectionRef,
  type CustomerRef,
} from './documents.ts';

export interface ListOptions extends CommonOptions {
  connection?: string;
  customer?: string;
  asOf?: Day;
}

/** Everything that people know of one company's customers on a day, and how to name them. */
export interface OpenFile {
  connection: Connection;
  asOf: Day;
  file: CaseFile;
  /** Null for a customer that was not asked for. */
  refOf: (id: CustomerId) => { connection: ConnectionRef; customer: CustomerRef } | null;
}

/** The case files of the companies that were chosen, narrowed to the customers that were. */
export async function openFiles(app: App, options: ListOptions): Promise<OpenFile[]> {
  const { reader } = app.store;
  const files: OpenFile[] = [];
  const ids = options.connection === undefined ? [] : [options.connection];
  for (const connection of await chooseConnections(app, ids)) {
    const asOf = asOfDay(app, connection, options.asOf);
    const file = await readCaseFile(reader, connection.id, { asOf, knownAtMs: Infinity });
    const customers = new Map((await readCustomers(reader, connection.id)).map((one) => [one.id, one]));
    const refOf: OpenFile['refOf'] = (id) => {
      const found = customers.get(id);
      if (options.customer !== undefined)
        if (found === undefined || !isCustomer(connection, found, options.customer)) return null;
      const customer = describeCustomerRef(connection, { id, name: found?.name ?? '' });
      return { connection: describeConnectionRef(connection), customer };
    };
    files.push({ connection, asOf, file, refOf });
  }
  return files;
}
