import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { createApp, type App } from '../../src/app.ts';
import { saveLimits } from '../../src/cases/index.ts';
import { parseConfig } from '../../src/config.ts';
import { companyId, customerId, dayAt, type ConnectionId, type Page } from '../../src/domain/index.ts';
import { saveConnection, saveTokenSet } from '../../src/mirror/index.ts';
import { closeRun, openRun } from '../../src/mirror/runs.ts';
import { noCounts, PageWriter } from '../../src/mirror/upsert.ts';
import type { Context } from '../support/context.ts';
import { measure } from '../support/measure.ts';
import { BookRows, type BookSize } from './book-rows.ts';

/** What the bars are said of. */
const FULL: BookSize = {
  customers: 50_000,
  openInvoices: 300_000,
  paidInvoices: 700_000,
  openCredits: 20_000,
};
const QUICK: BookSize = { customers: 2_000, openInvoices: 12_000, paidInvoices: 28_000, openCredits: 800 };
const AT_ONCE = 50_000;
const DAY_MS = 86_400_000;
/** Every so many-th open invoice is paid, and another is new, between the night before and tonight. */
const TURNOVER = 50;
const GROUP_OF = 50;

/** A company in a data directory: mirrored, with limits, judged the night before, and synced since. */
export interface Books {
  connectionId: ConnectionId;
  size: BookSize;
  /** Ids of so many customers, of large ones and small ones. */
  some(count: number): string[];
  file: string;
  env: Record<string, string>;
  /** A copy for one measured process: its environment. */
  copy(name: string): Record<string, string>;
}

const made = new WeakMap<Context, Promise<Books>>();

/** The books of this bench, made when first asked for. */
export function booksOf(context: Context): Promise<Books> {
  const known = made.get(context) ?? makeBooks(context);
  made.set(context, known);
  return known;
}

async function makeBooks(context: Context): Promise<Books> {
  const size = context.quick ? QUICK : FULL;
  context.say(`making books of ${size.customers} customers`);
  const dataDir = join(context.folder, 'books');
  const env = {
    HOLDFAST_DATA_DIR: dataDir,
    HOLDFAST_KEY_FILE: join(context.folder, 'books.key'),
    HOLDFAST_BASE_URL: 'http://localhost:9',
  };
  const app = createApp(parseConfig(env));
  const rows = new BookRows(size, dayAt(app.clock.nowMs(), 'Europe/London'));
  const id = await connect(app);
  try {
    await asRun(app, id, app.clock.nowMs() - DAY_MS, firstPages(rows));
    await grantLimits(app, id, rows);
  } finally {
    await app.close();
  }
  context.say('judging them for the night before');
  await measure('decide/product-night.ts', { env, connectionId: id, clockOffsetMs: -DAY_MS, whole: true });
  const again = createApp(parseConfig(env));
  await asRun(again, id, again.clock.nowMs(), laterPages(rows)).finally(() => again.close());
  const copy = (name: string): Record<string, string> => {
    const to = join(context.folder, name);
    cpSync(dataDir, to, { recursive: true });
    return { ...env, HOLDFAST_DATA_DIR: to };
  };
  const some = (count: number): string[] =>
    Array.from({ length: count }, (_, n) => rows.customer(Math.floor((n * size.customers) / count)).remoteId);
  return { connectionId: id, size, some, file: join(dataDir, 'holdfast.sqlite'), env, copy };
}

async function connect({ store, key, clock }: App): Promise<ConnectionId> {
  const nowMs = clock.nowMs();
  const tokens = {
    accessToken: 'none',
    accessExpiresAtMs: nowMs,
    refreshToken: 'none',
    refreshExpiresAtMs: nowMs + 60 * DAY_MS,
    grant: 'authorization-code',
    scope: 'accounting',
  } as const;
  const organisation = {
    companyId: companyId('books'),
    name: 'Many Customers Ltd',
    baseCurrency: 'GBP',
    timeZone: 'Europe/London',
    country: 'GB',
    multiCurrency: true,
    isDemo: false,
    ownReminders: false,
  };
  return store.write(async (tx) => {
    const tokenSet = await saveTokenSet(tx, key, 'xero', tokens, nowMs);
    return saveConnection(tx, key, 'xero', organisation, tokenSet, nowMs);
  });
}

async function asRun(
  { store }: App,
  id: ConnectionId,
  atMs: number,
  pages: Iterable<Partial<Page>>,
): Promise<void> {
  const { number } = await store.write((tx) => openRun(tx, id, 'incremental', atMs));
  for (const page of pages)
    await store.writeBulk((db) => new PageWriter(db, id, number).write({ ...NOTHING, ...page }));
  const end = { nowMs: atMs, counts: noCounts(), calls: 0, error: null };
  await store.write((tx) => closeRun(tx, id, number, end));
}

const NOTHING: Page = {
  customers: [],
  invoices: [],
  credits: [],
  payments: [],
  deleted: [],
  quarantined: [],
  cursor: '',
  totalRows: null,
};

function* firstPages(rows: BookRows): Iterable<Partial<Page>> {
  const { customers, openInvoices, paidInvoices, openCredits } = rows.size;
  for (const some of slices(0, customers)) yield { customers: some.map((n) => rows.customer(n)) };
  for (const some of slices(0, openInvoices + paidInvoices)) {
    const paid = some.filter((n) => n >= openInvoices);
    yield { invoices: some.map((n) => rows.invoice(n)), payments: paid.map((n) => rows.payment(n)) };
  }
  for (const some of slices(0, openCredits)) yield { credits: some.map((n) => rows.credit(n)) };
}

/** What a day brings: some are paid, and as many are new. */
function* laterPages(rows: BookRows): Iterable<Partial<Page>> {
  const { openInvoices, paidInvoices } = rows.size;
  const all = openInvoices + paidInvoices;
  for (const some of slices(0, Math.floor(openInvoices / TURNOVER))) {
    const paid = some.map((n) => n * TURNOVER);
    const fresh = some.map((n) => rows.invoice(all + n, false));
    yield {
      invoices: [...paid.map((n) => rows.invoice(n, true)), ...fresh],
      payments: paid.map((n) => rows.payment(n)),
    };
  }
}

function* slices(from: number, until: number): Iterable<number[]> {
  for (let at = from; at < until; at += AT_ONCE)
    yield Array.from({ length: Math.min(AT_ONCE, until - at) }, (_, i) => at + i);
}

async function grantLimits({ store, clock }: App, id: ConnectionId, rows: BookRows): Promise<void> {
  const numbers = Array.from({ length: rows.size.customers }, (_, n) => n);
  const entries = numbers.flatMap((n) => {
    const limitMinor = rows.limitMinor(n);
    if (limitMinor === null) return [];
    const group = n % GROUP_OF < 3 ? `Group ${Math.floor(n / GROUP_OF)}` : null;
    const limit = { kind: 'amount' as const, limitMinor };
    return [{ customerId: customerId(rows.customer(n).remoteId), limit, group }];
  });
  const names = new Set(entries.flatMap(({ group }) => group ?? []));
  const groups = [...names].map((name) => ({ name, limitMinor: 3_000_000 }));
  const change = { by: 'bench', atMs: clock.nowMs() - 2 * DAY_MS };
  await store.write((tx) => saveLimits(tx, id, { entries, groups }, change));
}
