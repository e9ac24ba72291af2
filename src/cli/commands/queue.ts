import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { answerRequest, requireRequest, type RequestAnswer } from '../../cases/index.ts';
import { parseDay, type Day } from '../../domain/index.ts';
import { readConnection, type Connection } from '../../mirror/index.ts';
import { whoText } from '../case-command.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { editedChange, type EditOptions } from '../edit-request.ts';
import { listQueue, type QueueListOptions } from '../list-queue.ts';
import { asOption, personName } from '../person.ts';
import { printJson, printLine } from '../print.ts';
import { collectNumbers } from './approve.ts';

interface AnswerOptions extends CommonOptions {
  why?: string;
  edition?: number;
  until?: Day;
  as?: string;
  dryRun?: boolean;
}

export function queueCommand(): Command {
  return command('queue', 'what waits for the yes of somebody else: limits, releases, disputes, standings')
    .addCommand(
      command('list', 'requests, with who may answer them')
        .option('--connection <id>', 'only of this company')
        .option('--mine', 'only those that my yes would bring further')
        .option('--all', 'those that are over, and those put off, as well')
        .addOption(asOption())
        .action(async (options: QueueListOptions) => withApp((app) => listQueue(app, options))),
    )
    .addCommand(
      answering('approve', 'say yes; the last yes that it needs carries it out')
        .option('--edition <number>', 'only if it was not edited since this one', edition)
        .action(answer(({ edition = null, why }) => ({ kind: 'approve', edition, why: why?.trim() ?? '' }))),
    )
    .addCommand(
      answering('reject', 'say no; whoever asked may take it back like this').action(
        answer(({ why }) => ({ kind: 'reject', why: why?.trim() ?? '' })),
      ),
    )
    .addCommand(
      answering('snooze', 'leave it out of the list for some days')
        .requiredOption('--until <day>', 'the last day on which it is not listed', parseDay)
        .action(answer(({ until }) => ({ kind: 'snooze', until: until ?? parseDay('') }))),
    )
    .addCommand(editCommand());
}

const answering = (name: string, description: string): Command =>
  command(name, description)
    .argument('<number>', 'of the request', (text: string) => collectNumbers(text, [])[0])
    .option('--why <reason>', 'for whoever looks at it later')
    .option('--dry-run', 'say what would come of it, and change nothing')
    .addOption(asOption());

const edition = (text: string): number => collectNumbers(text, [])[0] ?? 0;

const answer =
  (of: (options: AnswerOptions) => RequestAnswer) =>
  async (id: number, options: AnswerOptions): Promise<void> =>
    withApp((app) => give(app, id, () => of(options), options));

function editCommand(): Command {
  return answering('edit', 'ask for something else instead; what was approved must be approved again')
    .option('--amount <amount>', 'another amount')
    .option('--until <day>', 'another last day', parseDay)
    .action(async (id: number, options: AnswerOptions & EditOptions) =>
      withApp((app) =>
        give(
          app,
          id,
          ({ change }, connection) => ({
            kind: 'edit',
            change: editedChange(change, connection.baseCurrency, options),
            why: options.why?.trim() ?? '',
          }),
          options,
        ),
      ),
    );
}

type Request = Awaited<ReturnType<typeof requireRequest>>;

async function give(
  app: App,
  id: number,
  answerTo: (request: Request, connection: Connection) => RequestAnswer,
  options: AnswerOptions,
): Promise<void> {
  const { store, clock } = app;
  const dryRun = options.dryRun ?? false;
  const request = await requireRequest(store.reader, id);
  const connection = await readConnection(store.reader, request.connectionId);
  const deps = { store, clock, policy: app.policy(), dryRun };
  const said = answerTo(request, connection);
  const outcome = await answerRequest(deps, connection, id, said, personName(options.as));
  const { verdict, carriedOut, by, request: now } = outcome;
  const { summary, state, edition: number, snoozedUntil } = now;
  const { missing, mayAnswer } = verdict;
  if (options.json)
    return printJson({
      ...{ id, answer: said.kind, by, state, edition: number, summary, snoozedUntil, carriedOut },
      ...{
        missing: state === 'waiting' ? missing : 0,
        mayAnswer: state === 'waiting' ? mayAnswer : [],
        dryRun,
      },
    });
  const waits = `waits for ${missing} more${whoText(mayAnswer)}`;
  const how = carriedOut ? 'carried out' : state === 'waiting' ? waits : state;
  printLine(`Request ${id} (${summary}): ${how}${dryRun ? ' (dry run)' : `, says ${by}`}.`);
}
