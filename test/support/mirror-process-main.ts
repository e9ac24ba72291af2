import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { HoldfastError } from '../../src/domain/index.ts';
import { readConnection, syncConnection } from '../../src/mirror/index.ts';

/**
 * A second Holdfast on the same data, for tests that pause it or race it: `mirror-process-main.ts sync|look
 * CONNECTION`. Tells its parent when it is ready, waits for its word, syncs or asks the platform one light question,
 * and tells how that ended: 'done' or an error's code.
 */
const [work, id = ''] = process.argv.slice(2);
const app = createApp(parseConfig(process.env));
const connection = await readConnection(app.store.reader, id);
const go = new Promise((resolve) => process.once('message', resolve));
process.send?.('ready');
await go;
const ended = await app
  .openSession(connection)
  .then(async (session) => {
    if (work === 'look') await session.readOrganisation();
    else await syncConnection(app.store, app.clock, connection, session);
  })
  .then(
    () => 'done',
    (error: unknown) => (error instanceof HoldfastError ? error.code : String(error)),
  );
process.send?.(ended);
await app.close();
process.disconnect();
