import { InvalidArgumentError, type Command } from 'commander';
import type { App } from '../../app.ts';
import { readExclusions } from '../../cases/index.ts';
import { readStandingsBefore } from '../../decisions/index.ts';
import { HoldfastError, formatMoney, type CustomerId, type Day } from '../../domain/index.ts';
import { readFactsInput } from '../../facts/index.ts';
import type { Connection } from '../../mirror/index.ts';
import { readPolicyFile } from '../../policy/index.ts';
import {
  simulate,
  type Breach,
  type Failure,
  type SimulatedStanding,
  type Simulation,
} from '../../whatif/index.ts';
import { asOfDay, asOfOption } from '../as-of.ts';
import { chooseOneConnection } from '../choose-connections.ts';
import { findOneCustomer } from '../choose-customers.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { describeSimulation } from '../describe-simulation.ts';
import { printJson, printLine } from '../print.ts';
import { plain } from '../style.ts';
import { renderTable, type Column } from '../table.ts';

export interface SimulateOptions extends CommonOptions {
  limits?: number;
  rates?: [currency: string, percent: number][];
  terms?: number;
  fail?: string;
  policy?: string;
  connection?: string;
  asOf?: Day;
}

export function simulateCommand(): Command {
  return command('simulate', 'what if: limits, rates, terms, another policy, one customer failing')
    .option('--limits <change>', 'all limits by so much, such as -20% or 10%', parsePercent)
    .option('--rates <change>', 'a currency by so much, such as EUR=+10%; may be repeated', parseRate)
    .option(
      '--terms <days>',
      'open invoices fall due so many days later, such as -15 for earlier',
      parseTerms,
    )
    .option('--fail <customer>', 'this customer does not pay any more: id, account number or exact name')
    .option('--policy <file>', 'judge by this policy instead of the one in use')
    .option('--connection <id>', 'whose books (needed when several companies are connected)')
    .addOption(asOfOption())
    .action(async (options: SimulateOptions) => withApp((app) => run(app, options)));
}

/** '-20%' → -20. No limit and no rate can fall by more than all of it. */
export function parsePercent(text: string): number {
  const match = /^([+-]?)(\d{1,4}(?:\.\d{1,4})?)%$/.exec(text);
  if (match === null)
    throw new InvalidArgumentError('Write a percentage with one sign at most, such as -20% or +10%.');
  const percent = Number(`${match[1] ?? ''}${match[2] ?? ''}`);
  if (percent < -100) throw new InvalidArgumentError('Nothing can fall by more than 100%.');
  if (percent > 1_000) throw new InvalidArgumentError('More than +1000% is taken as a mistake.');
  return percent;
}

function parseRate(
  text: string,
  before: [currency: string, percent: number][] = [],
): [currency: string, percent: number][] {
  const [currency = '', change = '', ...rest] = text.split('=');
  if (!/^[A-Z]{3}$/.test(currency) || rest.length > 0)
    throw new InvalidArgumentError('Write a currency and its change, such as EUR=+10%.');
  const percent = parsePercent(change);
  if (percent === -100) throw new InvalidArgumentError('A currency that is worth nothing has no rate.');
  if (before.some(([other]) => other === currency))
    throw new InvalidArgumentError(`${currency} is given twice.`);
  return [...before, [currency, percent]];
}

function parseTerms(text: string): number {
  if (/^[+-]?\d{1,3}$/.test(text) && Math.abs(Number(text)) <= 365) return Number(text);
  throw new InvalidArgumentError('Give whole days between -365 and 365, such as -15.');
}

async function run(app: App, options: SimulateOptions): Promise<void> {
  const { limits, rates = [], terms, fail, policy: file } = options;
  if (
    limits === undefined &&
    rates.length === 0 &&
    terms === undefined &&
    fail === undefined &&
    file === undefined
  )
    throw new HoldfastError('NOTHING_TO_SIMULATE', 'Nothing was said to be otherwise.', {
      hint: 'Give at least one of --limits, --rates, --terms, --fail and --policy.',
    });
  const connection = await chooseOneConnection(app, options.connection);
  const policy = app.policy();
  const otherPolicy = file === undefined ? policy : readPolicyFile(file);
  const asOf = asOfDay(app, connection, options.asOf);
  const { reader } = app.store;
  const input = await readFactsInput(reader, connection, policy, asOf);
  const otherInput = await readFactsInput(reader, connection, otherPolicy, asOf);
  const failing = fail === undefined ? undefined : findOneCustomer(connection, input.customers, fail).id;
  const result = simulate({
    ...{ input, otherInput },
    prior: await readStandingsBefore(reader, connection.id, asOf),
    ...{ policy, otherPolicy },
    change: { limitsPercent: limits ?? null, ratesPercent: new Map(rates), termsDays: terms ?? null },
    excluded: new Set<CustomerId>((await readExclusions(reader, connection.id)).keys()),
    ...(failing === undefined ? {} : { failing }),
  });
  if (options.json) return printJson(describeSimulation(connection, asOf, options, otherPolicy, result));
  print(connection, asOf, result);
}

const SHOWN = 20;
const TOTALS: Column[] = [{ head: '' }, { head: 'Today', align: 'right' }, { head: 'Then', align: 'right' }];
const BREACHES: Column[] = [
  { head: 'Over its limit', maximum: 36 },
  { head: 'Owes', align: 'right' },
  { head: 'Limit', align: 'right' },
  { head: 'Over by', align: 'right' },
  { head: 'Today over by', align: 'right' },
];
const CHANGES: Column[] = [
  { head: 'Stands otherwise', maximum: 36 },
  { head: 'Today' },
  { head: 'Then' },
  { head: 'Owes', align: 'right' },
  { head: 'Hold' },
];

function print(connection: Connection, asOf: Day, result: Simulation): void {
  const { today, simulated, breaches, changes, failure } = result;
  const money = (minor: number | null): string =>
    minor === null ? '?' : formatMoney(minor, connection.baseCurrency);
  printLine(`${plain(connection.name)} (${connection.id}), ${asOf}. Nothing was changed.\n`);
  const both = (name: string, of: (totals: typeof today) => string): string[] => [
    name,
    of(today),
    of(simulated),
  ];
  printLine(
    renderTable(TOTALS, [
      both('Exposure', ({ exposureMinor }) => money(exposureMinor)),
      both('Overdue', ({ overdueMinor }) => money(overdueMinor)),
      both('Customers held', ({ held }) => String(held)),
      both('Their exposure', ({ heldExposureMinor }) => money(heldExposureMinor)),
      both('Over a limit', (totals) => String(totals.breaches)),
      both('By together', ({ overMinor }) => money(overMinor)),
      both('Cannot be decided', ({ undecided }) => String(undecided)),
    ]),
  );
  printList(BREACHES, breaches, (one) => breachRow(one, money), 'Nobody is over a limit.');
  printList(CHANGES, changes, (one) => changeRow(one, money), 'Everybody stands as today.');
  if (failure !== null) printFailure(failure, money);
}

function printList<T>(columns: Column[], all: T[], row: (one: T) => string[], none: string): void {
  if (all.length === 0) return printLine(`\n${none}`);
  printLine(`\n${renderTable(columns, all.slice(0, SHOWN).map(row))}`);
  if (all.length > SHOWN) printLine(`… and ${all.length - SHOWN} more; --json has all of them.`);
}

type Money = (minor: number | null) => string;

const breachRow = (
  { name, group, exposureMinor, limitMinor, overMinor, overTodayMinor }: Breach,
  money: Money,
) => [
  group === null ? name : `group ${group}`,
  ...[exposureMinor, limitMinor, overMinor].map(money),
  overTodayMinor === 0 ? '' : money(overTodayMinor),
];

const changeRow = ({ name, from, to, exposureMinor, held, heldToday }: SimulatedStanding, money: Money) => [
  ...[name, from, to, money(exposureMinor)],
  held === heldToday ? '' : held ? 'would be placed' : 'would be lifted',
];

function printFailure(
  { name, exposureMinor, insuredMinor, ownRiskMinor, share, before, after }: Failure,
  money: Money,
) {
  const percent = (part: number | null): string =>
    part === null ? '?' : `${Math.round(part * 1000) / 10} %`;
  printLine(`\nIf ${plain(name)} fails: it owes ${money(exposureMinor)}, ${percent(share)} of all exposure.`);
  printLine(
    `An insurer would pay ${money(insuredMinor)}; the loss would be ${money(ownRiskMinor)} if nothing is recovered.`,
  );
  printLine(
    `The largest debtor owes ${percent(before.largestShare)} of all now and ${percent(after.largestShare)} of what is left then; ` +
      `the five largest ${percent(before.topFiveShare)} and ${percent(after.topFiveShare)}.`,
  );
}
