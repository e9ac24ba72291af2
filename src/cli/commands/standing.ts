import { Argument, Option, type Command } from 'commander';
import type { App } from '../../app.ts';
import { CAUSES, MANUAL_STANDINGS, type ManualStanding } from '../../cases/index.ts';
import { HoldfastError, parseDay, type Day } from '../../domain/index.ts';
import { readFactsAround } from '../../facts/index.ts';
import { asOfOption } from '../as-of.ts';
import {
  CUSTOMER,
  caseCommand,
  listCommand,
  makeChange,
  namedId,
  openCase,
  reasonOf,
  type CaseOptions,
  type OpenCase,
} from '../case-command.ts';
import { command, withApp } from '../command.ts';
import { openFiles, type ListOptions } from '../list-cases.ts';
import { printJsonArray, printLine } from '../print.ts';
import { renderTable } from '../table.ts';

interface StandingOptions extends CaseOptions {
  cause?: ManualStanding['cause'];
  until?: Day;
}

const causeOption = (text: string): Option => new Option('--cause <cause>', text).choices([...CAUSES]);

export function standingCommand(): Command {
  return command('standing', 'standings that people set; they never clear themselves')
    .addCommand(setCommand())
    .addCommand(
      caseCommand('clear', 'lift what a person set')
        .argument(...CUSTOMER)
        .addOption(causeOption('only what was set for this cause (default: all)'))
        .action(async (asked: string, options: StandingOptions) =>
          withApp((app) => clear(app, asked, options)),
        ),
    )
    .addCommand(
      listCommand('list', 'standings that people set and that are in force')
        .option('--customer <customer>', 'only this customer: id, account number or part of its name')
        .addOption(asOfOption())
        .action(async (options: ListOptions) => withApp((app) => list(app, options))),
    );
}

function setCommand(): Command {
  return caseCommand('set', "set a customer's standing, whatever the rules say")
    .argument(...CUSTOMER)
    .addArgument(new Argument('<standing>', 'how it stands').choices([...MANUAL_STANDINGS]))
    .addOption(causeOption('what it is because of').default('person'))
    .option('--until <day>', 'the last day on which it counts (default: until it is cleared)', parseDay)
    .action(async (asked: string, standing: ManualStanding['standing'], options: StandingOptions) =>
      withApp((app) => set(app, asked, standing, options)),
    );
}

async function set(
  app: App,
  asked: string,
  standing: ManualStanding['standing'],
  options: StandingOptions,
): Promise<void> {
  reasonOf(options);
  const open = await openCase(app, asked, options);
  const { cause = 'person', until = null } = options;
  const what = { standing, cause, until, exposureMinor: await readExposure(app, open) };
  const change = { kind: 'standing.set', customer: namedId(open.customer), ...what } as const;
  await makeChange(app, open.connection, change, options);
}

async function clear(app: App, asked: string, options: StandingOptions): Promise<void> {
  reasonOf(options);
  const open = await openCase(app, asked, options);
  const { cause = null } = options;
  const exposureMinor = await readExposure(app, open);
  const change = { kind: 'standing.clear', customer: namedId(open.customer), cause, exposureMinor } as const;
  await makeChange(app, open.connection, change, options);
}

/**
 * What a customer owes, sub-customers included, in base currency; null when that cannot be said just now (a missing
 * rate, a sync that failed), for a suspicion of fraud must not wait for it.
 */
async function readExposure(app: App, { connection, customer, today }: OpenCase): Promise<number | null> {
  const policy = app.policy();
  try {
    const { facts } = await readFactsAround(app.store.reader, connection, policy, today, [customer.id]);
    const found = facts.find((one) => one.customer.id === customer.id);
    return found === undefined ? 0 : (found.total.base?.exposureMinor ?? null);
  } catch (error) {
    if (error instanceof HoldfastError && error.kind === 'state') return null;
    throw error;
  }
}

async function list(app: App, options: ListOptions): Promise<void> {
  const found = [];
  for (const { file, refOf } of await openFiles(app, options))
    for (const { customerId, ...rest } of file.manualStandings) {
      const ref = refOf(customerId);
      if (ref !== null) found.push({ ...ref, ...rest });
    }
  if (options.json) return printJsonArray(found);
  if (found.length === 0) return printLine('Nobody set a standing.');
  const columns = ['Customer', 'Standing', 'Cause', 'From', 'Until', 'By', 'Why'];
  const rows = found.map((one) => [
    ...[one.customer.name, one.standing, one.cause, one.from, one.until ?? 'cleared', one.by, one.reason],
  ]);
  printLine(
    renderTable(
      columns.map((head) => ({ head, maximum: 40 })),
      rows,
    ),
  );
}
