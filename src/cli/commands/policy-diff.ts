import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { loadConfig } from '../../config.ts';
import { readStandings, readStandingsBefore } from '../../decisions/index.ts';
import { HoldfastError, type Day } from '../../domain/index.ts';
import { readFacts } from '../../facts/index.ts';
import { readConnections, type Connection } from '../../mirror/index.ts';
import {
  describePolicyChanges,
  readPolicyFile,
  readPolicyVersion,
  type Policy,
  type PolicyChange,
} from '../../policy/index.ts';
import { compareStandingsUnder, type PolicySide, type StandingComparison } from '../../whatif/index.ts';
import { asOfDay, asOfOption } from '../as-of.ts';
import { chooseConnections } from '../choose-connections.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { describeConnectionRef, describeCustomerRef } from '../documents.ts';
import { eachConnection, succeeded, throwFailures, type Outcome } from '../each-connection.ts';
import { describePolicyRef } from '../policy-files.ts';
import { printJson, printLine } from '../print.ts';
import { renderTable, type Column } from '../table.ts';
import { plain } from '../style.ts';

interface DiffOptions extends CommonOptions {
  connections: boolean;
  connection?: string[];
  asOf?: Day;
}

export function policyDiffCommand(): Command {
  return command('diff', 'what changes between two policies, and whose standing, from what to what and why')
    .argument('<from>', 'policy file, or the version (hash) of one that was used here')
    .argument('<to>', 'policy file or version')
    .option('--connection <ids...>', 'whose customers (default: all companies)')
    .option('--no-connections', 'the files alone')
    .addOption(asOfOption())
    .action((from: string, to: string, options: DiffOptions) => diff(from, to, options));
}

/** A policy under the name that it was asked for by. */
interface Side {
  asked: string;
  policy: Policy;
}

async function diff(from: string, to: string, options: DiffOptions): Promise<void> {
  const config = loadConfig();
  const onDisk = existsSync(from) && existsSync(to);
  if (onDisk && (!options.connections || !existsSync(config.databaseFile)))
    return print(fileSide(from), fileSide(to), [], options);
  await withApp(async (app) => {
    const [before, after] = [await readSide(app, from), await readSide(app, to)];
    const connections = await connectionsFor(app, options);
    const outcomes = await eachConnection(connections, (connection) =>
      compareOne(app, connection, before.policy, after.policy, options.asOf),
    );
    print(before, after, succeeded(outcomes), options);
    throwFailures(outcomes, options.json ?? false);
  });
}

const fileSide = (file: string): Side => ({ asked: file, policy: readPolicyFile(file) });

/** A file goes before a version of the same name. */
async function readSide(app: App, asked: string): Promise<Side> {
  if (existsSync(asked) || !/^[0-9a-f]{16}$/.test(asked)) return fileSide(asked);
  const policy = await readPolicyVersion(app.store.reader, asked);
  if (policy !== null) return { asked, policy };
  throw new HoldfastError('POLICY_VERSION_UNKNOWN', `No policy of version ${asked} was ever used here.`, {
    hint: 'Give a file, or a version that `holdfast audit` names.',
  });
}

async function connectionsFor(app: App, { connections, connection }: DiffOptions): Promise<Connection[]> {
  if (!connections) return [];
  if (connection !== undefined) return chooseConnections(app, connection);
  return (await readConnections(app.store.reader)).filter(({ state }) => state !== 'disconnected');
}

interface Compared {
  asOf: Day;
  comparison: StandingComparison;
}

async function compareOne(
  app: App,
  connection: Connection,
  from: Policy,
  to: Policy,
  asked: Day | undefined,
): Promise<Compared> {
  const { reader } = app.store;
  const asOf = asOfDay(app, connection, asked);
  const { facts } = await readFacts(reader, connection, from, asOf);
  const same = JSON.stringify([from.exposure, from.rates]) === JSON.stringify([to.exposure, to.rates]);
  const other = same ? facts : (await readFacts(reader, connection, to, asOf)).facts;
  const prior =
    asked === undefined
      ? await readStandings(reader, connection.id)
      : await readStandingsBefore(reader, connection.id, asOf);
  const sides: [PolicySide, PolicySide] = [
    { policy: from, facts },
    { policy: to, facts: other },
  ];
  return { asOf, comparison: compareStandingsUnder(...sides, prior) };
}

type Succeeded = Extract<Outcome<Compared>, { result: Compared }>[];

function print(from: Side, to: Side, outcomes: Succeeded, options: DiffOptions): void {
  const changes = describePolicyChanges(from.policy, to.policy);
  if (options.json) return printJson(describeDiff(from, to, changes, outcomes));
  printLine(`${from.asked} (version ${from.policy.hash}) → ${to.asked} (version ${to.policy.hash})`);
  if (changes.length === 0) printLine('They say the same.');
  for (const { sentence } of changes) printLine(`  ${plain(sentence)}`);
  for (const { connection, result } of outcomes) printComparison(connection, result);
}

const COLUMNS: Column[] = [
  { head: 'Customer', maximum: 36 },
  { head: 'From' },
  { head: 'To' },
  { head: 'Why' },
];

function printComparison(connection: Connection, { asOf, comparison }: Compared): void {
  const { changes, customers } = comparison;
  printLine(
    `\n${connection.name} (${connection.id}) on ${asOf}: ${changes.length} of ${customers} customers stand differently.`,
  );
  if (changes.length === 0) return;
  const why = (change: (typeof changes)[number]): string => {
    const [reason] = change.isMilder ? change.because.from : change.because.to;
    const text = reason?.explanation ?? 'nothing asks for more';
    return change.isMilder ? `no longer: ${text}` : text;
  };
  printLine(
    renderTable(
      COLUMNS,
      changes.map((one) => [one.customerName, one.from, one.to, why(one)]),
    ),
  );
  const moved = Object.entries(comparison.totals).filter(([, total]) => total.from !== total.to);
  printLine(moved.map(([standing, total]) => `${standing} ${total.from} → ${total.to}`).join(', '));
}

function describeDiff(from: Side, to: Side, changes: PolicyChange[], outcomes: Succeeded) {
  return {
    from: describePolicyRef(from.policy, from.asked),
    to: describePolicyRef(to.policy, to.asked),
    changes,
    connections: outcomes.map(({ connection, result: { asOf, comparison } }) => ({
      connection: describeConnectionRef(connection),
      asOf,
      customers: comparison.customers,
      totals: comparison.totals,
      changes: comparison.changes.map(({ customerId, customerName, from: was, to: is, because }) => ({
        customer: describeCustomerRef(connection, { id: customerId, name: customerName }),
        from: was,
        to: is,
        because,
      })),
    })),
  };
}
