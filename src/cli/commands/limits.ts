import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { appendAudit } from '../../audit/index.ts';
import { formatLimits, parseLimits, readLimits, saveLimits, type LimitTable } from '../../cases/index.ts';
import { HoldfastError, dayAt, formatMoney } from '../../domain/index.ts';
import { readCustomers, readPublishedRun, type Connection, type LedgerCustomer } from '../../mirror/index.ts';
import { changeOf, whoText, type CaseOptions } from '../case-command.ts';
import { chooseOneConnection } from '../choose-connections.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { describeConnectionRef, describeCustomerRef } from '../documents.ts';
import { asOption } from '../person.ts';
import { printJson, printLine } from '../print.ts';
import { readUserFile, writeUserFile } from '../user-files.ts';
import { historyCommand, reviewCommand } from './limits-look.ts';
import { groupCommand, insureCommand, setCommand, temporaryCommand } from './limits-set.ts';

const CONNECTION = '--connection <id>';

export function limitsCommand(): Command {
  const take = command('import', 'set credit limits from a CSV: customer,limit[,group,group_limit,review_on]')
    .argument('<file>', 'CSV file; one bad row and nothing is imported')
    .option(CONNECTION, 'whose customers (needed when several companies are connected)')
    .option('--why <reason>', 'why they change, for the history of each')
    .option('--dry-run', 'check the file, and set nothing')
    .addOption(asOption())
    .action(async (file: string, options: CaseOptions) => withApp((app) => importFile(app, file, options)));
  const give = command('export', 'write the credit limits as the CSV that import takes')
    .option(CONNECTION, 'whose customers (needed when several companies are connected)')
    .option('--output <file>', 'into this file instead of stdout')
    .action(async (options: ExportOptions) => withApp((app) => exportLimits(app, options)));
  const limits = command('limits', 'credit limits: permanent, temporary, insured, and what became of them');
  for (const one of [setCommand(), temporaryCommand(), insureCommand(), groupCommand()])
    limits.addCommand(one);
  for (const one of [take, give, reviewCommand(), historyCommand()]) limits.addCommand(one);
  return limits;
}

interface ExportOptions extends CommonOptions {
  connection?: string;
  output?: string;
}

async function importFile(app: App, file: string, options: CaseOptions): Promise<void> {
  const connection = await chooseOneConnection(app, options.connection);
  const customers = await readSyncedCustomers(app, connection);
  const table = parseLimits(readUserFile(file), customers, connection.baseCurrency);
  const why = options.why?.trim() ?? 'imported from a file';
  const change = { kind: 'limit.set', customer: null, table } as const;
  const { by, dryRun, request } = await changeOf(app, connection, change, { ...options, why });
  const counts = { entries: table.entries.length, groups: table.groups.length };
  if (options.json)
    return printJson({ connection: describeConnectionRef(connection), ...counts, by, request, dryRun });
  const verb = dryRun ? 'would be set (dry run)' : `set by ${by}`;
  const waits = `wait as request ${request?.id ?? 0} for the yes of somebody who may set as much${whoText(request?.mayAnswer ?? null)}`;
  printLine(
    `${connection.name}: ${counts.entries} limits and ${counts.groups} groups ${request === null ? verb : waits}.`,
  );
}

/** Customers to look limits up in. Throws NOT_SYNCED: before the first sync every name would be unknown. */
async function readSyncedCustomers(app: App, connection: Connection): Promise<LedgerCustomer[]> {
  const run = await readPublishedRun(app.store.reader, connection.id);
  if (run !== null) return readCustomers(app.store.reader, connection.id);
  throw new HoldfastError('NOT_SYNCED', `The customers of ${connection.name} are not known yet.`, {
    kind: 'state',
    hint: `Run \`holdfast sync ${connection.id}\` first.`,
  });
}

/** Sets limits that nobody needs to approve (the demo's), and writes down who did. */
export async function keepLimits(
  app: App,
  connection: Connection,
  table: LimitTable,
  by: string,
): Promise<void> {
  const { entries, groups } = table;
  await app.store.write(async (tx) => {
    const atMs = app.clock.nowMs();
    await saveLimits(tx, connection.id, table, { by, atMs, day: dayAt(atMs, connection.timeZone) });
    await appendAudit(tx, atMs, {
      connectionId: connection.id,
      actor: by,
      action: 'limits.imported',
      subject: `connection ${connection.id}`,
      details: { entries: entries.length, groups: groups.length },
    });
  });
}

async function exportLimits(app: App, options: ExportOptions): Promise<void> {
  const connection = await chooseOneConnection(app, options.connection);
  const customers = await readCustomers(app.store.reader, connection.id);
  const table = await readLimits(app.store.reader, connection.id);
  const csv = formatLimits(table, customers, connection.baseCurrency);
  if (options.output !== undefined) writeUserFile(options.output, csv);
  if (options.json) return printJson(describeLimits(connection, table, customers, options.output ?? null));
  if (options.output === undefined) return void process.stdout.write(csv);
  const groups = table.groups.map(
    (group) => `${group.name} ${formatMoney(group.limitMinor, connection.baseCurrency)}`,
  );
  printLine(
    `${table.entries.length} limits written to ${options.output}${groups.length > 0 ? `, groups: ${groups.join(', ')}` : ''}.`,
  );
}

function describeLimits(
  connection: Connection,
  table: LimitTable,
  customers: LedgerCustomer[],
  file: string | null,
) {
  const names = new Map(customers.map((customer) => [customer.id, customer.name]));
  return {
    connection: describeConnectionRef(connection),
    currency: connection.baseCurrency,
    limits: table.entries.map(({ customerId, limit, group, reviewOn }) => ({
      customer: describeCustomerRef(connection, { id: customerId, name: names.get(customerId) ?? '' }),
      limitKind: limit?.kind ?? 'not-assessed',
      limitMinor: limit?.kind === 'amount' ? limit.limitMinor : null,
      group,
      reviewOn: reviewOn ?? null,
    })),
    groups: table.groups,
    file,
  };
}
