import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { appendAudit } from '../../audit/index.ts';
import { readExclusions, setExclusion } from '../../cases/index.ts';
import { HoldfastError } from '../../domain/index.ts';
import { readCustomers } from '../../mirror/index.ts';
import { chooseOneConnection } from '../choose-connections.ts';
import { findOneCustomer } from '../choose-customers.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { describeConnectionRef, describeCustomerRef } from '../documents.ts';
import { actingPerson, asOption } from '../person.ts';
import { printJson, printLine } from '../print.ts';

interface ExcludeOptions extends CommonOptions {
  connection?: string;
  reason?: string;
  remove?: boolean;
  dryRun?: boolean;
  as?: string;
}

export function excludeCommand(): Command {
  return command('exclude', 'leave a customer alone: no holds, no reminders; without a customer, list those')
    .argument('[customer]', 'id, account number or exact name')
    .option('--connection <id>', 'whose customer (needed when several companies are connected)')
    .option('--reason <reason>', 'why; it is shown wherever the customer is left out')
    .option('--remove', 'take the customer off the list again')
    .option('--dry-run', 'say what would change, and change nothing')
    .addOption(asOption())
    .action(async (asked: string | undefined, options: ExcludeOptions) =>
      withApp((app) => (asked === undefined ? list(app, options) : change(app, asked, options))),
    );
}

async function list(app: App, options: ExcludeOptions): Promise<void> {
  const connection = await chooseOneConnection(app, options.connection);
  const names = new Map(
    (await readCustomers(app.store.reader, connection.id)).map((one) => [one.id, one.name]),
  );
  const excluded = [...(await readExclusions(app.store.reader, connection.id))].map(([id, reason]) => ({
    customer: describeCustomerRef(connection, { id, name: names.get(id) ?? '' }),
    reason,
  }));
  if (options.json) return printJson({ connection: describeConnectionRef(connection), excluded });
  if (excluded.length === 0) return printLine(`No customer of ${connection.name} is excluded.`);
  for (const { customer, reason } of excluded)
    printLine(`${customer.name} (${customer.remoteId}): ${reason}`);
}

async function change(app: App, asked: string, options: ExcludeOptions): Promise<void> {
  const reason = wantedReason(options);
  const connection = await chooseOneConnection(app, options.connection);
  const customer = findOneCustomer(connection, await readCustomers(app.store.reader, connection.id), asked);
  const before = (await readExclusions(app.store.reader, connection.id)).get(customer.id) ?? null;
  const by = await actingPerson(app, options.as);
  const dryRun = options.dryRun ?? false;
  if (!dryRun && before !== reason) {
    await app.store.write(async (tx) => {
      const atMs = app.clock.nowMs();
      await setExclusion(tx, connection.id, customer.id, reason, { by, atMs });
      await appendAudit(tx, atMs, {
        connectionId: connection.id,
        actor: by,
        action: reason === null ? 'exclusion.removed' : 'exclusion.set',
        subject: `customer ${customer.id}`,
        details: { name: customer.name, before, reason },
      });
    });
  }
  const ref = describeCustomerRef(connection, customer);
  if (options.json)
    return printJson({
      connection: describeConnectionRef(connection),
      customer: ref,
      before,
      reason,
      by,
      dryRun,
    });
  const verb = reason === null ? 'is no longer excluded' : `is excluded: ${reason}`;
  printLine(`${customer.name} ${verb}${dryRun ? ' (dry run)' : ''}`);
}

/** The reason to write down; null takes the customer off the list. Throws REASON_NEEDED. */
function wantedReason({ remove, reason }: ExcludeOptions): string | null {
  if (remove) return null;
  const text = reason?.trim() ?? '';
  if (text !== '') return text;
  throw new HoldfastError('REASON_NEEDED', 'A customer is excluded for a reason.', {
    hint: 'Add --reason "…", or --remove to take it off the list.',
  });
}
