import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { countRows, readConnection, syncConnection } from '../../src/mirror/index.ts';
import type { ConnectionId } from '../../src/domain/index.ts';
import { report, Stopwatch, taskOf } from '../support/measured.ts';

/** First syncs of several connections at once, in one process. */
const task = taskOf<{ env: Record<string, string>; connectionIds: ConnectionId[] }>();
const stopwatch = new Stopwatch();
const app = createApp(parseConfig(task.env));
const summaries = await Promise.all(task.connectionIds.map(sync));
const usage = stopwatch.usage({ calls: summaries.reduce((sum, { calls }) => sum + calls, 0) });
const counts = await Promise.all(task.connectionIds.map((id) => countRows(app.store.reader, id)));
await app.close();
report({ ...usage, invoices: counts.reduce((sum, { invoices }) => sum + invoices, 0) });

async function sync(id: ConnectionId): ReturnType<typeof syncConnection> {
  const connection = await readConnection(app.store.reader, id);
  return syncConnection(app.store, app.clock, connection, await app.openSession(connection));
}
