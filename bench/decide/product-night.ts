import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { dayAt } from '../../src/domain/index.ts';
import { SystemClock } from '../../src/lib/index.ts';
import { readConnection } from '../../src/mirror/index.ts';
import { countFlags, judgeAndSave, planNight } from '../../src/nightly.ts';
import { report, Stopwatch, taskOf } from '../support/measured.ts';

/**
 * Facts, rules and decisions of everybody (reminders that are due among them), from the opening of the database to the
 * last commit; or with the outbox too, as in a night.
 */
const task = taskOf<{
  env: Record<string, string>;
  connectionId: string;
  clockOffsetMs?: number;
  whole: boolean;
}>();
const stopwatch = new Stopwatch();
const app = createApp(parseConfig(task.env), { clock: new SystemClock(task.clockOffsetMs) });
const connection = await readConnection(app.store.reader, task.connectionId);
const night = await judgeAndSave(app, connection, dayAt(app.clock.nowMs(), connection.timeZone));
if (task.whole) await planNight(app, night);
const usage = stopwatch.usage({
  customers: night.customers,
  flags: countFlags(night),
  changed: night.changes.length,
});
await app.close();
report({ ...usage, invoices: 0 });
