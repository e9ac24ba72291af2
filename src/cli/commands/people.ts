import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { changePerson, readPeople, readPeopleHistory, type Person } from '../../cases/index.ts';
import { HoldfastError } from '../../domain/index.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { isoInstant } from '../documents.ts';
import { asOption, personName } from '../person.ts';
import { printJson, printJsonArray, printLine } from '../print.ts';
import { plain } from '../style.ts';
import { renderTable } from '../table.ts';

interface PeopleOptions extends CommonOptions {
  role?: string;
  upTo?: string;
  all?: boolean;
  dryRun?: boolean;
  as?: string;
}

export function peopleCommand(): Command {
  return command('people', 'who may decide; while nobody is registered, everybody may')
    .addCommand(
      changing('add', 'register somebody, or give them another role or amount')
        .requiredOption('--role <role>', 'as the policy names it, such as manager')
        .option('--up-to <amount>', 'decides up to this amount, in the base currency of each organisation')
        .action(async (name: string, options: PeopleOptions) => withApp((app) => add(app, name, options))),
    )
    .addCommand(
      command('list', 'who is registered')
        .option('--all', 'every change, those who are gone among them')
        .action(async (options: PeopleOptions) => withApp((app) => list(app, options))),
    )
    .addCommand(
      changing('remove', 'they decide no more; what they decided stays').action(
        async (name: string, options: PeopleOptions) => withApp((app) => remove(app, name, options)),
      ),
    );
}

const changing = (name: string, description: string): Command =>
  command(name, description)
    .argument('<name>', 'as it is given with --as')
    .option('--dry-run', 'check it, and change nothing')
    .addOption(asOption());

async function add(app: App, text: string, options: PeopleOptions): Promise<void> {
  const name = plain(text).trim().replace(/\s+/g, ' ');
  const role = options.role?.trim() ?? '';
  if (name === '' || role === '')
    throw new HoldfastError('USAGE', 'Give a name and a role that are not empty.');
  await change(app, { name, role, upTo: amountText(options.upTo) }, 'present', options);
}

/** A plain decimal, kept as it is: it is of the base currency of whichever organisation. Throws BAD_AMOUNT. */
function amountText(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (/^\d{1,12}(\.\d{1,3})?$/.test(text)) return text;
  throw new HoldfastError('BAD_AMOUNT', `"${text}" is not an amount.`, { hint: 'Write it as 1200.00.' });
}

async function remove(app: App, name: string, options: PeopleOptions): Promise<void> {
  await change(app, { name, role: '', upTo: null }, 'gone', options);
}

async function change(
  app: App,
  person: Person,
  state: 'present' | 'gone',
  options: PeopleOptions,
): Promise<void> {
  const dryRun = options.dryRun ?? false;
  const deps = { store: app.store, clock: app.clock, dryRun };
  const changed = await changePerson(deps, person, state, personName(options.as));
  const { by } = changed;
  if (options.json) return printJson({ ...changed.person, state, by, dryRun });
  const { name, role, upTo } = changed.person;
  const what =
    state === 'gone'
      ? 'decides no more'
      : `decides as ${role}${upTo === null ? '' : `, up to ${upTo}`} from now on`;
  printLine(`${name} ${what}${dryRun ? ' (dry run)' : `, says ${by}`}.`);
}

async function list(app: App, options: PeopleOptions): Promise<void> {
  const { reader } = app.store;
  const history = (await readPeopleHistory(reader)).map(({ atMs, ...one }) => ({
    ...one,
    at: isoInstant(atMs),
  }));
  const names = new Set((await readPeople(reader)).map((one) => one.name));
  const current = history.filter(
    (one, i) => names.has(one.name) && !history.some((later, j) => j > i && later.name === one.name),
  );
  const shown = options.all ? history : current;
  if (options.json) return printJsonArray(shown);
  if (shown.length === 0) return printLine('Nobody is registered: whoever is named with --as may decide.');
  const columns = ['Name', 'Role', 'Up to', 'State', 'Since', 'By'].map((head) => ({ head }));
  const rows = shown.map((one) => [
    ...[one.name, one.role, one.upTo ?? 'as the policy says', one.state, one.at ?? '', one.by],
  ]);
  printLine(renderTable(columns, rows));
}
