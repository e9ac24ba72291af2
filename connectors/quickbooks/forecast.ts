import type { SyncForecast } from '../../src/domain/index.ts';
import type { QuickBooksConfig } from './config.ts';
import { PAGE_SIZE, type Company, type Entity } from './query.ts';

const STREAM_OF = {
  Customer: 'customers',
  Invoice: 'invoices',
  Payment: 'payments',
  CreditMemo: 'credits',
} as const;

/** CompanyInfo, Preferences, and one change data capture at the end. */
const OTHER_CALLS = 3;

/** What a first sync would cost, by one count per entity. */
export async function forecast(
  company: Company,
  { callsPerMinute }: Pick<QuickBooksConfig, 'callsPerMinute'>,
): Promise<SyncForecast> {
  const rows: SyncForecast['rows'] = [];
  let calls = OTHER_CALLS;
  for (const entity of Object.keys(STREAM_OF) as Entity[]) {
    const count = await company.count(entity);
    rows.push({ stream: STREAM_OF[entity], rows: count });
    calls += pagesOf(entity, count);
  }
  const minutes = Math.floor((calls - 1) / callsPerMinute);
  return { rows, calls, minutes, callsLeftToday: await company.http.callsLeftToday() };
}

/** The end is proven by one more page, but where the only page tells the whole count; filtered ones do not. */
function pagesOf(entity: Entity, rows: number): number {
  const pages = Math.floor(rows / PAGE_SIZE) + 1;
  return rows > 0 && (pages > 1 || entity === 'Customer') ? pages + 1 : pages;
}
