import type { Day } from '../domain/index.ts';
import { overRows, type Cell, type Reader, type RowAccess } from '../store/index.ts';
import type { Connection } from './connections.ts';
import type { KnownRate } from './rates.ts';

/** Documents that carry the rate at which they were booked. */
interface Source {
  kind: 'invoice' | 'credit';
  date: 'issue_date' | 'date';
  index: string;
  counting: string;
}

const SOURCES: readonly Source[] = [
  { kind: 'invoice', date: 'issue_date', index: 'invoice_rate', counting: "('open', 'paid')" },
  { kind: 'credit', date: 'date', index: 'credit_rate', counting: "('open', 'applied')" },
];

interface Booked {
  kind: Source['kind'];
  id: string;
  known: KnownRate;
}

/**
 * The newest rate booked on a document on or before a day, per foreign currency; ties go to invoices, then to the
 * highest id. With a run, by the documents as they were after it; with `only`, of these currencies alone.
 */
export async function readBookedRates(
  reader: Reader,
  { id, baseCurrency }: Connection,
  asOf: Day,
  run: number | null = null,
  only?: ReadonlySet<string>,
): Promise<KnownRate[]> {
  const isNeeded = (currency: string): boolean =>
    currency !== baseCurrency && (only === undefined || only.has(currency));
  if (only?.size === 0) return [];
  const newest = new Map<string, Booked>();
  await overRows(reader, (rows) => {
    for (const source of SOURCES) {
      const offer = (row: Cell[]): void => {
        const booked = bookedOf(source.kind, row);
        const { currency } = booked.known;
        if (isNeeded(currency) && isNewer(booked, newest.get(currency))) newest.set(currency, booked);
      };
      for (const currency of currenciesOf(rows, source, id)) {
        if (!isNeeded(currency)) continue;
        const found = newestOf(rows, source, { id, currency, asOf, run });
        if (found !== undefined) offer(found);
      }
      if (run !== null) eachOfPast(rows, source, { id, asOf, run }, offer);
    }
  });
  return [...newest.values()].map(({ known }) => known).sort((a, b) => (a.currency < b.currency ? -1 : 1));
}

const bookedOf = (kind: Source['kind'], [currency, id, date, rate]: Cell[]): Booked => ({
  kind,
  id: String(id),
  known: { currency: String(currency), rate: String(rate), date: date as Day, source: 'booked' },
});

function isNewer(one: Booked, other: Booked | undefined): boolean {
  if (other === undefined) return true;
  if (one.known.date !== other.known.date) return one.known.date > other.known.date;
  return one.kind === other.kind ? one.id > other.id : one.kind === 'invoice';
}

/** Each currency by one step in the index, however many documents there are. */
function currenciesOf(rows: RowAccess, { kind, index }: Source, id: string): string[] {
  const after = rows.prepare(
    `SELECT currency FROM ${kind} INDEXED BY ${index}
     WHERE connection_id = ? AND currency > ? AND rate IS NOT NULL ORDER BY currency LIMIT 1`,
  );
  const found: string[] = [];
  for (let next = after.first(id, ''); next !== undefined; next = after.first(id, found.at(-1) ?? ''))
    found.push(String(next[0]));
  return found;
}

function newestOf(
  rows: RowAccess,
  { kind, date, index, counting }: Source,
  { id, currency, asOf, run }: { id: string; currency: string; asOf: Day; run: number | null },
): Cell[] | undefined {
  const then = run === null ? '' : ' AND run <= ?';
  const text = `SELECT currency, remote_id, ${date}, rate FROM ${kind} INDEXED BY ${index}
    WHERE connection_id = ? AND currency = ? AND ${date} <= ? AND rate IS NOT NULL AND status IN ${counting}${then}
    ORDER BY ${date} DESC, remote_id DESC LIMIT 1`;
  return rows.prepare(text).first(id, currency, asOf, ...(run === null ? [] : [run]));
}

function eachOfPast(
  rows: RowAccess,
  { kind, date, counting }: Source,
  { id, asOf, run }: { id: string; asOf: Day; run: number },
  take: (row: Cell[]) => void,
): void {
  const cell = (name: string): string => `json_extract(content, '$.${name}')`;
  const key = kind === 'credit' ? "substr(remote_id, instr(remote_id, ':') + 1)" : 'remote_id';
  const text = `SELECT ${cell('currency')}, ${key}, ${cell(date)}, ${cell('rate')} FROM row_history
    WHERE connection_id = ? AND kind = ? AND until_run > ? AND from_run <= ?
    AND ${cell(date)} <= ? AND ${cell('rate')} IS NOT NULL AND ${cell('status')} IN ${counting}`;
  rows.prepare(text).each([id, kind, run, run, asOf], take);
}
