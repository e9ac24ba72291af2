import {
  companyId,
  PlatformError,
  type ExchangeRate,
  type OpenOrders,
  type Organisation,
  type Page,
  type PlatformSession,
  type PullRequest,
  type RowRef,
  type RowStamp,
  type StreamName,
  type SyncForecast,
} from '../../src/domain/index.ts';
import { newSealingKey } from '../../src/lib/index.ts';
import { readConnection, saveConnection, saveTokenSet, type Connection } from '../../src/mirror/index.ts';
import type { Store } from '../../src/store/index.ts';
import { NOW_MS, pageOf } from './mirror-records.ts';

export const key = newSealingKey();

export const TOKENS = {
  accessToken: 'access-0',
  accessExpiresAtMs: NOW_MS + 1_800_000,
  refreshToken: 'refresh-0',
  refreshExpiresAtMs: NOW_MS + 60 * 86_400_000,
  grant: 'authorization-code',
  scope: 'accounting',
} as const;

export function organisation(fields: Partial<Organisation> & { company?: string } = {}): Organisation {
  const { company = 'company-1', ...rest } = fields;
  return {
    companyId: companyId(company),
    name: 'Harbour Test Ltd',
    baseCurrency: 'GBP',
    timeZone: 'Europe/London',
    country: 'GB',
    multiCurrency: true,
    isDemo: false,
    ownReminders: false,
    ...rest,
  };
}

/** An authorised company, as `holdfast connect` leaves it. */
export async function connect(
  store: Store,
  fields: Parameters<typeof organisation>[0] = {},
): Promise<Connection> {
  const id = await store.write(async (tx) => {
    const tokens = await saveTokenSet(tx, key, 'xero', TOKENS, NOW_MS);
    return saveConnection(tx, key, 'xero', organisation(fields), tokens, NOW_MS);
  });
  return readConnection(store.reader, id);
}

const STREAMS: StreamName[] = ['customers', 'invoices', 'credits', 'payments'];

/** What a first sync of the fake platform would cost. */
export const FORECAST: SyncForecast = {
  rows: [{ stream: 'invoices', rows: 43_000 }],
  calls: 52,
  minutes: 1,
  callsLeftToday: 4_900,
};

/** A record that the platform shows by its id, and in its lists. */
interface Shown {
  ref: RowRef;
  updatedAtMs: number;
  page: Partial<Page>;
}

const nameOf = ({ kind, remoteId, creditKind }: RowRef): string =>
  `${kind}:${kind === 'credit' ? (creditKind ?? 'credit-note') : ''}:${remoteId}`;

/** The records of pages, one by one, as the platform would show them by id. */
function recordsOf({ customers = [], invoices = [], credits = [], payments = [] }: Partial<Page>): Shown[] {
  return [
    ...customers.map((one) => shown({ kind: 'customer', remoteId: one.remoteId }, one, { customers: [one] })),
    ...invoices.map((one) => shown({ kind: 'invoice', remoteId: one.remoteId }, one, { invoices: [one] })),
    ...credits.map((one) =>
      shown({ kind: 'credit', remoteId: one.remoteId, creditKind: one.kind }, one, { credits: [one] }),
    ),
    ...payments.map((one) => shown({ kind: 'payment', remoteId: one.remoteId }, one, { payments: [one] })),
  ];
}

const shown = (ref: RowRef, { updatedAtMs }: { updatedAtMs: number }, page: Partial<Page>): Shown => ({
  ref,
  updatedAtMs,
  page,
});

/** A platform with prepared pages. A cursor is the number of pages that were taken; more pages may be added. */
export class FakePlatform implements PlatformSession {
  readonly capabilities = { history: true, holdInNotes: false };
  readonly #pages = new Map<StreamName, Page[]>(STREAMS.map((stream) => [stream, []]));
  #organisation = organisation();
  #rates: ExchangeRate[] = [];
  #calls = 0;
  #pagesLeft = Infinity;
  #fault: Error = new Error('not told to fail');
  readonly #shown = new Map<string, Shown>();
  #unlisted = new Set<string>();
  /** What it says when it is asked for its open orders. */
  openOrders: OpenOrders = { orders: [], quarantined: [] };
  /** Every pull that was asked for, as 'stream cursor'. */
  readonly pulls: string[] = [];
  /** Every reading by id that was asked for. */
  readonly readings: RowRef[][] = [];
  /** Currencies and days that rates were asked for. */
  readonly rateQuestions: string[] = [];
  /** What `readOrganisation` was told to be known, call by call. */
  readonly organisationCalls: ('whole' | 'light')[] = [];

  add(stream: StreamName, ...records: Partial<Page>[]): this {
    const pages = this.#pages.get(stream) ?? [];
    for (const one of records) {
      pages.push(pageOf({ ...one, cursor: String(pages.length + 1) }));
      this.show(one);
      for (const ref of one.deleted ?? []) this.#shown.delete(nameOf(ref));
    }
    this.#pages.set(stream, pages);
    return this;
  }

  /** Holds these records, without a page that tells of it: as when a change is told late, or never. */
  show(records: Partial<Page>): this {
    for (const one of recordsOf(records)) this.#shown.set(nameOf(one.ref), one);
    return this;
  }

  /** Forgets records without a word, as a hard delete does. */
  vanish(...refs: RowRef[]): this {
    for (const ref of refs) this.#shown.delete(nameOf(ref));
    return this;
  }

  /** Leaves records out of its lists although it still has them. */
  omitFromLists(...refs: RowRef[]): this {
    this.#unlisted = new Set(refs.map(nameOf));
    return this;
  }

  describeItselfAs(fields: Parameters<typeof organisation>[0]): this {
    this.#organisation = organisation(fields);
    return this;
  }

  quoteRates(rates: ExchangeRate[]): this {
    this.#rates = rates;
    return this;
  }

  /** Serves this many pages more, then throws. */
  failAfter(pages: number, fault: Error = unavailable()): this {
    this.#pagesLeft = pages;
    this.#fault = fault;
    return this;
  }

  recover(): this {
    this.#pagesLeft = Infinity;
    return this;
  }

  clockSkewMs(): null {
    return null;
  }

  calls(): number {
    return this.#calls;
  }

  async readOrganisation(known?: Organisation): Promise<Organisation> {
    this.#calls += 1;
    this.organisationCalls.push(known === undefined ? 'whole' : 'light');
    return this.#organisation;
  }

  streams(): StreamName[] {
    return STREAMS;
  }

  async *pull({ stream, cursor }: PullRequest): AsyncIterable<Page> {
    this.pulls.push(`${stream} ${cursor ?? 'from the beginning'}`);
    for (const page of (this.#pages.get(stream) ?? []).slice(Number(cursor ?? 0))) {
      if (this.#pagesLeft <= 0) throw this.#fault;
      this.#pagesLeft -= 1;
      this.#calls += 1;
      yield page;
    }
  }

  async readOpenOrders(): Promise<OpenOrders> {
    this.#calls += 1;
    return Promise.resolve(this.openOrders);
  }

  async readRates(currencies: string[], day: string): Promise<ExchangeRate[]> {
    this.rateQuestions.push(`${currencies.join(' ')} ${day}`);
    return this.#rates.filter((rate) => currencies.includes(rate.currency));
  }

  async forecast(): Promise<SyncForecast> {
    return FORECAST;
  }

  async readRows(refs: RowRef[]): Promise<Page> {
    this.#calls += 1;
    this.readings.push(refs);
    const page = pageOf();
    for (const ref of refs) {
      const found = this.#shown.get(nameOf(ref))?.page;
      if (found === undefined) page.deleted.push(ref);
      page.customers.push(...(found?.customers ?? []));
      page.invoices.push(...(found?.invoices ?? []));
      page.credits.push(...(found?.credits ?? []));
      page.payments.push(...(found?.payments ?? []));
    }
    return page;
  }

  async *listStamps(kind: RowRef['kind']): AsyncIterable<RowStamp[]> {
    this.#calls += 1;
    const listed = [...this.#shown.values()].filter(
      ({ ref }) => ref.kind === kind && !this.#unlisted.has(nameOf(ref)),
    );
    yield listed.map(({ ref, updatedAtMs }) => ({ ...ref, updatedAtMs }));
  }

  readForPreflight = notPlayed;
  readHold = notPlayed;
  listHeld = notPlayed;
  placeHold = notPlayed;
  releaseHold = notPlayed;
  addNote = notPlayed;
  findNote = notPlayed;
  sendInvoice = notPlayed;
  findSend = notPlayed;
  onlineInvoiceUrl = notPlayed;
}

export const unavailable = (): PlatformError =>
  new PlatformError('PLATFORM_UNAVAILABLE', 'The platform is not available.', {
    sent: 'no',
    status: 503,
    retryable: true,
  });

function notPlayed(): Promise<never> {
  return Promise.reject(new Error('this platform only serves pages'));
}
