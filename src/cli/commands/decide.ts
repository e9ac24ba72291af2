import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { HoldfastError } from '../../domain/index.ts';
import type { Connection } from '../../mirror/index.ts';
import { decideOnly, judge, summarise, type JudgedNight } from '../../nightly.ts';
import { staleness, type PlanSummary } from '../../outbox/index.ts';
import { asOfDay } from '../as-of.ts';
import { chooseConnections } from '../choose-connections.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { describeJudgement, printJudgement } from '../describe-judgement.ts';
import { planText } from '../describe-effects.ts';
import {
  describeOutcomes,
  eachConnection,
  succeeded,
  throwFailures,
  type Outcome,
} from '../each-connection.ts';
import { printJson, printLine, warn } from '../print.ts';

interface DecideOptions extends CommonOptions {
  dryRun?: boolean;
}

/** A judgement, with what was written down of it; plan null = nothing was (--dry-run). */
export interface Decided {
  judgement: JudgedNight;
  plan: PlanSummary | null;
}

export function decideCommand(): Command {
  return command(
    'decide',
    'decide from the last sync: standings, holds and reminders, without fetching anything',
  )
    .argument('[ids...]', 'connections (default: all)')
    .option('--dry-run', 'say what would be decided, and write nothing')
    .action(async (ids: string[], options: DecideOptions) => withApp((app) => decide(app, ids, options)));
}

async function decide(app: App, ids: string[], options: DecideOptions): Promise<void> {
  const outcomes = await eachConnection(await chooseConnections(app, ids), (connection) =>
    options.dryRun ? judgeOnly(app, connection) : decideFresh(app, connection),
  );
  reportDecided(outcomes, options.json ?? false);
}

/** Judges the mirror as it is and writes nothing; says so when it is too old to act on. */
export async function judgeOnly(app: App, connection: Connection): Promise<Decided> {
  const judgement = summarise(await judge(app, connection, asOfDay(app, connection, undefined)));
  const stale = await staleness(app.store.reader, connection, judgement.policy, app.clock.nowMs());
  if (stale !== null) warn(`${connection.id}: ${stale}`);
  return { judgement, plan: null };
}

async function decideFresh(app: App, connection: Connection): Promise<Decided> {
  const stale = await staleness(app.store.reader, connection, app.policy(), app.clock.nowMs());
  if (stale === null) return decideOnly(app, connection);
  throw new HoldfastError('MIRROR_STALE', `Nothing is decided for ${connection.name}: ${stale}.`, {
    kind: 'state',
    hint: `Run \`holdfast sync ${connection.id}\` first; --dry-run shows what the old figures would mean.`,
  });
}

/** Prints judgements, written down or not, and ends with the failures. */
export function reportDecided(outcomes: Outcome<Decided>[], asJson: boolean): void {
  if (asJson) {
    printJson(
      describeOutcomes(outcomes, ({ judgement, plan }) => ({
        ...describeJudgement(judgement),
        plan,
        dryRun: plan === null,
      })),
    );
  } else
    for (const { connection, result } of succeeded(outcomes)) {
      const { judgement, plan } = result;
      printLine(
        `${connection.name} (${connection.id}), ${judgement.asOf}${plan === null ? ' (dry run)' : ''}`,
      );
      printJudgement(describeJudgement(judgement));
      printLine(plan === null ? '' : `\nplanned: ${planText(plan)}\n`);
    }
  throwFailures(outcomes, asJson);
}
