import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { runNight, type NightSummary } from '../../nightly.ts';
import { JOBS_AT_ONCE, postHeldOnce } from '../../scheduler/index.ts';
import { chooseConnections } from '../choose-connections.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { planText, printDispatched } from '../describe-effects.ts';
import { describeJudgement } from '../describe-judgement.ts';
import { describeOutcomes, eachConnection, succeeded, throwFailures } from '../each-connection.ts';
import { printJson, printLine } from '../print.ts';
import { startProgress } from '../progress.ts';
import { judgeOnly, reportDecided } from './decide.ts';

interface NightlyOptions extends CommonOptions {
  dryRun?: boolean;
}

export function nightlyCommand(): Command {
  return command(
    'nightly',
    'the whole night, now: sync, facts, rules, decisions, holds; messages wait for their window',
  )
    .argument('[ids...]', 'connections (default: all)')
    .option('--dry-run', 'judge the mirror as it is; fetch nothing, write nothing')
    .action(async (ids: string[], options: NightlyOptions) =>
      withApp((app) => (options.dryRun ? foretell(app, ids, options) : nightly(app, ids, options))),
    );
}

async function foretell(app: App, ids: string[], options: NightlyOptions): Promise<void> {
  const outcomes = await eachConnection(await chooseConnections(app, ids), (connection) =>
    judgeOnly(app, connection),
  );
  reportDecided(outcomes, options.json ?? false);
}

async function nightly(app: App, ids: string[], options: NightlyOptions): Promise<void> {
  const progress = startProgress(options.json ?? false);
  const outcomes = await eachConnection(
    await chooseConnections(app, ids),
    ({ id }) =>
      runNight(app, id, {
        onProgress: ({ stream, rows, totalRows }) => progress.report(`${id} ${stream}`, rows, totalRows),
      }),
    JOBS_AT_ONCE,
  ).finally(() => progress.stop());
  await postHeldOnce(app);
  if (options.json) printJson(describeOutcomes(outcomes, describeNight));
  else for (const { result } of succeeded(outcomes)) printNight(result);
  throwFailures(outcomes, options.json ?? false);
}

function describeNight({ sync, judgement, plan, dispatched, drifted }: NightSummary): object {
  return {
    ...describeJudgement(judgement),
    sync,
    plan,
    carriedOut: dispatched.lines,
    drifted,
    dryRun: false,
  };
}

function printNight({ connection, asOf, sync, judgement, plan, dispatched, drifted }: NightSummary): void {
  const { flags, changes } = describeJudgement(judgement);
  const { created, updated, deleted, quarantined } = sync.counts;
  const found = Object.entries(flags).map(([rule, count]) => `${count} ${rule}`);
  printLine(`${connection.name} (${connection.id}), ${asOf}`);
  printLine(
    `sync: run ${sync.run} (${sync.mode}), ${created} new, ${updated} changed, ${deleted} deleted, ` +
      `${quarantined} quarantined, ${sync.calls} calls`,
  );
  printLine(`flags: ${found.join(', ') || 'none'}; ${changes.length} standings changed`);
  printLine(`planned: ${planText(plan)}`);
  if (drifted > 0) printLine(`${drifted} holds of ours were taken away on the platform; they are left alone`);
  printDispatched(dispatched.lines);
  printLine();
}
