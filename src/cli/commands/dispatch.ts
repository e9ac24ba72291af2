import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { readKillSwitch } from '../../cases/index.ts';
import { HoldfastError } from '../../domain/index.ts';
import type { Connection } from '../../mirror/index.ts';
import {
  dispatch,
  isReminderHour,
  readIntents,
  staleness,
  type Intent,
  type IntentKind,
} from '../../outbox/index.ts';
import { chooseConnections } from '../choose-connections.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { describeIntent, printDispatched, renderIntents, type IntentDocument } from '../describe-effects.ts';
import { describeOutcomes, eachConnection, succeeded, throwFailures } from '../each-connection.ts';
import { printJson, printLine } from '../print.ts';
import { startProgress } from '../progress.ts';

/** Every kind of effect: what `dispatch` carries out. */
export const ALL_KINDS: readonly IntentKind[] = ['hold.place', 'hold.release', 'note', 'reminder'];

interface DispatchCommandOptions extends CommonOptions {
  now?: boolean;
  yes?: boolean;
  dryRun?: boolean;
}

export function dispatchCommand(): Command {
  return command('dispatch', 'carry out what is ready and inside its window')
    .argument('[ids...]', 'connections (default: all)')
    .option('--now', 'whatever the hour is; needs --yes')
    .option('--yes', 'yes, messages may leave at this hour')
    .option('--dry-run', 'say what would be carried out, and do nothing')
    .action(async (ids: string[], options: DispatchCommandOptions) =>
      withApp((app) => (options.dryRun ? foretell(app, ids, options) : send(app, ids, options))),
    );
}

async function send(app: App, ids: string[], options: DispatchCommandOptions): Promise<void> {
  if (options.now && !options.yes) {
    throw new HoldfastError('YES_NEEDED', '--now sends messages outside of their window.', {
      hint: 'Look with --dry-run --now, then add --yes.',
    });
  }
  const progress = startProgress(options.json ?? false);
  const outcomes = await eachConnection(await chooseConnections(app, ids), (connection) =>
    dispatch(app.outbox(), connection, {
      kinds: ALL_KINDS,
      ignoreWindow: options.now ?? false,
      onProgress: (done, total) => progress.report(`${connection.id} effects`, done, total),
    }),
  ).finally(() => progress.stop());
  if (options.json) printJson(describeOutcomes(outcomes, ({ lines }) => ({ lines, dryRun: false })));
  else
    for (const { connection, result } of succeeded(outcomes)) {
      printLine(`${connection.name} (${connection.id})`);
      printDispatched(result.lines);
    }
  throwFailures(outcomes, options.json ?? false);
}

interface Foretold {
  /** Why nothing would leave at all; null when something may. */
  stopped: string | null;
  wouldGo: IntentDocument[];
  wouldWait: IntentDocument[];
}

async function foretell(app: App, ids: string[], options: DispatchCommandOptions): Promise<void> {
  const outcomes = await eachConnection(await chooseConnections(app, ids), (connection) =>
    look(app, connection, options.now ?? false),
  );
  if (options.json) printJson(describeOutcomes(outcomes, (found) => ({ ...found, dryRun: true })));
  else
    for (const { connection, result } of succeeded(outcomes)) {
      const { stopped, wouldGo, wouldWait } = result;
      printLine(
        `${connection.name} (${connection.id}): ${wouldGo.length} would go, ${wouldWait.length} would wait (dry run)`,
      );
      if (stopped !== null) printLine(`nothing would leave: ${stopped}`);
      if (wouldGo.length > 0) printLine(renderIntents(wouldGo));
    }
  throwFailures(outcomes, options.json ?? false);
}

async function look(app: App, connection: Connection, ignoreWindow: boolean): Promise<Foretold> {
  const { reader } = app.store;
  const policy = app.policy();
  const nowMs = app.clock.nowMs();
  const stopped = (await readKillSwitch(reader))
    ? 'the kill switch is on'
    : await staleness(reader, connection, policy, nowMs);
  const goes = (intent: Intent): boolean =>
    stopped === null &&
    (ignoreWindow || intent.kind !== 'reminder' || isReminderHour(intent, connection, policy, nowMs)) &&
    (ignoreWindow || intent.notBeforeMs <= nowMs) &&
    intent.expiresAtMs > nowMs;
  const ready = await readIntents(reader, { connectionId: connection.id, states: ['ready'] });
  return {
    stopped,
    wouldGo: ready.filter(goes).map(describeIntent),
    wouldWait: ready.filter((intent) => !goes(intent)).map(describeIntent),
  };
}
