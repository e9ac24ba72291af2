import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { loadConfig } from '../../config.ts';
import { HoldfastError } from '../../domain/index.ts';
import { readConnections } from '../../mirror/index.ts';
import { readPlacedPolicy, type PlacedPolicy } from '../../policy/index.ts';
import { findInBooks, type BookFinding } from '../../whatif/index.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { describeConnectionRef, type ConnectionRef } from '../documents.ts';
import { describePolicyRef, policyFileInUse } from '../policy-files.ts';
import { printJson, printLine, warn } from '../print.ts';
import { readBooks } from '../read-policy-books.ts';

interface CheckOptions extends CommonOptions {
  connections: boolean;
}

export function policyCheckCommand(): Command {
  return command('check', 'say whether a policy can be used; faults come with line and column')
    .argument('[file]', 'policy file (default: the one in use)')
    .option('--no-connections', 'the file alone: do not look whether it fits the connected companies')
    .action((file: string | undefined, options: CheckOptions) => checkPolicy(file, options));
}

/** What the companies say of a policy. */
interface BookCheck {
  connections: ConnectionRef[];
  /** Companies that could not be looked at, with the reason. */
  skipped: { connection: ConnectionRef; because: string }[];
  findings: BookFinding[];
}

const NOT_CHECKED: BookCheck = { connections: [], skipped: [], findings: [] };

async function checkPolicy(file: string | undefined, options: CheckOptions): Promise<void> {
  const config = loadConfig();
  const path = file ?? policyFileInUse(config);
  const placed = readPlacedPolicy(path);
  const look = options.connections && existsSync(config.databaseFile);
  const found = look ? await withApp((app) => checkBooks(app, placed)) : NOT_CHECKED;
  const said = (kind: BookFinding['kind']): string[] =>
    found.findings.filter((one) => one.kind === kind).map((one) => `${placed.where(one.path)}${one.message}`);
  const faults = said('fault');
  if (faults.length > 0) throw misfit(path, faults);
  print(placed, path, found, said('remark'), options);
}

/** Reads every company that is connected; without any there is nothing to find. */
async function checkBooks(app: App, { policy }: PlacedPolicy): Promise<BookCheck> {
  const live = (await readConnections(app.store.reader)).filter(({ state }) => state !== 'disconnected');
  const { books, skipped } = await readBooks(app, live, policy);
  return {
    connections: books.map(({ connection }) => describeConnectionRef(connection)),
    skipped: skipped.map(({ connection, because }) => ({
      connection: describeConnectionRef(connection),
      because,
    })),
    findings: findInBooks(
      policy,
      books.map(({ book }) => book),
      skipped.length === 0,
    ),
  };
}

function print(
  { policy }: PlacedPolicy,
  path: string,
  { connections, skipped }: BookCheck,
  remarks: string[],
  options: CheckOptions,
): void {
  const rules = policy.rules.length;
  if (options.json)
    return printJson({
      valid: true,
      ...describePolicyRef(policy, path),
      rules,
      connections,
      skipped,
      remarks,
    });
  printLine(`${path} can be used: "${policy.name}", ${rules} rules, version ${policy.hash}.`);
  if (connections.length > 0) printLine(`It fits ${connections.map(({ name }) => name).join(', ')}.`);
  for (const { connection, because } of skipped) warn(`${connection.name} was not looked at: ${because}`);
  for (const remark of remarks) warn(remark);
}

function misfit(path: string, faults: string[]): HoldfastError {
  const message = `${path} does not fit the companies that are connected:\n  ${faults.join('\n  ')}`;
  return new HoldfastError('POLICY_MISFIT', message, {
    kind: 'config',
    hint: 'Correct the file, or look at the file alone with --no-connections. Nights go on meanwhile and say it in their log.',
  });
}
