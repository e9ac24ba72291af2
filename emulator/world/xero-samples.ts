import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BookCompany } from '../core/book.ts';
import { parseMsDate } from '../xero/dates.ts';
import { idFields } from '../xero/native.ts';
import type { Json } from '../xero/native.ts';
import type { NativeRecord, XeroNativeCompany } from '../xero/native-company.ts';

/** Xero's published examples as one organisation; tenant is the example's OrganisationID, contacts come first. */
export interface XeroSampleCompany extends XeroNativeCompany {
  /** The example of Organisation. */
  organisation: Json;
  /** The examples of groups, which are no records: they know no update time. */
  contactGroups: Json[];
}

/** Lists and single reads of each entity; a record that is in both counts in its newest version. */
const SOURCES = [
  { entity: 'Contacts', files: ['getContacts', 'getContact'] },
  { entity: 'Invoices', files: ['getInvoices', 'getInvoice'] },
  { entity: 'CreditNotes', files: ['getCreditNotes', 'getCreditNote'] },
  { entity: 'Payments', files: ['getPayments', 'getPayment'] },
  { entity: 'Overpayments', files: ['getOverpayments', 'getOverpayment'] },
  { entity: 'Prepayments', files: ['getPrepayments', 'getPrepayment'] },
  { entity: 'Quotes', files: ['getQuotes', 'getQuote'] },
] as const;

type Source = (typeof SOURCES)[number];

/** The zones that the examples name. */
const ZONES: Record<string, string> = { NEWZEALANDSTANDARDTIME: 'Pacific/Auckland' };

/**
 * Reads the examples that `fixtures/xero/extract-samples.ts` has written into a folder. They come from several
 * organisations and refer to records that were not published; that is how they are served.
 */
export function xeroSampleCompany(folder: string): XeroSampleCompany {
  const [organisation = {}] = examples(folder, 'getOrganisations', 'Organisations');
  const groups = ['getContactGroups', 'getContactGroup'].flatMap((file) =>
    examples(folder, file, 'ContactGroups'),
  );
  return {
    tenant: text(organisation, 'OrganisationID'),
    company: companyOf(organisation),
    organisation,
    contactGroups: groups,
    records: () => SOURCES.flatMap((source) => newestRecords(folder, source)),
  };
}

function companyOf(organisation: Json): BookCompany {
  const timeZone = ZONES[text(organisation, 'Timezone')];
  if (timeZone === undefined) throw new Error(`no zone for ${text(organisation, 'Timezone')}`);
  return {
    id: text(organisation, 'OrganisationID'),
    name: text(organisation, 'Name'),
    baseCurrency: text(organisation, 'BaseCurrency'),
    timeZone,
    country: text(organisation, 'CountryCode'),
    multiCurrency: text(organisation, 'Class') === 'PREMIUM',
  };
}

function newestRecords(folder: string, { entity, files }: Source): NativeRecord[] {
  const newest = new Map<string, NativeRecord>();
  for (const record of files.flatMap((file) => examples(folder, file, entity))) {
    const id = text(record, idFields[entity]);
    const other = newest.get(id);
    // Of two with the same time the later file, a single read, has all fields.
    if (other && changedMs(other.record) > changedMs(record)) continue;
    newest.set(id, { entity, record, json: JSON.stringify(record) });
  }
  return [...newest.values()];
}

function changedMs(record: Json): number {
  return parseMsDate(record['UpdatedDateUTC']) ?? 0;
}

function examples(folder: string, file: string, list: string): Json[] {
  const body = JSON.parse(readFileSync(join(folder, `${file}.json`), 'utf8')) as Record<string, Json[]>;
  return body[list] ?? [];
}

function text(record: Json, field: string): string {
  const value = record[field];
  return typeof value === 'string' ? value : '';
}
