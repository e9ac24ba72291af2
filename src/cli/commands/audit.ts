import { InvalidArgumentError, type Command } from 'commander';
import type { App } from '../../app.ts';
import { readAudit, verifyAudit, type AuditRow } from '../../audit/index.ts';
import { readConnection } from '../../mirror/index.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { isoInstant } from '../documents.ts';
import { printJson, printJsonArray, printLine } from '../print.ts';
import { renderTable } from '../table.ts';

interface ListOptions extends CommonOptions {
  limit: number;
  connection?: string;
}

export function auditCommand(): Command {
  const list = command('list', 'the newest entries first')
    .option('--limit <number>', 'how many', parseLimit, 50)
    .option('--connection <id>', 'only this connection')
    .action(async (options: ListOptions) => withApp((app) => listEntries(app, options)));
  const verify = command('verify', 'check that every entry is as it was written').action(
    async (options: CommonOptions) => withApp((app) => verifyEntries(app, options)),
  );
  return command('audit', 'what was done, by whom and why').addCommand(list).addCommand(verify);
}

async function listEntries(app: App, { limit, connection, json }: ListOptions): Promise<void> {
  const { reader } = app.store;
  const id = connection === undefined ? undefined : (await readConnection(reader, connection)).id;
  const rows = await readAudit(reader, limit, id);
  if (json) return printJsonArray(rows.map(({ atMs, ...row }) => ({ at: isoInstant(atMs), ...row })));
  if (rows.length === 0) return printLine('Nothing has been done yet.');
  const columns = ['No.', 'When', 'Who', 'What', 'To what', 'Details'].map((head) => ({ head, maximum: 80 }));
  printLine(renderTable(columns, rows.map(rowOf)));
}

function rowOf({ seq, atMs, actor, action, subject, details }: AuditRow): string[] {
  const parts = Object.entries(details).map(
    ([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return [String(seq), isoInstant(atMs) ?? '', actor, action, subject, parts.join(', ')];
}

async function verifyEntries(app: App, options: CommonOptions): Promise<void> {
  const { entries, head } = await verifyAudit(app.store.reader);
  if (options.json) return printJson({ valid: true, entries, head });
  printLine(`All ${entries} entries are as they were written; the last one's hash is ${head}.`);
}

function parseLimit(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('It is not a number of entries.');
  return Number(text);
}
