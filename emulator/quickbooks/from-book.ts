import { createHash } from 'node:crypto';
import type { Book, BookCompany } from '../core/book.ts';
import type { NativeRow } from '../core/state.ts';
import { BookIndex, numbersUsed } from './book-index.ts';
import { companyRows } from './company-rows.ts';
import { customerRow } from './customer-rows.ts';
import { documentRows } from './document-rows.ts';
import type { NativeCompany } from './native.ts';
import { defaultOptions, stampZone } from './options.ts';
import type { QuickBooksOptions } from './options.ts';
import { instantOf, stamp } from './zone-time.ts';

/**
 * A book as a QuickBooks company. The book is read twice (its `entries()` must give the same both times): once to
 * number and add up, once to convert, so that only an index stands in memory. Drafts are left out: QuickBooks has
 * none. Account numbers are left out: QuickBooks has no field for them.
 */
export function quickBooksCompany(book: Book, options: Partial<QuickBooksOptions> = {}): NativeCompany {
  const { company } = book;
  const chosen = { ...defaultOptions, ...options };
  return {
    realm: realmOf(company),
    company,
    rows: () => rowsOf(book, chosen),
    limits: () => book.limits(),
  };
}

/** The realm id of a company: its own id when that is a number, else sixteen digits made from it. */
export function realmOf(company: BookCompany): string {
  if (/^\d{5,20}$/.test(company.id)) return company.id;
  const hash = createHash('sha256').update(company.id).digest();
  return `9341${String(hash.readUIntBE(0, 6) % 10 ** 12).padStart(12, '0')}`;
}

function* rowsOf(book: Book, options: QuickBooksOptions): Iterable<NativeRow> {
  const { company } = book;
  const zone = stampZone(options, company.timeZone);
  const index = new BookIndex(book);
  const createdMs = instantOf(
    index.firstDay === '9999-12-31' ? '2020-01-01' : index.firstDay,
    0,
    company.timeZone,
  );
  yield* companyRows({
    company,
    firstDay: index.firstDay,
    createdMs,
    created: stamp(createdMs, zone),
    rates: index.rates,
    timeZoneInCompanyInfo: options.timeZoneInCompanyInfo,
  });
  for (const customer of index.customers) yield customerRow(customer, zone, options.deletedSuffix);
  let number = 1;
  for (const entry of book.entries()) {
    if (entry.entry === 'customer') continue;
    yield* documentRows({ company, index, zone }, entry, number);
    number += numbersUsed(entry);
  }
}
