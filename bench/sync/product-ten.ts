import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import type { ConnectionId } from '../../src/domain/index.ts';
import { countRows, readPublishedRun } from '../../src/mirror/index.ts';
import { ProcessWorkshop } from '../../src/scheduler/index.ts';
import { report, Stopwatch, taskOf } from '../support/measured.ts';
import { endedChildrenCpuMs, TreeWatch } from '../support/process-tree.ts';

/**
 * First nights of several connections at once, as `serve` does them: in processes of its own, whose start, CPU and
 * memory count. The wall ends when the last first sync is published; how long the nights took with all that comes after
 * is told beside it.
 */
const task = taskOf<{ env: Record<string, string>; connectionIds: ConnectionId[] }>();
const stopwatch = new Stopwatch();
const watch = new TreeWatch(process.pid, 250);
const app = createApp(parseConfig(task.env));
const beganMs = app.clock.nowMs();
const workshop = new ProcessWorkshop(app);
await Promise.all(task.connectionIds.map(doNight));
const usage = stopwatch.usage();
const { rssMb } = watch.stop();
const childrenCpuMs = await endedChildrenCpuMs();
const counts = await Promise.all(task.connectionIds.map((id) => countRows(app.store.reader, id)));
const publishedMs = await Promise.all(task.connectionIds.map(publishedAtMs));
await app.close();
report({
  cpuMs: usage.cpuMs + childrenCpuMs,
  wallMs: Math.max(...publishedMs) - beganMs,
  peakRssMb: rssMb,
  invoices: counts.reduce((sum, { invoices }) => sum + invoices, 0),
  more: { nightsMs: usage.wallMs },
});

async function doNight(id: ConnectionId): Promise<void> {
  const outcome = await workshop.do({ kind: 'night', id });
  if (outcome.state !== 'done') throw new Error(`the night of ${id}: ${JSON.stringify(outcome)}`);
}

async function publishedAtMs(id: ConnectionId): Promise<number> {
  return (await readPublishedRun(app.store.reader, id))?.finishedAtMs ?? Number.NaN;
}
