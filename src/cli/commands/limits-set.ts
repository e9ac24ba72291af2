import { InvalidArgumentError, type Command } from 'commander';
import type { App } from '../../app.ts';
import { readLimit, readLimits, type CreditLimit } from '../../cases/index.ts';
import { HoldfastError, parseDay, type ConnectionId, type Day } from '../../domain/index.ts';
import {
  CUSTOMER,
  amountOf,
  caseCommand,
  makeChange,
  namedId,
  openCase,
  openNumbered,
  reasonOf,
  type CaseOptions,
} from '../case-command.ts';
import { chooseOneConnection } from '../choose-connections.ts';
import { withApp } from '../command.ts';

interface SetOptions extends CaseOptions {
  group?: string;
  reviewOn?: string;
}

export function setCommand(): Command {
  return caseCommand('set', "set one customer's permanent limit")
    .argument(...CUSTOMER)
    .argument('<limit>', '1200.00, 0 (cash only), unlimited, or none (not assessed)')
    .option('--group <name>', 'the group whose limit it shares; none takes it out (default: as it was)')
    .option('--review-on <day>', 'when to look at it again; never takes the day away (default: as it was)')
    .action(async (asked: string, limit: string, options: SetOptions) =>
      withApp((app) => setLimit(app, asked, limit, options)),
    );
}

async function setLimit(app: App, asked: string, text: string, options: SetOptions): Promise<void> {
  reasonOf(options);
  const { connection, customer } = await openCase(app, asked, options);
  const before = await readLimit(app.store.reader, connection.id, customer.id);
  const limit = limitIn(text, connection.baseCurrency);
  const group = await groupIn(app, connection.id, options.group, before?.group ?? null);
  const review = options.reviewOn;
  const entry = { customerId: customer.id, limit, group };
  const reviewed =
    review === undefined ? entry : { ...entry, reviewOn: review === 'never' ? null : parseDay(review) };
  const table = { entries: [reviewed], groups: [] };
  await makeChange(app, connection, { kind: 'limit.set', customer: namedId(customer), table }, options);
}

/** A limit as it is written on the command line. Nothing, 0 and unlimited are three things. */
export function limitIn(text: string, currency: string): CreditLimit | null {
  if (text === 'none') return null;
  if (text === 'unlimited') return { kind: 'unlimited' };
  return { kind: 'amount', limitMinor: amountOf(text, currency) };
}

async function groupIn(
  app: App,
  id: ConnectionId,
  wanted: string | undefined,
  before: string | null,
): Promise<string | null> {
  if (wanted === undefined) return before;
  if (wanted === 'none') return null;
  const { groups } = await readLimits(app.store.reader, id, []);
  if (groups.some((group) => group.name === wanted)) return wanted;
  throw new HoldfastError('GROUP_UNKNOWN', `There is no group "${wanted}".`, {
    hint: `Give it a limit first: holdfast limits group "${wanted}" AMOUNT --why "…".`,
  });
}

export function groupCommand(): Command {
  return caseCommand('group', 'set the limit that the customers of a group share')
    .argument('<name>', 'of the group')
    .argument('<limit>', '1200.00')
    .action(async (name: string, limit: string, options: CaseOptions) =>
      withApp((app) => setGroup(app, name, limit, options)),
    );
}

async function setGroup(app: App, name: string, text: string, options: CaseOptions): Promise<void> {
  reasonOf(options);
  const connection = await chooseOneConnection(app, options.connection);
  const group = name.trim();
  if (group === '' || group === 'none')
    throw new HoldfastError('BAD_GROUP', `"${name}" is no name of a group.`);
  const groups = [{ name: group, limitMinor: amountOf(text, connection.baseCurrency) }];
  const table = { entries: [], groups };
  await makeChange(app, connection, { kind: 'limit.set', customer: null, table }, options);
}

interface TemporaryOptions extends CaseOptions {
  from?: Day;
  to?: Day;
  end?: string;
}

export function temporaryCommand(): Command {
  return caseCommand('temporary', 'add to a limit for some time; it ends by itself')
    .argument('[customer]', CUSTOMER[1])
    .argument('[amount]', 'how much more, such as 1200.00')
    .option('--from <day>', 'the first day (default: today)', parseDay)
    .option('--to <day>', 'the last day', parseDay)
    .option('--end <number>', 'end this one today instead')
    .action(async (asked: string | undefined, amount: string | undefined, options: TemporaryOptions) =>
      withApp((app) =>
        options.end === undefined
          ? addTemporary(app, asked, amount, options)
          : endTemporary(app, options.end, options),
      ),
    );
}

async function addTemporary(
  app: App,
  asked: string | undefined,
  amount: string | undefined,
  options: TemporaryOptions,
): Promise<void> {
  const { from, to } = options;
  if (asked === undefined || amount === undefined || to === undefined)
    throw new HoldfastError('USAGE', 'Give the customer, the amount and --to DAY (or --end NUMBER).');
  reasonOf(options);
  const { connection, customer, today } = await openCase(app, asked, options);
  const amountMinor = amountOf(amount, connection.baseCurrency);
  const change = { kind: 'limit.temporary', amountMinor, from: from ?? today, to } as const;
  await makeChange(app, connection, { ...change, customer: namedId(customer) }, options);
}

async function endTemporary(app: App, number: string, options: TemporaryOptions): Promise<void> {
  const { connection, customer, id } = await openNumbered(app, 'temporary_limit', number);
  const change = { kind: 'limit.temporary.end', customer: namedId(customer), id } as const;
  await makeChange(app, connection, change, options);
}

interface InsureOptions extends CaseOptions {
  insurer?: string;
  cover?: number;
  from?: Day;
  until?: Day;
}

export function insureCommand(): Command {
  return caseCommand('insure', "note what an insurer would pay of a customer's debt")
    .argument(...CUSTOMER)
    .argument('<amount>', 'up to how much, such as 1200.00; none = no longer insured')
    .option('--insurer <name>', 'who insures it')
    .option('--cover <percent>', 'which part of it is paid (default: 100)', percentOf)
    .option('--from <day>', 'from this day on (default: today)', parseDay)
    .option('--until <day>', 'the last day of the cover', parseDay)
    .action(async (asked: string, amount: string, options: InsureOptions) =>
      withApp((app) => insure(app, asked, amount, options)),
    );
}

async function insure(app: App, asked: string, amount: string, options: InsureOptions): Promise<void> {
  const { connection, customer, today } = await openCase(app, asked, options);
  const insurer = options.insurer?.trim() ?? '';
  if (amount !== 'none' && insurer === '')
    throw new HoldfastError('USAGE', 'Say who insures it with --insurer NAME.');
  const { cover: coverPercent = 100, from = today, until = null } = options;
  const insured =
    amount === 'none'
      ? null
      : { insurer, limitMinor: amountOf(amount, connection.baseCurrency), coverPercent, until };
  const change = { kind: 'limit.insure', customer: namedId(customer), insured, from } as const;
  await makeChange(app, connection, change, options);
}

function percentOf(text: string): number {
  const percent = /^\d{1,3}(\.\d{1,2})?$/.test(text) ? Number(text) : 0;
  if (percent > 0 && percent <= 100) return percent;
  throw new InvalidArgumentError('It is not a percentage above 0, up to 100.');
}
