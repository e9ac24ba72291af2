import { xeroConfig, xeroEnvironment } from '../../connectors/xero/config.ts';
import { quickbooksConfig, quickbooksEnvironment } from '../../connectors/quickbooks/config.ts';
import { createConnectors } from '../../connectors/registry.ts';
import { startEmulator } from '../../emulator/index.ts';
import type { EmulatorOptions, RunningEmulator } from '../../emulator/index.ts';
import {
  applyCredit,
  createCreditMemo,
  createInvoice,
  deactivateCustomer,
} from '../../emulator/quickbooks/edits.ts';
import {
  deleteInvoice,
  editEmail,
  editNotes,
  mergeCustomers,
  payInvoice,
} from '../../emulator/quickbooks/edits.ts';
import { unappliedPayment, voidInvoice } from '../../emulator/quickbooks/edits.ts';
import type { NativeCustomer } from '../../emulator/quickbooks/native.ts';
import { demoBooks } from '../../emulator/world/demo-books.ts';
import type { CompanyId, Connector, Grant, Page, PlatformName } from '../../src/domain/index.ts';
import type { PlatformSession, StreamName, TokenSet } from '../../src/domain/index.ts';
import { createLog, type Clock } from '../../src/lib/index.ts';
import { present } from '../../src/lib/index.ts';

export const CALLBACK = 'http://127.0.0.1:9/callback';

/** A clock that lives in the world's time and skips every sleep, so that no test waits. */
export class SkippingClock implements Clock {
  readonly sleptMs: number[] = [];
  readonly #worldMs: () => number;
  #skippedMs = 0;

  constructor(worldMs: () => number) {
    this.#worldMs = worldMs;
  }

  nowMs(): number {
    return this.#worldMs() + this.#skippedMs;
  }

  monotonicMs(): number {
    return performance.now() + this.#skippedMs;
  }

  sleep(ms: number): Promise<void> {
    this.sleptMs.push(ms);
    this.#skippedMs += Math.ceil(ms) + 1;
    return Promise.resolve();
  }

  deadline(ms: number): AbortSignal {
    return AbortSignal.timeout(ms);
  }

  every(): () => Promise<void> {
    return () => Promise.resolve();
  }
}

/** What an emulated company holds, told from its native records alone. Sums are minor units by currency. */
export interface Totals {
  customers: number;
  activeCustomers: number;
  invoices: number;
  openInvoices: number;
  openMinor: Record<string, number>;
  creditMinor: Record<string, number>;
  activePayments: number;
}

/** What people do on the platform meanwhile; ids are the platform's. */
export interface PlatformEdits {
  createInvoice(customer: string, amountMinor: number): string;
  pay(invoice: string, amountMinor?: number): void;
  void(invoice: string): void;
  /** Takes an invoice away as far as the platform lets people do that. */
  delete(invoice: string): void;
  archive(customer: string): void;
  merge(loser: string, winner: string): void;
  setEmail(customer: string, address: string): void;
  /** Gives the customer a credit of some kind and sets part of it against the invoice. */
  credit(customer: string, invoice: string, amountMinor: number, appliedMinor: number): string;
  overpay(customer: string, amountMinor: number): void;
  /** Writes into what holds use (Notes, or another group), as staff would. */
  scribble(customer: string, text: string): void;
  scribbled(customer: string): string;
}

/** One connected company with everything that a test needs to look behind the scenes. */
export interface ConnectedPlatform {
  name: PlatformName;
  emulator: RunningEmulator;
  connector: Connector;
  clock: SkippingClock;
  grant: Grant;
  company: CompanyId;
  session: PlatformSession;
  edits: PlatformEdits;
  /** Glob of the token endpoint and of a read that the full pull makes. */
  paths: { token: string; read: string; send: string };
  /** How often the session asked for a forced refresh. */
  refreshes(): number;
  totals(): Totals;
  /** A session over other tokens. */
  open(tokens: TokenSet): PlatformSession;
  close(): Promise<void>;
}

/** Starts an emulator with the demo's small world, connects, and opens a session. Limits are off. */
export async function connectPlatform(
  name: PlatformName,
  options: EmulatorOptions = {},
): Promise<ConnectedPlatform> {
  const emulator = await startEmulator({
    nowMs: Date.parse('2026-03-11T10:00:00Z'),
    ...demoBooks(7, 'small'),
    limits: 'off',
    servers: [name],
    ...options,
  });
  const clock = new SkippingClock(() => emulator.clock.nowMs());
  const connector = buildConnector(name, emulator.env(), clock);
  const grant = await consent(connector);
  const company = present(grant.companies[0], 'a company').companyId;
  let tokens = grant.tokens;
  let refreshes = 0;
  const open = (from: TokenSet): PlatformSession => {
    tokens = from;
    return connector.open({
      companyId: company,
      nowMs: () => clock.nowMs(),
      accessToken: async (force) => {
        if (force === true) {
          refreshes += 1;
          tokens = await connector.authorizer.refresh(tokens);
        }
        return tokens.accessToken;
      },
    });
  };
  return {
    name,
    emulator,
    connector,
    clock,
    grant,
    company,
    session: open(grant.tokens),
    edits: platformEdits(emulator, name, company),
    paths: PATHS[name],
    refreshes: () => refreshes,
    totals: () => (name === 'xero' ? xeroTotals(emulator, company) : quickbooksTotals(emulator, company)),
    open,
    close: () => emulator.close(),
  };
}

const PATHS = {
  xero: { token: '/connect/token', read: '/api.xro/2.0/Contacts', send: '/api.xro/2.0/Invoices/*/Email' },
  quickbooks: {
    token: '/oauth2/v1/tokens/bearer',
    read: '/v3/company/*/query',
    send: '/v3/company/*/invoice/*/send',
  },
};

/** The connector that an environment describes. */
export function buildConnector(name: PlatformName, env: Record<string, string>, clock: Clock): Connector {
  const config = {
    xero: xeroConfig(xeroEnvironment.parse(env)),
    quickbooks: quickbooksConfig(quickbooksEnvironment.parse(env)),
    mail: null,
  };
  return present(createConnectors(config, { clock, log: createLog('silent') })[name], name);
}

/** Goes through the whole authorization as a user's browser would. */
export async function consent(connector: Connector): Promise<Grant> {
  const pending = await connector.authorizer.begin(CALLBACK);
  return connector.authorizer.complete(pending, await callbackOf(pending.url));
}

/** The callback address, with its query, that the consent page sends the browser to. */
export async function callbackOf(url: string): Promise<string> {
  const reply = await fetch(url, { redirect: 'manual' });
  return present(reply.headers.get('location'), 'the redirect to the callback');
}

/** What the pages of a connector add up to, newest row winning, as a mirror would keep them. */
export class PageMirror {
  readonly customers = new Map<string, Page['customers'][number]>();
  readonly invoices = new Map<string, Page['invoices'][number]>();
  readonly credits = new Map<string, Page['credits'][number]>();
  readonly payments = new Map<string, Page['payments'][number]>();
  readonly quarantined: Page['quarantined'] = [];
  readonly cursors = new Map<StreamName, string>();

  /** Pulls the streams of a run, each from its saved cursor when it is an incremental one. */
  async run(session: PlatformSession, mode: 'full' | 'incremental', nowMs: number): Promise<void> {
    for (const stream of session.streams(mode)) {
      const cursor = mode === 'full' ? null : (this.cursors.get(stream) ?? null);
      for await (const page of session.pull({ stream, cursor, nowMs })) this.apply(stream, page);
    }
  }

  apply(stream: StreamName, page: Page): void {
    for (const row of page.customers) this.customers.set(row.remoteId, row);
    for (const row of page.invoices) this.invoices.set(row.remoteId, row);
    for (const row of page.credits) this.credits.set(row.remoteId, row);
    for (const row of page.payments) this.payments.set(row.remoteId, row);
    for (const { kind, remoteId } of page.deleted) this.#table(kind).delete(remoteId);
    this.quarantined.push(...page.quarantined);
    this.cursors.set(stream, page.cursor);
  }

  totals(): Totals {
    const open = [...this.invoices.values()].filter((row) => row.status === 'open');
    return {
      customers: this.customers.size,
      activeCustomers: [...this.customers.values()].filter((row) => row.status === 'active').length,
      invoices: this.invoices.size,
      openInvoices: open.length,
      openMinor: sums(open),
      creditMinor: sums([...this.credits.values()].filter((row) => row.openMinor > 0)),
      activePayments: [...this.payments.values()].filter((row) => row.status === 'active').length,
    };
  }

  #table(kind: Page['deleted'][number]['kind']): Map<string, unknown> {
    if (kind === 'customer') return this.customers;
    if (kind === 'invoice') return this.invoices;
    return kind === 'credit' ? this.credits : this.payments;
  }
}

function sums(rows: readonly { currency: string; openMinor: number }[]): Record<string, number> {
  const by: Record<string, number> = {};
  for (const row of rows) by[row.currency] = (by[row.currency] ?? 0) + row.openMinor;
  return by;
}

type Native = Record<string, unknown>;

function nativeRows(emulator: RunningEmulator, company: string, entity: string): Native[] {
  const texts = emulator.state.db
    .prepare('SELECT json FROM row WHERE company = ? AND entity = ? AND deleted = 0')
    .pluck()
    .all(company, entity) as string[];
  return texts.map((text) => JSON.parse(text) as Native);
}

const cents = (amount: unknown): number => Math.round(Number(amount) * 100);

function add(by: Record<string, number>, currency: unknown, minor: number): void {
  if (minor > 0) by[String(currency)] = (by[String(currency)] ?? 0) + minor;
}

function xeroTotals(emulator: RunningEmulator, company: string): Totals {
  const rows = (entity: string): Native[] => nativeRows(emulator, company, entity);
  const sales = rows('Invoices').filter((row) => row['Type'] === 'ACCREC');
  const open = sales.filter((row) => row['Status'] === 'AUTHORISED' && cents(row['AmountDue']) > 0);
  const openMinor: Record<string, number> = {};
  const creditMinor: Record<string, number> = {};
  for (const row of open) add(openMinor, row['CurrencyCode'], cents(row['AmountDue']));
  for (const row of [...rows('CreditNotes'), ...rows('Overpayments'), ...rows('Prepayments')]) {
    const mine = /^(ACCRECCREDIT|RECEIVE-|AR)/.test(String(row['Type'])) && row['Status'] === 'AUTHORISED';
    if (mine) add(creditMinor, row['CurrencyCode'], cents(row['RemainingCredit']));
  }
  const payments = rows('Payments').filter((row) => row['PaymentType'] === 'ACCRECPAYMENT');
  const contacts = rows('Contacts');
  const active = contacts.filter((row) => row['ContactStatus'] === 'ACTIVE' && !row['MergedToContactID']);
  return {
    customers: contacts.length,
    activeCustomers: active.length,
    invoices: sales.length,
    openInvoices: open.length,
    openMinor,
    creditMinor,
    activePayments: payments.filter((row) => row['Status'] === 'AUTHORISED').length,
  };
}

function quickbooksTotals(emulator: RunningEmulator, company: string): Totals {
  const rows = (entity: string): Native[] => nativeRows(emulator, company, entity);
  const currency = (row: Native): unknown => (row['CurrencyRef'] as Native | undefined)?.['value'] ?? 'USD';
  const open = rows('Invoice').filter((row) => cents(row['Balance']) > 0);
  const openMinor: Record<string, number> = {};
  const creditMinor: Record<string, number> = {};
  for (const row of open) add(openMinor, currency(row), cents(row['Balance']));
  for (const row of rows('CreditMemo')) add(creditMinor, currency(row), cents(row['RemainingCredit']));
  for (const row of rows('Payment')) add(creditMinor, currency(row), cents(row['UnappliedAmt'] ?? 0));
  const voided = (row: Native): boolean => row['TotalAmt'] === 0 && /Voided/.test(String(row['PrivateNote']));
  return {
    customers: rows('Customer').length,
    activeCustomers: rows('Customer').filter((row) => row['Active'] === true).length,
    invoices: rows('Invoice').length,
    openInvoices: open.length,
    openMinor,
    creditMinor,
    activePayments: rows('Payment').filter((row) => !voided(row)).length,
  };
}

/** What people can do in a company of a platform; the company by the platform's own id. */
export function platformEdits(emulator: RunningEmulator, name: PlatformName, company: string): PlatformEdits {
  return name === 'xero' ? xeroEdits(emulator, company) : quickbooksEdits(emulator, company);
}

/** The group that staff use for something of their own. */
const STAFF_GROUP = 'Staff favourites';

function xeroEdits(emulator: RunningEmulator, company: string): PlatformEdits {
  const edits = emulator.xero(company);
  return {
    createInvoice: (contactId, amountMinor) => edits.createInvoice({ contactId, amountMinor }),
    pay: (invoice, amountMinor) => void edits.payInvoice(invoice, amountMinor),
    void: (invoice) => edits.voidInvoice(invoice),
    // Xero lets people delete drafts only; an approved invoice is voided.
    delete: (invoice) => edits.voidInvoice(invoice),
    archive: (customer) => edits.archiveContact(customer),
    merge: (loser, winner) => edits.mergeContacts(loser, winner),
    setEmail: (customer, EmailAddress) => edits.updateContact(customer, { EmailAddress }),
    credit(contactId, invoice, amountMinor, appliedMinor) {
      const id = edits.createCreditNote({ contactId, amountMinor });
      edits.allocate(id, invoice, appliedMinor);
      return id;
    },
    overpay: (contactId, amountMinor) => void edits.createOverpayment({ contactId, amountMinor }),
    scribble: (customer, text) =>
      edits.updateContact(customer, { ContactNumber: text, Name: `${STAFF_GROUP} ${text}` }),
    scribbled: (customer) => {
      const { Name, ContactNumber } = edits.contact(customer) as Native;
      return JSON.stringify([Name, ContactNumber]);
    },
  };
}

function quickbooksEdits(emulator: RunningEmulator, company: string): PlatformEdits {
  const books = emulator.quickbooks(company);
  return {
    createInvoice: (customerId, amountMinor) => createInvoice(books, { customerId, amountMinor }).Id,
    pay: (invoice, amountMinor) => void payInvoice(books, invoice, amountMinor),
    void: (invoice) => void voidInvoice(books, invoice),
    delete: (invoice) => deleteInvoice(books, invoice),
    archive: (customer) => void deactivateCustomer(books, customer),
    merge: (loser, winner) => mergeCustomers(books, loser, winner),
    setEmail: (customer, address) => void editEmail(books, customer, address),
    credit(customerId, invoice, amountMinor, appliedMinor) {
      const memo = createCreditMemo(books, { customerId, amountMinor });
      applyCredit(books, memo.Id, invoice, appliedMinor);
      return memo.Id;
    },
    overpay: (customer, amountMinor) => void unappliedPayment(books, customer, amountMinor),
    scribble: (customer, text) => void editNotes(books, customer, text),
    scribbled: (customer) => books.read<NativeCustomer>('Customer', customer)?.Notes ?? '',
  };
}
