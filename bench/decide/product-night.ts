import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { decideStandings, readStandingsBefore, saveDecisions } from '../../src/decisions/index.ts';
import { dayAt } from '../../src/domain/index.ts';
import { readFacts, saveFacts } from '../../src/facts/index.ts';
import { SystemClock } from '../../src/lib/index.ts';
import { readConnection } from '../../src/mirror/index.ts';
import { judge, recordDecisions } from '../../src/nightly.ts';
import { evaluate } from '../../src/rules/index.ts';
import { report, Stopwatch, taskOf } from '../support/measured.ts';

/**
 * Facts, rules and decisions of everybody, from the opening of the database to the last commit; or the whole deciding
 * half of a night, with reminders and the outbox.
 */
const task = taskOf<{
  env: Record<string, string>;
  connectionId: string;
  clockOffsetMs?: number;
  whole: boolean;
}>();
const stopwatch = new Stopwatch();
const app = createApp(parseConfig(task.env), { clock: new SystemClock(task.clockOffsetMs) });
const { reader } = app.store;
const connection = await readConnection(reader, task.connectionId);
const asOf = dayAt(app.clock.nowMs(), connection.timeZone);

async function wholeNight() {
  const judgement = await judge(app, connection, asOf);
  await recordDecisions(app, judgement);
  return { ...judgement, judgedCpuMs: NaN };
}

async function decisionsAlone() {
  const nowMs = app.clock.nowMs();
  const policy = app.policy();
  const day = await readFacts(reader, connection, policy, asOf, { knownAtMs: nowMs });
  const flags = evaluate(day.facts, policy);
  const before = await readStandingsBefore(reader, connection.id, asOf);
  const standings = decideStandings(day.facts, flags, before, policy);
  const judgedCpuMs = stopwatch.cpuMs();
  const basis = { connectionId: connection.id, asOf, run: day.run, policy, nowMs };
  await app.store.write(async (tx) => {
    await saveFacts(tx, connection, day);
    await saveDecisions(tx, basis, flags, standings);
  });
  return { day, flags, standings, judgedCpuMs };
}

const { day, flags, standings, judgedCpuMs } = await (task.whole ? wholeNight() : decisionsAlone());
const usage = stopwatch.usage({
  judgedCpuMs,
  customers: day.facts.length,
  flags: flags.length,
  changed: standings.filter((one) => one.changed).length,
});
await app.close();
report({ ...usage, invoices: day.facts.reduce((sum, one) => sum + one.own.invoices.length, 0) });
