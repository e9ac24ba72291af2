import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { lastReviewDay, readDisputeVersion } from '../../cases/index.ts';
import { HoldfastError, dayAt, formatMoney, parseDay, type Day } from '../../domain/index.ts';
import { readCustomers } from '../../mirror/index.ts';
import { asOfOption } from '../as-of.ts';
import {
  amountOf,
  caseCommand,
  listCommand,
  makeChange,
  namedId,
  openNumbered,
  reasonOf,
  type CaseOptions,
} from '../case-command.ts';
import { chooseOneConnection } from '../choose-connections.ts';
import { findOneCustomer } from '../choose-customers.ts';
import { command, withApp } from '../command.ts';
import { findOpenInvoice, worthInBase } from '../find-invoice.ts';
import { openFiles, type ListOptions } from '../list-cases.ts';
import { actingPerson } from '../person.ts';
import { printJsonArray, printLine } from '../print.ts';
import { renderTable } from '../table.ts';

export function disputeCommand(): Command {
  return command(
    'dispute',
    'invoices that a customer disputes: they leave the chase, and stay in what it owes',
  )
    .addCommand(openCommand())
    .addCommand(listDisputes())
    .addCommand(
      numbered('review', 'put the day of review off, 30 days at most')
        .option(...REVIEW_BY)
        .action(act(review)),
    )
    .addCommand(numbered('approve', 'let it lift a hold').action(act(approve)))
    .addCommand(numbered('close', 'it is settled: the invoice is chased again').action(act(close)));
}

interface DisputeOptions extends CaseOptions {
  amount?: string;
  owner?: string;
  reviewBy?: Day;
}

const REVIEW_BY = [
  '--review-by <day>',
  'the day after which it is chased again (default and at most: in 30 days)',
  parseDay,
] as const;

const numbered = (name: string, description: string): Command =>
  caseCommand(name, description).argument('<number>', 'of the dispute');

const act =
  (work: (app: App, number: string, options: DisputeOptions) => Promise<void>) =>
  async (number: string, options: DisputeOptions): Promise<void> =>
    withApp((app) => work(app, number, options));

function openCommand(): Command {
  return caseCommand('open', 'note that an invoice, or part of it, is disputed')
    .argument('<invoice>', "its number or the platform's id")
    .option('--amount <amount>', 'only so much of it, in its own currency (default: all of it)')
    .option('--owner <name>', 'who sees to it (default: you)')
    .option(...REVIEW_BY)
    .action(act(open));
}

async function open(app: App, asked: string, options: DisputeOptions): Promise<void> {
  reasonOf(options);
  const connection = await chooseOneConnection(app, options.connection);
  const invoice = await findOpenInvoice(app, connection, asked);
  const customers = await readCustomers(app.store.reader, connection.id);
  const customer = namedId(findOneCustomer(connection, customers, invoice.customerId));
  const { id, number, currency, openMinor } = invoice;
  const amountMinor = options.amount === undefined ? null : amountOf(options.amount, currency);
  const owner = options.owner?.trim() ?? (await actingPerson(app, options.as));
  const { reviewBy = lastReviewDay(dayAt(app.clock.nowMs(), connection.timeZone)) } = options;
  const change = { kind: 'dispute.open', customer, amountMinor, owner, reviewBy } as const;
  const what = { invoice: { id, number, currency, openMinor } };
  await makeChange(app, connection, { ...change, ...what }, options);
}

async function review(app: App, number: string, options: DisputeOptions): Promise<void> {
  reasonOf(options);
  const { connection, customer, id, today } = await openNumbered(app, 'dispute', number);
  const { reviewBy = lastReviewDay(today) } = options;
  const change = { kind: 'dispute.review', customer: namedId(customer), id, reviewBy } as const;
  await makeChange(app, connection, change, options);
}

async function approve(app: App, number: string, options: DisputeOptions): Promise<void> {
  const { connection, customer, id } = await openNumbered(app, 'dispute', number);
  const dispute = await readDisputeVersion(app.store.reader, connection.id, { id });
  if (dispute === null) throw new HoldfastError('CASE_UNKNOWN', `There is no dispute number ${id}.`);
  const amountMinor = dispute.amountMinor ?? (await openAmount(app, connection, dispute.invoiceId));
  const worthMinor = await worthInBase(app, connection, amountMinor, dispute.currency);
  const change = { kind: 'dispute.approve', customer: namedId(customer), id, worthMinor } as const;
  await makeChange(app, connection, change, options);
}

/** What is open of a disputed invoice; nothing once it was paid. */
async function openAmount(...[app, connection, id]: Parameters<typeof findOpenInvoice>): Promise<number> {
  try {
    return (await findOpenInvoice(app, connection, id)).openMinor;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'INVOICE_UNKNOWN') return 0;
    throw error;
  }
}

async function close(app: App, number: string, options: DisputeOptions): Promise<void> {
  reasonOf(options);
  const { connection, customer, id } = await openNumbered(app, 'dispute', number);
  await makeChange(app, connection, { kind: 'dispute.close', customer: namedId(customer), id }, options);
}

function listDisputes(): Command {
  return listCommand('list', 'open disputes, those whose review is over first')
    .option('--customer <customer>', 'only this customer: id, account number or part of its name')
    .addOption(asOfOption())
    .action(async (options: ListOptions) => withApp((app) => list(app, options)));
}

async function list(app: App, options: ListOptions): Promise<void> {
  const found = [];
  for (const { connection, file, asOf, refOf } of await openFiles(app, options))
    for (const dispute of file.disputes) {
      const ref = refOf(dispute.customerId);
      if (ref === null) continue;
      const version = await readDisputeVersion(app.store.reader, connection.id, { id: dispute.id });
      const { customerId: _customerId, invoiceId, invoiceNumber, ...rest } = dispute;
      const invoice = { number: invoiceNumber, remoteId: invoiceId };
      const isChased = dispute.reviewBy < asOf;
      found.push({
        ...ref,
        ...rest,
        invoice,
        currency: version?.currency ?? connection.baseCurrency,
        isChased,
      });
    }
  found.sort((a, b) => (a.reviewBy === b.reviewBy ? a.id - b.id : a.reviewBy < b.reviewBy ? -1 : 1));
  if (options.json) return printJsonArray(found);
  if (found.length === 0) return printLine('No invoice is disputed.');
  const columns = ['No.', 'Customer', 'Invoice', 'Amount', 'Why', 'Owner', 'Review by', 'Approved'];
  const rows = found.map((one) => [
    ...[String(one.id), one.customer.name, one.invoice.number],
    one.amountMinor === null ? 'all of it' : formatMoney(one.amountMinor, one.currency),
    ...[one.reason, one.owner, `${one.reviewBy}${one.isChased ? ' (over: chased)' : ''}`],
    one.approvedBy === null ? 'no' : `by ${one.approvedBy}`,
  ]);
  printLine(
    renderTable(
      columns.map((head) => ({ head, maximum: 40 })),
      rows,
    ),
  );
}
