import {
  companyId,
  PlatformError,
  type ExchangeRate,
  type Organisation,
  type Page,
  type PlatformSession,
  type PullRequest,
  type RowStamp,
  type StreamName,
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

/** A platform with prepared pages. A cursor is the number of pages that were taken; more pages may be added. */
export class FakePlatform implements PlatformSession {
  readonly capabilities = { history: true, holdInNotes: false };
  readonly #pages = new Map<StreamName, Page[]>(STREAMS.map((stream) => [stream, []]));
  #organisation = organisation();
  #rates: ExchangeRate[] = [];
  #calls = 0;
  #pagesLeft = Infinity;
  #fault: Error = new Error('not told to fail');
  /** Every pull that was asked for, as 'stream cursor'. */
  readonly pulls: string[] = [];

  add(stream: StreamName, ...records: Partial<Page>[]): this {
    const pages = this.#pages.get(stream) ?? [];
    for (const one of records) pages.push(pageOf({ ...one, cursor: String(pages.length + 1) }));
    this.#pages.set(stream, pages);
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

  calls(): number {
    return this.#calls;
  }

  async readOrganisation(): Promise<Organisation> {
    this.#calls += 1;
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

  async readRates(currencies: string[]): Promise<ExchangeRate[]> {
    return this.#rates.filter((rate) => currencies.includes(rate.currency));
  }

  forecast = notPlayed;
  readRows = notPlayed;

  async *listStamps(): AsyncIterable<RowStamp[]> {}

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
