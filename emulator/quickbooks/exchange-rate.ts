import type { CompanyBooks } from './books.ts';
import { missing, notFound } from './fault-bodies.ts';
import { dayOf } from './zone-time.ts';

/**
 * GET exchangerate?sourcecurrencycode=&asofdate=: the newest rate of that day or before it, as stored JSON. The
 * home currency is 1. Throws 610 when there is none.
 */
export function exchangeRate(books: CompanyBooks, source: string | null, asOf: string | null): string {
  if (source === null) throw missing('sourcecurrencycode');
  const day = asOf ?? dayOf(books.world.clock.nowMs(), books.company.timeZone);
  const home = books.company.baseCurrency;
  if (source === home) return homeRate(books, day);
  const found = books.world.state.db
    .prepare(
      `SELECT json FROM row WHERE company = ? AND entity = 'ExchangeRate' AND deleted = 0
       AND json_extract(json, '$.SourceCurrencyCode') = ? AND json_extract(json, '$.AsOfDate') <= ?
       ORDER BY json_extract(json, '$.AsOfDate') DESC LIMIT 1`,
    )
    .pluck()
    .get(books.realm, source, day) as string | undefined;
  if (found === undefined) throw notFound(`ExchangeRate ${source} ${day}`);
  return found;
}

function homeRate(books: CompanyBooks, day: string): string {
  const code = books.company.baseCurrency;
  return JSON.stringify({
    SyncToken: '0',
    domain: 'QBO',
    AsOfDate: day,
    SourceCurrencyCode: code,
    Rate: 1,
    TargetCurrencyCode: code,
    sparse: false,
    MetaData: { LastUpdatedTime: books.stamp(books.nowMs()) },
  });
}
