import { InvalidArgumentError, type Command } from 'commander';
import type { App } from '../../app.ts';
import { HoldfastError } from '../../domain/index.ts';
import { readConnection } from '../../mirror/index.ts';
import { answerProposals, readIntents, type Intent } from '../../outbox/index.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { describeIntent, renderIntents } from '../describe-effects.ts';
import { asOption, personName } from '../person.ts';
import { printJson, printLine } from '../print.ts';

interface ApproveOptions extends CommonOptions {
  all?: boolean;
  connection?: string;
  reject?: boolean;
  dryRun?: boolean;
  as?: string;
}

export function approveCommand(): Command {
  return command('approve', 'approve what was proposed; without numbers, list it')
    .argument('[numbers...]', 'numbers of proposals', collectNumbers, [])
    .option('--all', 'everything that is proposed')
    .option('--connection <id>', 'only what concerns this connection')
    .option('--reject', 'turn it down instead; it is not proposed again for the same cause')
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
  const answer = options.reject ? 'reject' : 'approve';
  const dryRun = options.dryRun ?? false;
  const by = personName(options.as);
  const answered = dryRun
    ? pick(proposals, ids)
    : await answerProposals(app.store, app.clock, ids, answer, by);
  const documents = answered.map(describeIntent);
  if (options.json) return printJson({ answer, by, dryRun, intents: documents });
  if (documents.length > 0) printLine(renderIntents(documents));
  printLine(
    `${documents.length} ${answer === 'approve' ? 'approved' : 'rejected'}${dryRun ? ' (dry run)' : ` by ${by}`}.`,
  );
}

/** What answering would change, checked as the answer itself would check it. */
function pick(proposals: Intent[], ids: number[]): Intent[] {
  const missing = ids.filter((id) => !proposals.some((intent) => intent.id === id));
  if (missing.length === 0) return proposals.filter((intent) => ids.includes(intent.id));
  throw new HoldfastError('NOT_PROPOSED', `Not proposed: ${missing.join(', ')}.`, {
    hint: 'Run `holdfast approve` without numbers to see what is proposed.',
  });
}

async function readProposals(app: App, id: string | undefined): Promise<Intent[]> {
  const { reader } = app.store;
  const filter = id === undefined ? {} : { connectionId: (await readConnection(reader, id)).id };
  return readIntents(reader, { ...filter, states: ['proposed'] });
}

function listProposals(proposals: Intent[], options: ApproveOptions): void {
  const documents = proposals.map(describeIntent);
  if (options.json) return printJson({ answer: null, by: null, dryRun: true, intents: documents });
  if (documents.length === 0) return printLine('Nothing waits for approval.');
  printLine(renderIntents(documents));
  printLine('\n`holdfast approve NUMBER…` or `--all`; add --reject to turn down.');
}

/** Whole numbers only; commander collects them one by one. */
export function collectNumbers(text: string, before: number[]): number[] {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It is not a number of a proposal.');
  return [...before, Number(text)];
}
