import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { asOfOption } from '../as-of.ts';
import {
  CUSTOMER,
  caseCommand,
  listCommand,
  makeChange,
  namedId,
  openCase,
  type CaseOptions,
} from '../case-command.ts';
import { command, withApp } from '../command.ts';
import { openFiles, type ListOptions } from '../list-cases.ts';
import { printJsonArray, printLine } from '../print.ts';
import { renderTable } from '../table.ts';

export function tagCommand(): Command {
  return command('tag', 'words on customers, for the segments of the policy')
    .addCommand(changeCommand('tag.add', 'add', 'put a tag on a customer'))
    .addCommand(changeCommand('tag.remove', 'remove', 'take a tag off a customer'))
    .addCommand(
      listCommand('list', 'tagged customers')
        .option('--customer <customer>', 'only this customer: id, account number or part of its name')
        .addOption(asOfOption())
        .action(async (options: ListOptions) => withApp((app) => list(app, options))),
    );
}

function changeCommand(kind: 'tag.add' | 'tag.remove', name: string, description: string): Command {
  return caseCommand(name, description)
    .argument(...CUSTOMER)
    .argument('<tag>', 'letters, digits, spaces and . _ / -')
    .action(async (asked: string, tag: string, options: CaseOptions) =>
      withApp(async (app) => {
        const { connection, customer } = await openCase(app, asked, options);
        const change = { kind, customer: namedId(customer), tag: tag.normalize('NFC').trim() };
        await makeChange(app, connection, change, options);
      }),
    );
}

async function list(app: App, options: ListOptions): Promise<void> {
  const found = [];
  for (const { file, refOf } of await openFiles(app, options))
    for (const [customerId, tags] of file.tags) {
      const ref = refOf(customerId);
      if (ref !== null) found.push({ ...ref, tags });
    }
  if (options.json) return printJsonArray(found);
  if (found.length === 0) return printLine('No customer has a tag.');
  const rows = found.map((one) => [one.connection.id, one.customer.name, one.tags.join(', ')]);
  printLine(renderTable([{ head: 'Connection' }, { head: 'Customer', maximum: 40 }, { head: 'Tags' }], rows));
}
