import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { parseDay, type Day } from '../../domain/index.ts';
import type { Connection } from '../../mirror/index.ts';
import { replayNight, type Replay, type ReplayDifference } from '../../whatif/index.ts';
import { chooseOneConnection } from '../choose-connections.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { describeConnectionRef, describeCustomerRef, isoInstant } from '../documents.ts';
import { REPLAY_EXIT_CODES } from '../exit-codes.ts';
import { printJson, printLine } from '../print.ts';
import { plain } from '../style.ts';
import { renderTable, type Column } from '../table.ts';

interface ReplayOptions extends CommonOptions {
  date: Day;
  connection?: string;
}

export function replayCommand(): Command {
  return command('replay', 'compute a past night again and compare it, byte by byte, with what it saved')
    .requiredOption('--date <day>', 'the night of which day, YYYY-MM-DD', parseDay)
    .option('--connection <id>', 'whose night (needed when several companies are connected)')
    .addHelpText(
      'after',
      `\nExit codes: ${REPLAY_EXIT_CODES.same} when all is the same, ${REPLAY_EXIT_CODES.differs} when anything differs.`,
    )
    .action(async (options: ReplayOptions) => withApp((app) => replay(app, options)));
}

async function replay(app: App, options: ReplayOptions): Promise<void> {
  const connection = await chooseOneConnection(app, options.connection);
  const result = await replayNight(app.store.reader, connection, options.date);
  if (options.json) printJson(describeReplay(connection, result));
  else print(connection, result);
  if (!result.same) process.exitCode = REPLAY_EXIT_CODES.differs;
}

/** A replay as it is written down for machines. */
function describeReplay(connection: Connection, result: Replay): object {
  const { asOf, run, knownAtMs, policy, productVersion, same, parts, differences, why } = result;
  return {
    connection: describeConnectionRef(connection),
    ...{ date: asOf, run, knownAt: isoInstant(knownAtMs), policy, productVersion, same, parts },
    differences: differences.map(({ customerId, name, ...rest }) => ({
      customer: describeCustomerRef(connection, { id: customerId, name }),
      ...rest,
    })),
    why,
  };
}

/** So many differing fields are shown; --json has all. */
const SHOWN = 25;
const COLUMNS: Column[] = [
  { head: 'What' },
  { head: 'Customer', maximum: 30 },
  { head: 'Field', maximum: 44 },
  { head: 'Then', maximum: 40 },
  { head: 'Now', maximum: 40 },
];

function print(connection: Connection, result: Replay): void {
  const { asOf, run, policy, parts, differences, productVersion } = result;
  printLine(
    `${plain(connection.name)} (${connection.id}), night of ${asOf}: run ${run}, policy version ${policy.hash}, ` +
      `judged by release ${productVersion.then ?? 'unknown'}, computed again by ${productVersion.now}.`,
  );
  for (const { part, then, now, same } of parts)
    printLine(
      `${part}: ${same ? `the same bytes, ${then.documents} documents` : `differ, ${then.documents} documents then and ${now.documents} now`} ` +
        `(SHA-256 ${then.digest.slice(0, 12)}…${same ? '' : ` and ${now.digest.slice(0, 12)}…`})`,
    );
  if (result.same) return;
  const rows = differences.flatMap(rowsOf);
  printLine(`\n${renderTable(COLUMNS, rows.slice(0, SHOWN))}`);
  if (rows.length > SHOWN) printLine(`… and ${rows.length - SHOWN} more; --json has all of them.`);
  for (const reason of result.why) printLine(`\n${reason}`);
}

const rowsOf = ({ part, name, rule, fields }: ReplayDifference): string[][] =>
  fields.map(({ field, then, now }) => [rule ?? part, name, field, textOf(then), textOf(now)]);

const textOf = (value: unknown): string => (value === undefined ? 'not there' : JSON.stringify(value));
