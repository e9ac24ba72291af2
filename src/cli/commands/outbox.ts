import { Option, type Command } from 'commander';
import type { App } from '../../app.ts';
import { HoldfastError } from '../../domain/index.ts';
import { readConnection } from '../../mirror/index.ts';
import { LIVE_STATES, readIntents, settleByHand, type IntentState } from '../../outbox/index.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { describeIntent, renderIntents } from '../describe-effects.ts';
import { actingPerson, asOption } from '../person.ts';
import { printJson, printJsonArray, printLine } from '../print.ts';
import { collectNumbers } from './approve.ts';

const STATES: readonly IntentState[] = [
  ...LIVE_STATES,
  'done',
  'refused',
  'superseded',
  'expired',
  'rejected',
];

interface OutboxOptions extends CommonOptions {
  connection?: string;
  state?: IntentState;
  all?: boolean;
}

export function outboxCommand(): Command {
  return command('outbox', 'effects that are on their way, with their state')
    .option('--connection <id>', 'only this connection')
    .addOption(new Option('--state <state>', 'only this state').choices(STATES))
    .option('--all', 'those that are over as well')
    .action(async (options: OutboxOptions) => withApp((app) => listIntents(app, options)))
    .addCommand(settleCommand());
}

function settleCommand(): Command {
  return command('settle', 'say what happened to a message that nobody could verify')
    .argument('<number>', 'number of the intent', (text: string) => collectNumbers(text, [])[0])
    .argument('<outcome>', 'sent or not-sent')
    .option('--dry-run', 'check, and change nothing')
    .addOption(asOption())
    .action(async (id: number, outcome: string, options: SettleOptions) =>
      withApp((app) => settle(app, id, outcome, options)),
    );
}

async function listIntents(app: App, options: OutboxOptions): Promise<void> {
  const { reader } = app.store;
  const { connection: id, state, all } = options;
  const states = state !== undefined ? [state] : all ? STATES : LIVE_STATES;
  const filter = id === undefined ? {} : { connectionId: (await readConnection(reader, id)).id };
  const documents = (await readIntents(reader, { ...filter, states })).map(describeIntent);
  if (options.json) return printJsonArray(documents);
  printLine(documents.length === 0 ? 'The outbox is empty.' : renderIntents(documents));
}

interface SettleOptions extends CommonOptions {
  dryRun?: boolean;
  as?: string;
}

async function settle(app: App, id: number, outcome: string, options: SettleOptions): Promise<void> {
  if (outcome !== 'sent' && outcome !== 'not-sent')
    throw new HoldfastError('BAD_OUTCOME', `"${outcome}" is not an outcome: write sent or not-sent.`);
  const by = await actingPerson(app, options.as);
  const dryRun = options.dryRun ?? false;
  const intent = dryRun
    ? (await readIntents(app.store.reader, { ids: [id], states: ['person', 'unknown'] }))[0]
    : await settleByHand(app.store, app.clock, id, outcome === 'sent', by);
  if (intent === undefined) throw new HoldfastError('NOT_UNKNOWN', `Intent ${id} does not wait for anybody.`);
  if (options.json) return printJson({ id, outcome, by, dryRun, kind: intent.kind });
  printLine(
    `Intent ${id} (${intent.kind}, ${intent.content.customerName}): ${outcome}${dryRun ? ' (dry run)' : `, says ${by}`}.`,
  );
}
