import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { countRows, readConnection, syncConnection } from '../../src/mirror/index.ts';
import { report, Stopwatch, taskOf } from '../support/measured.ts';
import { TimedStore } from './timed-store.ts';
import { countWrites, readWrites } from './write-counter.ts';

/** The product's first sync of one connection, then everything once more, where nothing has changed. */
const task = taskOf<{ env: Record<string, string>; connectionId: string }>();
const stopwatch = new Stopwatch();
const app = createApp(parseConfig(task.env));
const timed = new TimedStore(app.store);
const connection = await readConnection(app.store.reader, task.connectionId);
await syncConnection(timed.store, app.clock, connection, await app.openSession(connection));
const firstMs = timed.takeMs();
await app.store.writeBulk(countWrites);
const again = await syncConnection(timed.store, app.clock, connection, await app.openSession(connection), {
  full: true,
});
const againMs = timed.takeMs();
const written = await app.store.writeBulk(readWrites);
const { created, updated } = again.counts;
const usage = stopwatch.usage({ firstMs, againMs, changed: created + updated, ...written });
const { invoices } = await countRows(app.store.reader, connection.id);
await app.close();
report({ ...usage, invoices });
