import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { countRows, readConnection, syncConnection } from '../../src/mirror/index.ts';
import { report, Stopwatch, taskOf } from '../support/measured.ts';

/** The product's first sync of one connection, from the opening of its database to the published run. */
const task = taskOf<{ env: Record<string, string>; connectionId: string }>();
const stopwatch = new Stopwatch();
const app = createApp(parseConfig(task.env));
const connection = await readConnection(app.store.reader, task.connectionId);
const { calls } = await syncConnection(app.store, app.clock, connection, await app.openSession(connection));
const usage = stopwatch.usage({ calls });
const { invoices } = await countRows(app.store.reader, connection.id);
await app.close();
report({ ...usage, invoices });
