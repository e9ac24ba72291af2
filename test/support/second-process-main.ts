import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { connectionId } from '../../src/domain/index.ts';
import { readConnection } from '../../src/mirror/index.ts';
import { runNight } from '../../src/nightly.ts';
import { dispatch } from '../../src/outbox/index.ts';

/** A second Holdfast on the same data, for tests that kill it: `second-process-main.ts night|dispatch CONNECTION`. */
const [work, id = ''] = process.argv.slice(2);
const app = createApp(parseConfig(process.env));
const connection = await readConnection(app.store.reader, connectionId(id));
if (work === 'night') await runNight(app, connection.id);
else await dispatch(app.outbox(), connection, { kinds: ['hold.place', 'hold.release', 'note', 'reminder'] });
await app.close();
