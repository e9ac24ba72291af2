import { tryDay, type Day } from '../domain/index.ts';
import { csvInvalid, readCsv } from './csv.ts';

/** One line of rates.csv: `base` units for one unit of `currency` on a day. */
export interface FileRate {
  base: string;
  currency: string;
  date: Day;
  rate: string;
}

const COLUMNS = { required: ['base', 'currency', 'date', 'rate'], optional: [] };

/** Reads rates.csv. Throws CSV_INVALID naming every bad line. */
export function parseRates(text: string): FileRate[] {
  const faults: string[] = [];
  const rates = readCsv(text, COLUMNS).map((row) => {
    const { base = '', currency = '', date = '', rate = '' } = row.cells;
    const day = tryDay(date);
    if (!/^[A-Z]{3}$/.test(base))
      faults.push(`line ${row.line}: "${base}" is not a currency code such as GBP`);
    if (!/^[A-Z]{3}$/.test(currency))
      faults.push(`line ${row.line}: "${currency}" is not a currency code such as EUR`);
    if (day === null) faults.push(`line ${row.line}: "${date}" is not a day: write YYYY-MM-DD`);
    if (!/^\d{1,9}(\.\d{1,12})?$/.test(rate) || Number(rate) === 0) {
      faults.push(`line ${row.line}: "${rate}" is not a rate: write 0.8512`);
    }
    return { base, currency, date: day ?? ('' as Day), rate };
  });
  if (faults.length > 0) throw csvInvalid(faults);
  return rates;
}
