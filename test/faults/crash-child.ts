import { createApp } from '../../src/app.ts';
import { appendAudit } from '../../src/audit/index.ts';
import { parseConfig } from '../../src/config.ts';
import { connectionId } from '../../src/domain/index.ts';
import { readConnection, syncConnection } from '../../src/mirror/index.ts';
import { runNight } from '../../src/nightly.ts';

/**
 * A second Holdfast on the data directory of its environment, for tests that kill it: `crash-child.ts WORK [CONNECTION]`.
 * It writes a line to stdout when it begins, and 'audit' one per entry that is committed.
 */
const [work, id = ''] = process.argv.slice(2);
const app = createApp(parseConfig(process.env));
process.stdout.write('begun\n');
if (work === 'sync') {
  const connection = await readConnection(app.store.reader, connectionId(id));
  await syncConnection(app.store, app.clock, connection, await app.openSession(connection));
} else if (work === 'night') {
  await runNight(app, connectionId(id));
} else if (work === 'audit') {
  for (let number = 1; ; number += 1) {
    const entry = {
      connectionId: null,
      actor: 'test',
      action: 'counted',
      subject: `${number}`,
      details: { number },
    };
    await app.store.write((tx) => appendAudit(tx, app.clock.nowMs(), entry));
    process.stdout.write(`${number}\n`);
  }
} else throw new Error(`no such work: ${work ?? ''}`);
await app.close();
