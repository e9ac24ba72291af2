import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { decideStandings, readStandingsBefore } from '../../src/decisions/index.ts';
import { dayAt } from '../../src/domain/index.ts';
import { computeFacts, readFactsInput } from '../../src/facts/index.ts';
import { readConnection } from '../../src/mirror/index.ts';
import { evaluate } from '../../src/rules/index.ts';
import { median } from '../support/median.ts';
import { report, Stopwatch, taskOf } from '../support/measured.ts';

/** Facts, rules and decisions of everybody on one day, from what was read before to what would be saved after. */
const task = taskOf<{ env: Record<string, string>; connectionId: string }>();
const app = createApp(parseConfig(task.env));
const { reader } = app.store;
const connection = await readConnection(reader, task.connectionId);
const asOf = dayAt(app.clock.nowMs(), connection.timeZone);
const policy = app.policy();
const input = await readFactsInput(reader, connection, policy, asOf);
const before = await readStandingsBefore(reader, connection.id, asOf);

function evaluateOnce(): number {
  const facts = computeFacts(input);
  return decideStandings(facts, evaluate(facts, policy), before, policy).length;
}

const stopwatch = new Stopwatch();
const customers = evaluateOnce();
const usage = stopwatch.usage();
const again = Array.from({ length: 25 }, () => {
  const turn = new Stopwatch();
  evaluateOnce();
  return turn.cpuMs();
});
await app.close();
report({
  ...usage,
  invoices: input.invoices.length,
  more: { ...usage.more, customers, warmCpuMs: median(again.slice(-9)) },
});
