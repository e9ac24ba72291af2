import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { HoldfastError, formatMoney, parseDay, type Day } from '../../domain/index.ts';
import { readFactsAround } from '../../facts/index.ts';
import { asOfOption } from '../as-of.ts';
import {
  CUSTOMER,
  amountOf,
  caseCommand,
  listCommand,
  makeChange,
  namedId,
  openCase,
  openNumbered,
  reasonOf,
  type CaseOptions,
} from '../case-command.ts';
import { command, withApp } from '../command.ts';
import { findOpenInvoice } from '../find-invoice.ts';
import { openFiles, type ListOptions } from '../list-cases.ts';
import { printJsonArray, printLine } from '../print.ts';
import { renderTable } from '../table.ts';

interface AddOptions extends CaseOptions {
  by?: Day;
  currency?: string;
  invoice?: string[];
}

export function promiseCommand(): Command {
  return command('promise', 'what customers promised to pay; kept and broken follow from payments alone')
    .addCommand(addCommand())
    .addCommand(listPromises())
    .addCommand(
      caseCommand('withdraw', 'it does not count any more, neither as kept nor as broken')
        .argument('<number>', 'of the promise')
        .action(async (number: string, options: CaseOptions) =>
          withApp((app) => withdraw(app, number, options)),
        ),
    );
}

function addCommand(): Command {
  return caseCommand('add', 'note that a customer promised to pay')
    .argument(...CUSTOMER)
    .argument('<amount>', 'such as 1200.00')
    .requiredOption('--by <day>', 'the day by which it will be paid', parseDay)
    .option('--currency <code>', "of the amount (default: the customer's)")
    .option('--invoice <numbers...>', 'which invoices it is of (default: none in particular)')
    .action(async (asked: string, amount: string, options: AddOptions) =>
      withApp((app) => add(app, asked, amount, options)),
    );
}

async function add(app: App, asked: string, amount: string, options: AddOptions): Promise<void> {
  const { connection, customer, today } = await openCase(app, asked, options);
  const currency = options.currency ?? customer.currency;
  const invoices = [];
  for (const number of options.invoice ?? []) {
    const invoice = await findOpenInvoice(app, connection, number);
    if (invoice.customerId !== customer.id || invoice.currency !== currency)
      throw new HoldfastError(
        'OTHER_INVOICE',
        `${number} is not an invoice of ${customer.name} in ${currency}.`,
      );
    invoices.push({ id: invoice.id, number: invoice.number });
  }
  const what = { amountMinor: amountOf(amount, currency), currency, dueOn: options.by ?? today, invoices };
  const change = { kind: 'promise.add', customer: namedId(customer), ...what } as const;
  await makeChange(app, connection, change, options);
}

async function withdraw(app: App, number: string, options: CaseOptions): Promise<void> {
  reasonOf(options);
  const { connection, customer, id } = await openNumbered(app, 'promise', number);
  await makeChange(app, connection, { kind: 'promise.withdraw', customer: namedId(customer), id }, options);
}

function listPromises(): Command {
  return listCommand('list', 'promises with what became of them, newest first')
    .option('--customer <customer>', 'only this customer: id, account number or part of its name')
    .addOption(asOfOption())
    .action(async (options: ListOptions) => withApp((app) => list(app, options)));
}

async function list(app: App, options: ListOptions): Promise<void> {
  const found = [];
  for (const { connection, file, asOf, refOf } of await openFiles(app, options)) {
    const ids = [...new Set(file.promises.map((one) => one.customerId))];
    const { facts } =
      ids.length === 0
        ? { facts: [] }
        : await readFactsAround(app.store.reader, connection, app.policy(), asOf, ids);
    const judged = new Map(facts.flatMap((one) => one.promises).map((one) => [one.id, one.state]));
    for (const { customerId, invoiceIds, ...rest } of file.promises) {
      const ref = refOf(customerId);
      const state = judged.get(rest.id) ?? rest.state;
      if (ref !== null) found.push({ ...ref, ...rest, invoices: invoiceIds, state });
    }
  }
  if (options.json) return printJsonArray(found);
  if (found.length === 0) return printLine('Nobody promised anything.');
  const columns = ['No.', 'Customer', 'Amount', 'Promised on', 'By', 'Taken by', 'State'];
  const rows = found.map((one) => [
    ...[String(one.id), one.customer.name, formatMoney(one.amountMinor, one.currency), one.promisedOn],
    ...[one.dueOn, one.takenBy, one.state],
  ]);
  printLine(
    renderTable(
      columns.map((head) => ({ head, maximum: 40 })),
      rows,
    ),
  );
}
