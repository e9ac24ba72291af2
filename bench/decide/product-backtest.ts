import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { addDays, dayAt } from '../../src/domain/index.ts';
import { keepHeapSmall } from '../../src/lib/index.ts';
import { readConnection } from '../../src/mirror/index.ts';
import { backtest, readBacktestLedger } from '../../src/whatif/index.ts';
import { report, Stopwatch, taskOf } from '../support/measured.ts';

/** A backtest of a year under the policy in use, from the opening of the database to the last total, as the command does it. */
const task = taskOf<{ env: Record<string, string>; connectionId: string }>();
const stopwatch = new Stopwatch();
keepHeapSmall();
const app = createApp(parseConfig(task.env));
const connection = await readConnection(app.store.reader, task.connectionId);
const to = dayAt(app.clock.nowMs(), connection.timeZone);
const period = { from: addDays(to, -364), to };
const ledger = await readBacktestLedger(app.store.reader, connection, period, 'then');
const readCpuMs = stopwatch.cpuMs();
const { replays } = await backtest(ledger, { ...period, policies: [app.policy()] });
const usage = stopwatch.usage({
  readCpuMs,
  customers: ledger.customers.length,
  judged: replays[0]?.judged ?? 0,
  holds: replays[0]?.totals.holds ?? 0,
});
await app.close();
report({ ...usage, invoices: ledger.invoices.length });
