import { Option, type Command } from 'commander';
import type { App } from '../../app.ts';
import { formatMoney, type Day } from '../../domain/index.ts';
import {
  readFlags,
  readHolds,
  readStandings,
  type Hold,
  type StandingRecord,
} from '../../decisions/index.ts';
import type { Connection } from '../../mirror/index.ts';
import { STANDINGS } from '../../policy/index.ts';
import { evaluateOne, type Flag, type RuleName } from '../../rules/index.ts';
import { asOfDay, asOfOption } from '../as-of.ts';
import { chooseConnections } from '../choose-connections.ts';
import { customerUnknown, isCustomer } from '../choose-customers.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import {
  describeConnectionRef,
  describeCustomerRef,
  type ConnectionRef,
  type CustomerRef,
} from '../documents.ts';
import { eachConnection, succeeded, throwFailures } from '../each-connection.ts';
import { printJsonArray, printLine } from '../print.ts';
import { factsOrSaved, isSavedCustomer, savedText, type SavedNote } from '../saved-facts.ts';
import { renderTable, type Column } from '../table.ts';

interface FlagsOptions extends CommonOptions {
  rule?: string;
  customer?: string;
  asOf?: Day;
}

/** Every rule there is: the compiler says when one is missing here. */
const RULES: Readonly<Record<RuleName, true>> = {
  'over-limit': true,
  'near-limit': true,
  'group-over-limit': true,
  'group-near-limit': true,
  overdue: true,
  'cash-only': true,
  unassessed: true,
  'cannot-decide': true,
};

/** One element of `holdfast flags --json`. */
export type FlagElement = {
  connection: ConnectionRef;
  customer: CustomerRef;
  /** Only on figures that were saved earlier: there are no newer ones. */
  saved?: SavedNote;
} & Omit<Flag, 'customerId'>;

export function flagsCommand(): Command {
  return command('flags', 'what the rules find, with the arithmetic and what would clear it')
    .argument('[ids...]', 'connections (default: all)')
    .addOption(new Option('--rule <rule>', 'only this rule').choices(Object.keys(RULES)))
    .option('--customer <customer>', 'only this one: id, account number or a part of its name')
    .addOption(asOfOption())
    .action(async (ids: string[], options: FlagsOptions) => withApp((app) => showFlags(app, ids, options)));
}

async function showFlags(app: App, ids: string[], options: FlagsOptions): Promise<void> {
  const outcomes = await eachConnection(await chooseConnections(app, ids), (connection) =>
    findFlags(app, connection, options),
  );
  const elements = succeeded(outcomes).flatMap(({ result }) => result.flags);
  if (options.json) printJsonArray(elements);
  else if (succeeded(outcomes).length > 0) {
    for (const { result } of succeeded(outcomes)) if (result.head !== null) printLine(result.head);
    printFlags(elements, options);
    for (const { result } of succeeded(outcomes)) result.standings.forEach(printStanding);
  }
  throwFailures(outcomes, options.json ?? false);
  const customers = succeeded(outcomes).reduce((sum, { result }) => sum + result.customers, 0);
  if (options.customer !== undefined && customers === 0)
    throw customerUnknown(options.customer, 'the companies looked at');
}

/** `isDrifted`: a person took the hold away on the platform, and that wins. */
type StandingLine = { name: string; isDrifted: boolean } & Pick<
  StandingRecord,
  'standing' | 'since' | 'clearing' | 'unpayable'
>;

interface FoundFlags {
  customers: number;
  flags: FlagElement[];
  /** How those that were asked for stood after their last night; empty unless one was asked for by name. */
  standings: StandingLine[];
  /** What to say before them; null when they are of now. */
  head: string | null;
}

async function findFlags(app: App, connection: Connection, options: FlagsOptions): Promise<FoundFlags> {
  const policy = app.policy();
  const { customer: asked, rule } = options;
  const found = await factsOrSaved(app, connection, asOfDay(app, connection, options.asOf));
  const isAsked = (flag: Flag): boolean => rule === undefined || flag.rule === rule;
  if ('current' in found) {
    const chosen = found.current.facts.filter(
      (one) => asked === undefined || isCustomer(connection, one.customer, asked),
    );
    const flags = chosen.flatMap((one) =>
      evaluateOne(one, policy)
        .filter(isAsked)
        .map((flag) => describeFlag(connection, one.customer, flag, null)),
    );
    const standings = await findStandings(
      app,
      connection,
      asked === undefined ? [] : chosen.map((one) => one.customer),
    );
    return { customers: chosen.length, flags, standings, head: null };
  }
  const { saved, note, customers } = found;
  const chosen = saved.documents.filter(
    ({ customer }) => asked === undefined || isSavedCustomer(connection, customers, customer.id, asked),
  );
  const names = new Map<string, string>(chosen.map(({ customer }) => [customer.id, customer.name]));
  const flags = (await readFlags(app.store.reader, connection.id, saved.asOf)).flatMap((flag) => {
    const name = names.get(flag.customerId);
    if (name === undefined || !isAsked(flag)) return [];
    return [describeFlag(connection, { id: flag.customerId, name }, flag, note)];
  });
  const named = asked === undefined ? [] : chosen.map(({ customer }) => customer);
  const standings = await findStandings(app, connection, named);
  return { customers: chosen.length, flags, standings, head: savedText(app, saved.asOf, note) };
}

/** As the last night wrote them down. */
async function findStandings(
  app: App,
  connection: Connection,
  customers: { id: string; name: string }[],
): Promise<StandingLine[]> {
  if (customers.length === 0) return [];
  const records = new Map<string, StandingRecord>(await readStandings(app.store.reader, connection.id));
  const holds = new Map<string, Hold>(await readHolds(app.store.reader, connection.id));
  return customers.flatMap(({ id, name }) => {
    const record = records.get(id);
    if (record === undefined || record.standing === 'clear') return [];
    return [{ name, isDrifted: holds.get(id)?.state === 'drift', ...record }];
  });
}

/** A flag as it is written down for machines. */
function describeFlag(
  connection: Connection,
  customer: Parameters<typeof describeCustomerRef>[1],
  { customerId: _, ...flag }: Flag,
  saved: SavedNote | null,
): FlagElement {
  return {
    connection: describeConnectionRef(connection),
    customer: describeCustomerRef(connection, customer),
    ...(saved === null ? {} : { saved }),
    ...flag,
  };
}

const COLUMNS: Column[] = [
  { head: 'Connection' },
  { head: 'Customer', maximum: 36 },
  { head: 'Rule' },
  { head: 'Asks for' },
  { head: 'Figure', align: 'right' },
  { head: 'Threshold', align: 'right' },
  { head: 'Days', align: 'right' },
  { head: 'Clears with', align: 'right' },
];

function printFlags(elements: FlagElement[], options: FlagsOptions): void {
  if (elements.length === 0) return printLine('No flags.');
  const sorted = elements.sort(bySeverity);
  printLine(renderTable(COLUMNS, sorted.map(rowOf)));
  if (options.customer === undefined) {
    printLine(`\n${elements.length} flags. --customer NAME explains those of one customer.`);
  } else for (const element of sorted) printLine(`\n${element.rule}: ${element.explanation}`);
}

function printStanding({ name, standing, since, isDrifted, clearing, unpayable }: StandingLine): void {
  const drift = isDrifted
    ? ' Its hold was taken away on the platform: it is not placed again while this cause lasts.'
    : '';
  const clears = clearing?.sentence ?? unpayable;
  printLine(`\n${name} stands on ${standing} since ${since}.${clears === null ? '' : ` ${clears}`}${drift}`);
}

/** The most severe first, then the largest figure. */
export function bySeverity(
  a: Pick<Flag, 'severity' | 'figureMinor'>,
  b: Pick<Flag, 'severity' | 'figureMinor'>,
): number {
  const rank = (flag: Pick<Flag, 'severity'>): number =>
    flag.severity === 'info' ? -1 : STANDINGS.indexOf(flag.severity);
  return rank(b) - rank(a) || (b.figureMinor ?? 0) - (a.figureMinor ?? 0);
}

function rowOf(element: FlagElement): string[] {
  const money = (minor: number | null): string =>
    minor === null ? '' : formatMoney(minor, element.currency);
  return [
    element.connection.id,
    element.customer.name,
    element.rule,
    element.severity === 'info' ? '' : element.severity,
    money(element.figureMinor),
    money(element.thresholdMinor),
    element.inputs.days > 0 ? String(element.inputs.days) : '',
    money(element.clearsWith.amountMinor),
  ];
}
