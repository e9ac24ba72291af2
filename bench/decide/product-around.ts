import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { decideStandings, readStandings } from '../../src/decisions/index.ts';
import { customerId, dayAt } from '../../src/domain/index.ts';
import { readFactsAround } from '../../src/facts/index.ts';
import { readConnection } from '../../src/mirror/index.ts';
import { evaluate } from '../../src/rules/index.ts';
import { report, Stopwatch, taskOf } from '../support/measured.ts';
import { median } from '../support/median.ts';

/** Judges single customers anew, one after the other, as after a webhook for each. */
const task = taskOf<{ env: Record<string, string>; connectionId: string; customers: string[] }>();
const stopwatch = new Stopwatch();
const app = createApp(parseConfig(task.env));
const { reader } = app.store;
const connection = await readConnection(reader, task.connectionId);
const asOf = dayAt(app.clock.nowMs(), connection.timeZone);
const policy = app.policy();

async function judgeOne(customer: string): Promise<number> {
  const { facts } = await readFactsAround(reader, connection, policy, asOf, [customerId(customer)]);
  const flags = evaluate(facts, policy);
  const customers = facts.map((one) => one.customer.id);
  const before = await readStandings(reader, connection.id, { customers });
  decideStandings(facts, flags, before, policy);
  return facts.reduce((sum, one) => sum + one.own.invoices.length, 0);
}

const tookMs: number[] = [];
let invoices = 0;
for (const customer of task.customers) {
  const fromMs = performance.now();
  invoices += await judgeOne(customer);
  tookMs.push(performance.now() - fromMs);
}
const sorted = tookMs.toSorted((a, b) => a - b);
const usage = stopwatch.usage({
  firstMs: tookMs[0] ?? NaN,
  medianMs: median(tookMs),
  p95Ms: sorted[Math.floor(sorted.length * 0.95)] ?? NaN,
});
await app.close();
report({ ...usage, invoices: Math.round(invoices / task.customers.length) });
