import { describe, expect, it } from 'vitest';
import type { Book, BookEntry, BookInvoice } from '../../emulator/core/book.ts';
import { ledgerBook, LedgerError, ledgerNowMs } from '../../emulator/world/ledger.ts';
import {
  expected,
  FORTY_AS_OF,
  FORTY_NOW_MS,
  fortyBook,
  fortyLimitsCsv,
} from '../../fixtures/ledgers/forty.ts';

const header =
  'customer_id,customer_name,invoice_number,issue_date,due_date,amount,currency,paid_date,disputed';
const rows = [
  'a-1,Alder Ltd,INV-1,2026-01-05,2026-02-04,100.50,GBP,2026-02-10,no',
  'a-1,Alder Ltd,INV-2,2026-02-02,2026-03-04,97.6,GBP,,yes',
  'b-2,"Birch, Beck & Co",INV-3,2026-02-20,2026-03-22,8,GBP,2026-03-15,no',
  'c-3,Cedar Ltd,INV-4,2026-03-12,2026-04-11,10.00,GBP,,no',
];
const company = { id: 'csv', name: 'From a file', timeZone: 'Europe/London', country: 'GB' };

function ledger(today: string, lines: string[] = rows, head = header): Book {
  return ledgerBook({ csvText: [head, ...lines].join('\n'), today, company });
}

function entries(book: Book) {
  const all = [...book.entries()];
  const of = <K extends BookEntry['entry']>(kind: K) =>
    all.filter((entry): entry is Extract<BookEntry, { entry: K }> => entry.entry === kind);
  return {
    customers: of('customer'),
    invoices: of('invoice'),
    receipts: of('receipt'),
    notes: of('credit-note'),
  };
}

describe('a CSV ledger', () => {
  it('shows only what was known on that day', () => {
    const { customers, invoices, receipts } = entries(ledger('2026-03-11'));
    expect(customers.map((one) => [one.id, one.accountNumber, one.name])).toEqual([
      ['a-1', 'a-1', 'Alder Ltd'],
      ['b-2', 'b-2', 'Birch, Beck & Co'],
    ]);
    expect(invoices.map((one) => [one.number, one.status, one.openMinor, one.paidDate])).toEqual([
      ['INV-1', 'paid', 0, '2026-02-10'],
      ['INV-2', 'open', 9760, null],
      ['INV-3', 'open', 800, null],
    ]);
    expect(receipts).toMatchObject([{ date: '2026-02-10', totalMinor: 10050, openMinor: 0 }]);
  });

  it('knows a payment on the very day and an invoice on the day of its issue', () => {
    const { invoices } = entries(ledger('2026-03-15'));
    expect(invoices.map((one) => one.status)).toEqual(['paid', 'open', 'paid', 'open']);
  });

  it('has paid what was paid before it was issued as soon as it is known', () => {
    const early = ['a-1,Alder Ltd,INV-1,2026-03-05,2026-04-04,10,GBP,2026-03-01,no'];
    expect(entries(ledger('2026-03-04', early)).invoices).toEqual([]);
    expect(entries(ledger('2026-03-05', early)).invoices).toMatchObject([{ status: 'paid' }]);
  });

  it('dates the last change at noon of the last event, in the zone of the company', () => {
    const summer = ['a-1,Alder Ltd,INV-1,2026-06-05,2026-07-05,10,GBP,2026-06-20,no'];
    const { invoices } = entries(ledger('2026-07-01', summer));
    expect(new Date(invoices[0]?.updatedAtMs ?? 0).toISOString()).toBe('2026-06-20T11:00:00.000Z');
    expect(ledgerNowMs('2026-06-20', 'Europe/London')).toBeGreaterThan(invoices[0]?.updatedAtMs ?? 0);
  });

  it('tells two customers of one name apart', () => {
    const twins = [rows[0] ?? '', 'z-9,ALDER LTD,INV-9,2026-02-02,2026-03-04,1,GBP,,no'];
    expect(entries(ledger('2026-03-11', twins)).customers.map((one) => one.name)).toEqual([
      'Alder Ltd',
      'ALDER LTD (z-9)',
    ]);
  });

  it('takes the commonest currency as the base and the rates of the others from a column', () => {
    const mixed = [`${rows[0]},`, `${rows[2]},`, 'e-1,Étoile SA,INV-7,2026-02-02,2026-03-04,5,EUR,,no,0.86'];
    const book = ledger('2026-03-11', mixed, `${header},rate`);
    expect(book.company).toMatchObject({ baseCurrency: 'GBP', multiCurrency: true });
    expect(entries(book).invoices.map((one) => one.rate)).toEqual(['1', '1', '0.86']);
  });

  it.each([
    ['a missing column', [rows[0]], header.replace(',due_date', ''), /line 1: missing column due_date/],
    [
      'a day that does not exist',
      ['a,A,1,2026-02-30,2026-03-01,1,GBP,,no'],
      header,
      /line 2: issue_date "2026-02-30"/,
    ],
    [
      'a day in another notation',
      ['a,A,1,2026-02-03,1/3/2026,1,GBP,,no'],
      header,
      /line 2: due_date "1\/3\/2026"/,
    ],
    [
      'an amount with a comma',
      ['a,A,1,2026-02-03,2026-03-01,"1,000.00",GBP,,no'],
      header,
      /line 2: amount "1,000.00"/,
    ],
    [
      'an amount of nothing',
      ['a,A,1,2026-02-03,2026-03-01,0.00,GBP,,no'],
      header,
      /line 2: amount must be above 0/,
    ],
    [
      'more decimals than the currency has',
      ['a,A,1,2026-02-03,2026-03-01,1.5,JPY,,no'],
      header,
      /line 2: amount "1.5"/,
    ],
    [
      'an unknown currency code',
      ['a,A,1,2026-02-03,2026-03-01,1,Pound,,no'],
      header,
      /line 2: currency "Pound"/,
    ],
    ['an empty customer', [',A,1,2026-02-03,2026-03-01,1,GBP,,no'], header, /line 2: customer_id is empty/],
    [
      'a number used twice',
      [rows[0], rows[1], rows[0]],
      header,
      /line 4: invoice_number "INV-1" is already on line 2/,
    ],
    [
      'a row with too few fields',
      [rows[0], 'a-1,Alder Ltd,INV-5'],
      header,
      /line 3: 3 fields where the header has 9/,
    ],
    [
      'one customer under two names',
      [rows[0], 'a-1,Other,2,2026-02-03,2026-03-01,1,GBP,,no'],
      header,
      /line 3: customer_id "a-1" is called "Alder Ltd" on line 2/,
    ],
    [
      'one customer in two currencies',
      [rows[0], 'a-1,Alder Ltd,2,2026-02-03,2026-03-01,1,EUR,,no'],
      header,
      /line 3: customer "a-1" is billed in GBP on line 2/,
    ],
    [
      'a second currency without a rate',
      [rows[0], 'e,E,2,2026-02-03,2026-03-01,1,EUR,,no'],
      header,
      /line 3: EUR beside GBP needs a column "rate"/,
    ],
    ['no invoice at all', [], header, /no invoice/],
  ])('refuses %s, naming the line', (_what, lines, head, message) => {
    const read = () => ledger('2026-03-11', lines.map(String), head);
    expect(read).toThrow(LedgerError);
    expect(read).toThrow(message);
  });

  it('counts the lines of a quoted field that runs over two', () => {
    const lines = [
      'a-1,"Alder\nLtd",INV-1,2026-01-05,2026-02-04,1,GBP,,no',
      'b,B,2,bad,2026-03-01,1,GBP,,no',
    ];
    expect(() => ledger('2026-03-11', lines)).toThrow(/line 4: issue_date "bad"/);
  });

  it('refuses a today that is no day', () => {
    expect(() => ledger('tomorrow')).toThrow(LedgerError);
  });
});

describe('the ledger of forty documents', () => {
  const { customers, invoices, receipts, notes } = entries(fortyBook);

  it('has forty documents, each open by what has not been allocated', () => {
    const documents = [...invoices, ...receipts, ...notes];
    expect(documents).toHaveLength(40);
    expect(new Set(documents.map((one) => one.id)).size).toBe(40);
    const credits = [...receipts, ...notes].filter((one) => one.status !== 'deleted');
    const shares = credits.flatMap((one) => one.allocations);
    for (const one of credits) expect(one.openMinor, one.id).toBe(one.totalMinor - sum(one.allocations));
    for (const one of invoices) {
      const gone = one.status === 'voided' || one.status === 'deleted';
      const rest = one.totalMinor - sum(shares.filter((share) => share.invoiceId === one.id));
      expect(one.openMinor, one.id).toBe(gone ? 0 : rest);
    }
  });

  it('lies in the past of its day, with a currency for each customer', () => {
    const of = new Map(customers.map((one) => [one.id, one.currency]));
    for (const one of [...invoices, ...receipts, ...notes]) {
      expect(one.updatedAtMs, one.id).toBeLessThan(FORTY_NOW_MS);
      expect(one.currency, one.id).toBe(of.get(one.customerId));
    }
  });

  it('says on paper what the documents say', () => {
    expect(Object.keys(expected).sort()).toEqual(customers.map((one) => one.id).sort());
    for (const { id } of customers) expect(figures([id]), id).toEqual(onPaper(id));
    const { rolledUp } = expected.northgate ?? {};
    expect(figures(['northgate', 'harbour', 'airport'])).toEqual({
      exposureMinor: rolledUp?.exposureMinor,
      unappliedMinor: rolledUp?.unappliedMinor,
      ageing: rolledUp?.ageing,
      overdueMinor: rolledUp?.overdueMinor,
      daysOverdueMax: rolledUp?.daysOverdueMax,
    });
  });

  it('has limits for all but one customer, as a file too', () => {
    const lines = fortyLimitsCsv.trimEnd().split('\n');
    expect(lines[0]).toBe('customer,limit');
    const names = new Set(customers.map((one) => one.name));
    expect(lines.slice(1).filter((line) => !names.has(line.slice(0, line.lastIndexOf(','))))).toEqual([]);
    expect(lines).toHaveLength(customers.length);
  });

  function onPaper(id: string) {
    const { exposureMinor, unappliedMinor, ageing, overdueMinor, daysOverdueMax } = expected[id] ?? {};
    return { exposureMinor, unappliedMinor, ageing, overdueMinor, daysOverdueMax };
  }

  function figures(ids: string[]) {
    const open = invoices.filter((one) => ids.includes(one.customerId) && one.status === 'open');
    const credits = [...receipts, ...notes].filter((one) => ids.includes(one.customerId));
    const rate = open[0]?.currency === 'EUR' ? 8613 : 10_000;
    const base = (minor: number) => Math.round((minor * rate) / 10_000);
    const late = (least: number) => openSum(open.filter((one) => daysPast(one) >= least));
    // Each part is the difference of two rounded running sums, from the oldest on, so that parts add up to the total.
    const part = (least: number, above: number) => base(late(least)) - base(late(above));
    const exposureMinor = base(openSum(open) - openSum(credits));
    const grossMinor = base(openSum(open));
    return {
      exposureMinor,
      unappliedMinor: grossMinor - exposureMinor,
      ageing: {
        current: grossMinor - base(late(1)),
        d1_30: part(1, 31),
        d31_60: part(31, 61),
        d61_90: part(61, 91),
        d91: base(late(91)),
      },
      overdueMinor: base(late(1)),
      daysOverdueMax: Math.max(0, ...open.map(daysPast)),
    };
  }
});

function sum(shares: { amountMinor: number }[]): number {
  return shares.reduce((total, one) => total + one.amountMinor, 0);
}

function openSum(list: { openMinor: number }[]): number {
  return list.reduce((total, one) => total + one.openMinor, 0);
}

function daysPast(invoice: BookInvoice): number {
  return (Date.parse(FORTY_AS_OF) - Date.parse(invoice.dueDate)) / 86_400_000;
}
