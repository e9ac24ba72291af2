import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { countRows, readConnection, syncConnection } from '../../src/mirror/index.ts';
import { report, startMeasuring } from '../support/child.ts';

const argument = JSON.parse(process.argv[2] ?? '{}') as { env: Record<string, string>; connectionId: string };

const start = startMeasuring();
const app = createApp(parseConfig(argument.env));
const connection = await readConnection(app.store.reader, argument.connectionId);
await syncConnection(app.store, app.clock, connection, await app.openSession(connection));
const { invoices } = await countRows(app.store.reader, connection.id);
report(start, invoices);
await app.close();
process.disconnect();
