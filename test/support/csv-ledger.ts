/**
 * Ledgers as CSV, and what is true of them on a day, worked out from the text alone: nothing of the product or of the
 * emulator is used here, so that both can be held against it.
 */
export const LEDGER_HEADER =
  'customer_id,customer_name,invoice_number,issue_date,due_date,amount,currency,paid_date,disputed';

/** What one customer owes on a day, in cents; customers that owe nothing are left out. */
export interface LedgerFigures {
  exposureMinor: number;
  ageing: { current: number; d1_30: number; d31_60: number; d61_90: number; d91: number };
  overdueMinor: number;
  daysOverdueMax: number;
}

/**
 * The rule: an invoice counts from its issue day until the day on which it is paid; what is due today is current;
 * exposure is everything open, overdue everything past due, both by customer name.
 */
export function ledgerFigures(csv: string, today: string): Map<string, LedgerFigures> {
  const figures = new Map<string, LedgerFigures>();
  for (const line of csv.trim().split(/\r?\n/).slice(1)) {
    const [, name = '', , issued = '', due = '', amount = '', , paid = ''] = line.split(',');
    if (issued > today || (paid !== '' && paid <= today)) continue;
    const of = figures.get(name) ?? nothing();
    const days = dayNumber(today) - dayNumber(due);
    const cents = Math.round(Number(amount) * 100);
    of.exposureMinor += cents;
    of.ageing[bucket(days)] += cents;
    if (days > 0) of.overdueMinor += cents;
    of.daysOverdueMax = Math.max(of.daysOverdueMax, days);
    figures.set(name, of);
  }
  return figures;
}

function bucket(days: number): keyof LedgerFigures['ageing'] {
  if (days < 1) return 'current';
  if (days < 31) return 'd1_30';
  if (days < 61) return 'd31_60';
  return days < 91 ? 'd61_90' : 'd91';
}

const nothing = (): LedgerFigures => ({
  exposureMinor: 0,
  ageing: { current: 0, d1_30: 0, d31_60: 0, d61_90: 0, d91: 0 },
  overdueMinor: 0,
  daysOverdueMax: 0,
});

/** A ledger of two years of the shape of the published one; the same seed gives the same text. */
export function madeUpLedger(seed: number, customers: number, invoices: number): string {
  const random = mulberry(seed);
  const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  const firstDay = dayNumber('2012-01-03');
  const rows = Array.from({ length: invoices }, (_, index) => {
    const customer = between(1, customers);
    const issued = firstDay + between(0, 700);
    const due = issued + 30;
    // Each customer has its own habit: some pay early, some never, the rest when they get round to it.
    const paid = random() < 0.04 ? '' : isoDay(due + between(-28, 4 + (customer % 5) * 30));
    const id = `${String(customer).padStart(4, '0')}-MADE`;
    const amount = (between(100, 2_000_00) / 100).toString();
    return [
      id,
      `Customer ${id}`,
      String(700_000 + index),
      isoDay(issued),
      isoDay(due),
      amount,
      'USD',
      paid,
      'no',
    ];
  });
  rows.sort((a, b) => (a[3]! < b[3]! ? -1 : a[3]! > b[3]! ? 1 : 0));
  return [LEDGER_HEADER, ...rows.map((row) => row.join(',')), ''].join('\n');
}

/** The last day of each month from January 2012 to December 2013. */
export function monthEnds(): string[] {
  return Array.from({ length: 24 }, (_, month) => isoDay(Date.UTC(2012, month + 1, 0) / DAY_MS));
}

const DAY_MS = 86_400_000;
const dayNumber = (day: string): number => Date.parse(`${day}T00:00:00Z`) / DAY_MS;
const isoDay = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** A small generator of numbers from 0 to 1 (mulberry32). */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
