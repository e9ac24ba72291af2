import { InvalidArgumentError, type Command } from 'commander';
import type { App } from '../../app.ts';
import { HoldfastError, dayAt, parseDay, type Day } from '../../domain/index.ts';
import { present } from '../../lib/index.ts';
import { readConnection, readConnections } from '../../mirror/index.ts';
import { answerProposals, readIntents, snoozeProposals, type Intent } from '../../outbox/index.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { describeIntent, renderIntents } from '../describe-effects.ts';
import { actingPerson, asOption } from '../person.ts';
import { printJson, printLine } from '../print.ts';

interface ApproveOptions extends CommonOptions {
  all?: boolean;
  connection?: string;
  reject?: boolean;
  snooze?: Day;
  dryRun?: boolean;
  as?: string;
}

export function approveCommand(): Command {
  return command('approve', 'approve what was proposed; without numbers, list it')
    .argument('[numbers...]', 'numbers of proposals', collectNumbers, [])
    .option('--all', 'everything that is proposed')
    .option('--connection <id>', 'only what concerns this connection')
    .option('--reject', 'turn it down instead; it is not proposed again for the same cause')
    .option('--snooze <day>', 'put it off instead: it is not listed until this day is over', parseDay)
    .option('--dry-run', 'say what would be approved, and change nothing')
    .addOption(asOption())
    .action(async (numbers: number[], options: ApproveOptions) =>
      withApp((app) => approve(app, numbers, options)),
    );
}

async function approve(app: App, numbers: number[], options: ApproveOptions): Promise<void> {
  if (options.all && numbers.length > 0) throw new HoldfastError('USAGE', 'Give numbers or --all, not both.');
  const proposals = await readProposals(app, options.connection);
  if (!options.all && numbers.length === 0) return listProposals(proposals, options);
  const ids = options.all ? proposals.map((intent) => intent.id) : numbers;
  const answer = answerOf(options);
  const dryRun = options.dryRun ?? false;
  const by = await actingPerson(app, options.as);
  const answered = await give(app, ids, answer, by, options);
  const documents = answered.map(describeIntent);
  if (options.json) return printJson({ answer, by, dryRun, intents: documents });
  if (documents.length > 0) printLine(renderIntents(documents));
  printLine(`${documents.length} ${VERBS[answer]}${dryRun ? ' (dry run)' : ` by ${by}`}.`);
}

const VERBS = { approve: 'approved', reject: 'rejected', snooze: 'put off' } as const;

function answerOf({ reject, snooze }: ApproveOptions): keyof typeof VERBS {
  if (reject && snooze !== undefined)
    throw new HoldfastError('USAGE', 'Give --reject or --snooze, not both.');
  if (reject) return 'reject';
  return snooze === undefined ? 'approve' : 'snooze';
}

async function give(
  app: App,
  ids: number[],
  answer: keyof typeof VERBS,
  by: string,
  { snooze, dryRun }: ApproveOptions,
): Promise<Intent[]> {
  if (answer !== 'snooze')
    return answerProposals(app.store, app.clock, ids, answer, by, app.policy(), dryRun);
  return snoozeProposals(app.store, app.clock, ids, present(snooze, 'the day'), by, dryRun);
}

async function readProposals(app: App, id: string | undefined): Promise<Intent[]> {
  const { reader } = app.store;
  const filter = id === undefined ? {} : { connectionId: (await readConnection(reader, id)).id };
  const zones = new Map((await readConnections(reader)).map((one) => [one.id, one.timeZone]));
  const nowMs = app.clock.nowMs();
  return (await readIntents(reader, { ...filter, states: ['proposed'] })).filter(
    ({ snoozedUntil, connectionId }) =>
      snoozedUntil === null || snoozedUntil < dayAt(nowMs, zones.get(connectionId) ?? 'UTC'),
  );
}

function listProposals(proposals: Intent[], options: ApproveOptions): void {
  const documents = proposals.map(describeIntent);
  if (options.json) return printJson({ answer: null, by: null, dryRun: true, intents: documents });
  if (documents.length === 0) return printLine('Nothing waits for approval.');
  printLine(renderIntents(documents));
  printLine('\n`holdfast approve NUMBER…` or `--all`; add --reject to turn down, --snooze DAY to put off.');
}

/** Whole numbers only; commander collects them one by one. */
export function collectNumbers(text: string, before: number[]): number[] {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It is not a number of a proposal.');
  return [...before, Number(text)];
}
