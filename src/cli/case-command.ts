import type { Command } from 'commander';
import type { App } from '../app.ts';
import {
  changeCase,
  readAmountText,
  readOwner,
  type CaseChange,
  type NamedId,
  type Outcome,
} from '../cases/index.ts';
import { HoldfastError, dayAt, type Day } from '../domain/index.ts';
import { readConnection, readCustomers, type Connection, type LedgerCustomer } from '../mirror/index.ts';
import { chooseOneConnection } from './choose-connections.ts';
import { findOneCustomer } from './choose-customers.ts';
import { command, type CommonOptions } from './command.ts';
import { describeConnectionRef, describeCustomerRef, type CustomerRef } from './documents.ts';
import { asOption, personName } from './person.ts';
import { printJson, printLine } from './print.ts';

/** What every command that changes a case takes. */
export interface CaseOptions extends CommonOptions {
  connection?: string;
  why?: string;
  as?: string;
  dryRun?: boolean;
}

export const CUSTOMER = ['<customer>', 'id, account number or exact name'] as const;
export const CONNECTION = [
  '--connection <id>',
  'whose customer (needed when several companies are connected)',
] as const;

/** A command that changes what people know, with the options that all of them have. */
export function caseCommand(name: string, description: string): Command {
  return command(name, description)
    .option(...CONNECTION)
    .option('--why <reason>', 'the reason, for whoever looks at it later')
    .option('--dry-run', 'check it, say what would come of it, and change nothing')
    .addOption(asOption());
}

/** A command that lists what people know. */
export function listCommand(name: string, description: string): Command {
  return command(name, description).option(...CONNECTION);
}

/** Whose case it is. */
export interface OpenCase {
  connection: Connection;
  customer: LedgerCustomer;
  /** Today in the zone of the organisation. */
  today: Day;
}

/** The customer that was asked for. Throws CUSTOMER_UNKNOWN, CUSTOMER_UNCLEAR or CUSTOMER_GONE. */
export async function openCase(app: App, asked: string, options: { connection?: string }): Promise<OpenCase> {
  const connection = await chooseOneConnection(app, options.connection);
  const customer = findOneCustomer(connection, await readCustomers(app.store.reader, connection.id), asked);
  if (customer.status === 'merged' || customer.status === 'deleted')
    throw new HoldfastError('CUSTOMER_GONE', `${customer.name} is ${customer.status} on the platform.`, {
      hint: customer.mergedInto === null ? 'Choose another.' : `It became ${customer.mergedInto}.`,
    });
  return { connection, customer, today: dayAt(app.clock.nowMs(), connection.timeZone) };
}

/** The case that a number belongs to: of a dispute, a promise, a release or a temporary limit. Throws CASE_UNKNOWN. */
export async function openNumbered(
  app: App,
  table: Parameters<typeof readOwner>[1],
  text: string,
): Promise<OpenCase & { id: number }> {
  const id = /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
  const owner = id === null ? null : await readOwner(app.store.reader, table, id);
  if (id === null || owner === null)
    throw new HoldfastError(
      'CASE_UNKNOWN',
      `There is no ${table.replace('_', ' ')} with the number "${text}".`,
      {
        hint: 'The list command shows the numbers.',
      },
    );
  const connection = await readConnection(app.store.reader, owner.connectionId);
  const customers = await readCustomers(app.store.reader, connection.id);
  const customer = findOneCustomer(connection, customers, owner.customerId);
  return { id, connection, customer, today: dayAt(app.clock.nowMs(), connection.timeZone) };
}

export const namedId = ({ id, name }: LedgerCustomer): NamedId => ({ id, name });

/** The reason that was given. Throws REASON_NEEDED. */
export function reasonOf(options: { why?: string }): string {
  const why = options.why?.trim() ?? '';
  if (why !== '') return why;
  throw new HoldfastError(
    'REASON_NEEDED',
    'This is done for a reason, which somebody will want to know later.',
    {
      hint: 'Add --why "…".',
    },
  );
}

/** An amount of the command line. Throws BAD_AMOUNT saying what is wrong with it. */
export function amountOf(text: string, currency: string): number {
  const amount = readAmountText(text, currency);
  if ('minor' in amount) return amount.minor;
  throw new HoldfastError('BAD_AMOUNT', `"${text}" is not an amount in ${currency}: ${amount.fault}.`, {
    hint: 'Write it as 1200.00.',
  });
}

/** What a change of a case came to, as --json answers it. */
export interface ChangeDocument {
  connection: ReturnType<typeof describeConnectionRef>;
  customer: CustomerRef | null;
  change: CaseChange['kind'];
  state: Outcome['state'];
  summary: string;
  id: number | null;
  by: string;
  why: string;
  request: { id: number; missing: number; mayAnswer: string[] | null } | null;
  dryRun: boolean;
}

/** Makes a change, or asks for it, and says what came of it. */
export async function makeChange(
  app: App,
  connection: Connection,
  change: CaseChange,
  options: CaseOptions,
): Promise<void> {
  const document = await changeOf(app, connection, change, options);
  if (options.json) return printJson(document);
  const { summary, by, dryRun, id } = document;
  const number = id === null ? '' : ` Number ${id}.`;
  if (document.request === null)
    return printLine(`${summary}.${dryRun ? ' (dry run)' : `${number} Written down for ${by}.`}`);
  printLine(`${summary}: ${waitingText(document.request)}${dryRun ? ' (dry run)' : ''}`);
}

/** Makes a change and describes what came of it. */
export async function changeOf(
  app: App,
  connection: Connection,
  change: CaseChange,
  options: CaseOptions,
): Promise<ChangeDocument> {
  const dryRun = options.dryRun ?? false;
  const why = options.why?.trim() ?? '';
  const deps = { store: app.store, clock: app.clock, policy: app.policy(), dryRun };
  const outcome = await changeCase(deps, { connection, change, by: personName(options.as), why });
  const { state, summary, by, id, request } = outcome;
  return {
    connection: describeConnectionRef(connection),
    customer: change.customer === null ? null : describeCustomerRef(connection, change.customer),
    change: change.kind,
    ...{ state, summary, id: dryRun ? null : id, by, why },
    request:
      request === null
        ? null
        : { id: request.id, missing: request.verdict.missing, mayAnswer: request.verdict.mayAnswer },
    dryRun,
  };
}

function waitingText({ id, missing, mayAnswer }: NonNullable<ChangeDocument['request']>): string {
  const people = missing === 1 ? 'the yes of one more person' : `the yes of ${missing} more people`;
  return `it waits as request ${id} for ${people}${whoText(mayAnswer)}.`;
}

/** Who may answer, in brackets; a warning when nobody is left who may. */
export function whoText(mayAnswer: string[] | null): string {
  if (mayAnswer === null) return '';
  if (mayAnswer.length > 0) return ` (${mayAnswer.join(', ')})`;
  return ' (nobody may: register somebody who may, or change the policy)';
}
