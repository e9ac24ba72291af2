import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BookCompany } from '../core/book.ts';
import type { NativeRow } from '../core/state.ts';
import type { NativeCompany, NativeEntity } from './native.ts';

const served =
  'Customer Invoice Payment CreditMemo Term CustomerType CompanyCurrency ExchangeRate CompanyInfo Preferences'.split(
    ' ',
  );
const listEntities = new Set(['Customer', 'Term', 'CustomerType', 'CompanyCurrency']);

type Record_ = Partial<NativeEntity> & { status?: string };

/** The company of Intuit's published samples. They name no zone; they were recorded in the Pacific one. */
export const sampleBookCompany: BookCompany = {
  id: '1234567890',
  name: 'Acme Corp.',
  baseCurrency: 'USD',
  timeZone: 'America/Los_Angeles',
  country: 'US',
  multiCurrency: false,
};

/**
 * The published samples of a folder (fixtures/quickbooks/samples) as one company: every record with its own id, as
 * it was published. Files are read by name and a later file's record replaces an earlier one's; a tombstone only
 * stands where no file has the record itself. References to records that were never published stay as they are.
 */
export function sampleCompany(folder: string, company: BookCompany = sampleBookCompany): NativeCompany {
  return { realm: company.id, company, rows: () => sampleRows(folder), limits: () => [] };
}

function sampleRows(folder: string): NativeRow[] {
  const rows = new Map<string, NativeRow>();
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.json')) continue;
    for (const row of rowsIn(JSON.parse(readFileSync(join(folder, file), 'utf8')))) {
      const key = `${row.entity} ${row.id}`;
      if (!row.deleted || !rows.has(key)) rows.set(key, row);
    }
  }
  return [...rows.values()].sort(
    (a, b) => served.indexOf(a.entity) - served.indexOf(b.entity) || Number(a.id) - Number(b.id),
  );
}

/** Records wherever they stand in a reply: alone, in a query's list, in a change list, in a batch. */
function rowsIn(value: unknown): NativeRow[] {
  if (Array.isArray(value)) return value.flatMap(rowsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => {
    if (!served.includes(name)) return rowsIn(child);
    return (Array.isArray(child) ? child : [child]).flatMap((record) => rowOf(name, record as Record_));
  });
}

// The batch sample has stubs without MetaData (and an exchange rate without an id): stubs are no records.
function rowOf(entity: string, record: Record_): NativeRow[] {
  const id = record.Id ?? (typeof record['SourceCurrencyCode'] === 'string' ? '0' : undefined);
  const deleted = record.status === 'Deleted';
  const time = record.MetaData?.LastUpdatedTime;
  if (id === undefined || time === undefined) return [];
  const hidden = listEntities.has(entity) && record['Active'] === false;
  return [{ entity, id, updatedMs: Date.parse(time), hidden, deleted, json: JSON.stringify(record) }];
}
