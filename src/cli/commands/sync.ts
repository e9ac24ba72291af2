import { Option, type Command } from 'commander';
import type { App } from '../../app.ts';
import type { SyncForecast } from '../../domain/index.ts';
import {
  readConnection,
  readPublishedRun,
  syncConnection,
  type Connection,
  type SweepChoice,
  type SyncSummary,
} from '../../mirror/index.ts';
import { countsOrders, reconcileRun } from '../../nightly.ts';
import { chooseConnections } from '../choose-connections.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { describeConnectionRef } from '../documents.ts';
import { describeOutcomes, eachConnection, succeeded, throwFailures } from '../each-connection.ts';
import { forecastText } from '../forecast.ts';
import { printJson, printLine, remark } from '../print.ts';
import { startProgress, type Progress } from '../progress.ts';
import { renderTable, type Column } from '../table.ts';

interface SyncCommandOptions extends CommonOptions {
  full?: boolean;
  sweep: SweepChoice;
  dryRun?: boolean;
}

export function syncCommand(): Command {
  return command('sync', 'bring the mirror up to date, in one numbered run for each connection')
    .argument('[ids...]', 'connections (default: all)')
    .option('--full', 'fetch everything again, not only what changed')
    .addOption(
      new Option(
        '--sweep <when>',
        'whether to look through all ids for records that vanished or were missed; due = daily',
      )
        .choices(['due', 'now', 'never'])
        .default('due'),
    )
    .option('--dry-run', 'say what would be fetched; call nothing, write nothing')
    .action(async (ids: string[], options: SyncCommandOptions) =>
      withApp((app) => (options.dryRun ? foretell(app, ids, options) : sync(app, ids, options))),
    );
}

async function sync(app: App, ids: string[], options: SyncCommandOptions): Promise<void> {
  const progress = startProgress(options.json ?? false);
  const outcomes = await eachConnection(await chooseConnections(app, ids), (connection) =>
    syncOne(app, connection, options, progress),
  ).finally(() => progress.stop());
  if (options.json) printJson(describeOutcomes(outcomes, (summary) => summary));
  else if (succeeded(outcomes).length > 0) {
    printLine(
      renderTable(
        COLUMNS,
        succeeded(outcomes).map(({ connection, result }) => rowOf(connection, result)),
      ),
    );
  }
  throwFailures(outcomes, options.json ?? false);
}

async function syncOne(
  app: App,
  connection: Connection,
  { full = false, sweep, json = false }: SyncCommandOptions,
  progress: Progress,
): Promise<SyncSummary> {
  const session = await app.openSession(connection);
  const summary = await syncConnection(app.store, app.clock, connection, session, {
    full,
    sweep,
    orders: countsOrders(app),
    onProgress: ({ stream, rows, totalRows }) =>
      progress.report(`${connection.id} ${stream}`, rows, totalRows),
    // Asking costs calls, so only where somebody reads the answer.
    ...(json ? {} : { onForecast: (forecast) => remark(firstSyncText(connection, forecast)) }),
  });
  await reconcileRun(app, await readConnection(app.store.reader, connection.id));
  return summary;
}

const firstSyncText = ({ name }: Connection, forecast: SyncForecast): string =>
  `First sync of ${name}: ${forecastText(forecast)}`;

const NUMBERS = ['Run', 'Created', 'Updated', 'Unchanged', 'Deleted', 'Quarantined', 'Calls'];
const COLUMNS: Column[] = [
  { head: 'Connection' },
  { head: 'Company' },
  { head: 'Mode' },
  ...NUMBERS.map((head): Column => ({ head, align: 'right' })),
];

function rowOf(connection: Connection, { run, mode, counts, calls }: SyncSummary): string[] {
  const { created, updated, skipped, deleted, quarantined } = counts;
  const numbers = [run, created, updated, skipped, deleted, quarantined, calls];
  return [connection.id, connection.name, mode, ...numbers.map(String)];
}

/** Without a call to the platform: which kind of run it would be, and since when changes would be fetched. */
async function foretell(app: App, ids: string[], options: SyncCommandOptions): Promise<void> {
  const plans = [];
  for (const connection of await chooseConnections(app, ids)) {
    const published = await readPublishedRun(app.store.reader, connection.id);
    const mode = options.full || published === null ? 'full' : 'incremental';
    const since =
      mode === 'full' || published === null ? null : new Date(published.startedAtMs).toISOString();
    plans.push({ connection: describeConnectionRef(connection), mode, since, dryRun: true });
  }
  if (options.json) return printJson(plans);
  for (const { connection, mode, since } of plans) {
    printLine(
      `${connection.id} (${connection.name}): would run ${mode}${since === null ? '' : `, changes since ${since}`}`,
    );
  }
}
