import { existsSync } from 'node:fs';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { App } from '../../app.ts';
import { HoldfastError, addDays, dayAt, parseDay, type Day } from '../../domain/index.ts';
import { keepHeapSmall } from '../../lib/index.ts';
import { readFactsRun, type Connection } from '../../mirror/index.ts';
import { readPolicyFile, type Policy } from '../../policy/index.ts';
import {
  GOOD,
  backtest,
  readBacktestLedger,
  renderReport,
  summaryOf,
  type Backtest,
  type LimitsChoice,
  type Period,
} from '../../whatif/index.ts';
import { chooseOneConnection } from '../choose-connections.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { describeBacktest } from '../describe-backtest.ts';
import { printJson, printLine } from '../print.ts';
import { startProgress, type Progress } from '../progress.ts';
import { Stopping } from '../stopping.ts';
import { plain } from '../style.ts';
import { fileExists, writeUserFile } from '../user-files.ts';

interface BacktestCommandOptions extends CommonOptions {
  policy?: string[];
  from?: Day;
  to?: Day;
  connection?: string;
  limits: LimitsChoice;
  goodWithinDays: number;
  goodLateDays: number;
  out?: string;
}

export function backtestCommand(): Command {
  return command('backtest', 'replay past days under a policy, beside another or the one in use')
    .option('--policy <file...>', 'policy file, at most two (default: the one in use, alone)')
    .option('--from <day>', 'first day, YYYY-MM-DD (default: a year before the last)', parseDay)
    .option('--to <day>', 'last day (default: the day of the last sync)', parseDay)
    .option('--connection <id>', 'whose books (needed when several companies are connected)')
    .addOption(
      new Option('--limits <which>', 'the limits that were known on each day, or those of today throughout')
        .choices(['then', 'today'])
        .default('then'),
    )
    .addOption(
      new Option(
        '--good-within-days <days>',
        'settled so long after the hold began, or after it fell due, a customer still passes as good',
      )
        .default(GOOD.withinDays)
        .argParser(wholeDays),
    )
    .addOption(
      new Option('--good-late-days <days>', '… unless anything was paid later than so long after its due day')
        .default(GOOD.lateDays)
        .argParser(wholeDays),
    )
    .option('--out <file>', 'write a report to look at and to print: one HTML file')
    .action(async (options: BacktestCommandOptions) => withApp((app) => run(app, options)));
}

function wholeDays(text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give whole days, 0 to 999.');
}

async function run(app: App, options: BacktestCommandOptions): Promise<void> {
  keepHeapSmall();
  const { out, limits } = options;
  const policies = policiesOf(app, options.policy ?? []);
  if (out !== undefined && existsSync(out)) throw fileExists(out);
  const connection = await chooseOneConnection(app, options.connection);
  const period = await periodOf(app, connection, options);
  const result = await replay(app, connection, { ...options, ...period }, policies);
  const subject = { company: connection.name, limits };
  if (out !== undefined) writeUserFile(out, await renderReport(result, subject));
  if (options.json) return printJson(describeBacktest(connection, result, limits, out ?? null));
  print(connection, result, out);
}

/** The policies to compare. One that is the same as the one in use is replayed once. */
function policiesOf(app: App, files: string[]): Policy[] {
  if (files.length > 2)
    throw new HoldfastError(
      'TOO_MANY_POLICIES',
      `${files.length} policies were given; two are compared at most.`,
    );
  const given = files.map(readPolicyFile);
  const all = given.length === 2 ? given : [...given, app.policy()];
  return all.filter((one, i) => all.findIndex((other) => other.hash === one.hash) === i);
}

async function periodOf(
  app: App,
  connection: Connection,
  { from, to }: BacktestCommandOptions,
): Promise<Period> {
  const run = await readFactsRun(app.store.reader, connection.id);
  const last = to ?? dayAt(run?.finishedAtMs ?? app.clock.nowMs(), connection.timeZone);
  return { from: from ?? addDays(last, -364), to: last };
}

async function replay(
  app: App,
  connection: Connection,
  { json = false, limits, goodWithinDays, goodLateDays, from, to }: BacktestCommandOptions & Period,
  policies: Policy[],
): Promise<Backtest> {
  const progress = startProgress(json);
  const stopping = new Stopping();
  try {
    const ledger = await readBacktestLedger(app.store.reader, connection, { from, to }, limits);
    const onProgress = reporter(app, connection, progress, stopping);
    const good = { withinDays: goodWithinDays, lateDays: goodLateDays };
    return await backtest(ledger, { from, to, policies, good, onProgress });
  } finally {
    stopping.end();
    progress.stop();
  }
}

/** So often the work pauses for the keyboard and the bar. */
const LOOK_UP_EVERY_MS = 100;

function reporter(app: App, { id }: Connection, progress: Progress, stopping: Stopping) {
  let lastMs = -Infinity;
  return async (done: number, total: number): Promise<void> => {
    const nowMs = app.clock.monotonicMs();
    if (nowMs - lastMs < LOOK_UP_EVERY_MS && done < total) return;
    lastMs = nowMs;
    progress.report(`${id} customers and families replayed`, done, total);
    await app.clock.sleep(0);
    stopping.assertGoOn('The backtest was stopped before it was done; nothing was written.');
  };
}

function print(connection: Connection, result: Backtest, out: string | undefined): void {
  const { from, to, days, reconstructedDays, replays } = result;
  const rebuilt = `${reconstructedDays} of ${days} days rebuilt from document dates`;
  printLine(`${plain(connection.name)} (${connection.id}), ${from} to ${to}, ${rebuilt}.`);
  for (const replay of replays) {
    printLine(`\n${plain(replay.policy.name)} (version ${replay.policy.hash})`);
    for (const sentence of summaryOf(replay, result)) printLine(`  ${sentence}`);
  }
  printLine(
    out === undefined
      ? '\n--out report.html writes the holds, plots and caveats; --json gives everything.'
      : `\nReport written to ${out}.`,
  );
}
