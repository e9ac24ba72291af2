import { parseArgs } from 'node:util';
import * as mistakes from './mistakes.ts';
import { runSeed, type SeedOptions } from './run-seed.ts';
import { Summary, replayCommand } from './summary.ts';

/*
 * npm run converge -- --seed 123 [--http]      replays one seed and shows what happened
 * npm run converge -- --seeds 500 [--from 1] [--http]   runs many and sums up
 * … --mistake cursorBeforePage   plants one of the mistakes of mistakes.ts
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '60' },
    from: { type: 'string', default: '1' },
    http: { type: 'boolean', default: false },
    mistake: { type: 'string' },
  },
});

const planted = Object.entries(mistakes).find(([name]) => name === values.mistake)?.[1];
const options: SeedOptions = { http: values.http, ...(planted === undefined ? {} : { mistake: planted }) };

async function replay(seed: number): Promise<boolean> {
  const report = await runSeed(seed, options);
  console.log(report.lines.join('\n'));
  console.log(report.problems.length === 0 ? 'the mirror is right' : report.problems.join('\n'));
  console.log(`trace ${report.trace}`);
  return report.problems.length === 0;
}

async function runMany(from: number, count: number): Promise<boolean> {
  const summary = new Summary();
  for (let seed = from; seed < from + count; seed += 1) {
    const report = await runSeed(seed, options);
    summary.add(report);
    if (report.problems.length > 0) {
      console.log(`seed ${seed} fails; replay it with: ${replayCommand(report)}`);
      console.log(report.problems.slice(0, 3).join('\n'));
    }
  }
  console.log(summary.text());
  return summary.failed.length === 0;
}

const good =
  values.seed === undefined
    ? await runMany(Number(values.from), Number(values.seeds))
    : await replay(Number(values.seed));
process.exitCode = good ? 0 : 1;
