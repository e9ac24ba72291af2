import { createHash } from 'node:crypto';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import type {
  Book,
  BookCustomer,
  BookEntry,
  BookInvoice,
  BookLimit,
  BookOrder,
} from '../../emulator/core/book.ts';
import { DEFAULT_WORLD_ISO, DEMO_COMPANIES, demoBooks } from '../../emulator/world/demo-books.ts';
import { generateBook } from '../../emulator/world/generate-book.ts';

const nowMs = Date.parse(DEFAULT_WORLD_ISO);
const today = '2026-03-11';
const { xero, quickbooks } = demoBooks(7, 'small');
const books = [...xero, ...quickbooks];

type Credit = Exclude<BookEntry, BookCustomer | BookInvoice | BookOrder>;

interface Read {
  customers: BookCustomer[];
  invoices: BookInvoice[];
  credits: Credit[];
  limits: Map<string, BookLimit>;
}

function read(book: Book): Read {
  const entries = [...book.entries()];
  const of = <T extends BookEntry>(...kinds: T['entry'][]) =>
    entries.filter((entry): entry is T => kinds.some((kind) => kind === entry.entry));
  return {
    customers: of<BookCustomer>('customer'),
    invoices: of<BookInvoice>('invoice'),
    credits: of<Credit>('credit-note', 'receipt'),
    limits: new Map([...book.limits()].map((limit) => [limit.customerName, limit])),
  };
}

/** The rate on the newest document in each currency, whoever it belongs to. */
function newestRates({ invoices, credits }: Read): Map<string, { rate: number; date: string }> {
  const rates = new Map<string, { rate: number; date: string }>();
  const dated = [...invoices.map((one) => ({ ...one, date: one.issueDate })), ...credits];
  for (const { currency, rate, date } of dated) {
    if (date > (rates.get(currency)?.date ?? '')) rates.set(currency, { rate: Number(rate), date });
  }
  return rates;
}

const daysBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 86_400_000;

interface Finding {
  customer: BookCustomer;
  limit: string | undefined;
  exposure: number;
  openCount: number;
  overdue: number;
  unapplied: number;
  days: number;
  use: number;
}

/** The default rules worked out from the book alone. */
function findings(book: Book): Finding[] {
  const ledger = read(book);
  const rates = newestRates(ledger);
  return ledger.customers
    .filter((customer) => customer.status === 'active')
    .map((customer) => {
      const rate = rates.get(customer.currency)?.rate ?? 1;
      const mine = <T extends { customerId: string; openMinor: number; status: string }>(list: T[]) =>
        list.filter((one) => one.customerId === customer.id && one.openMinor > 0 && one.status !== 'draft');
      const sum = (list: { openMinor: number }[]) =>
        list.reduce((total, one) => total + one.openMinor, 0) * rate;
      const open = mine(ledger.invoices);
      const late = open.filter((invoice) => invoice.dueDate < today);
      const unapplied = sum(mine(ledger.credits));
      const exposure = Math.round(sum(open) - unapplied);
      const limit = ledger.limits.get(customer.name)?.limit;
      return {
        customer,
        limit,
        exposure,
        openCount: open.length,
        overdue: sum(late),
        unapplied,
        days: Math.max(0, ...late.map((invoice) => daysBetween(invoice.dueDate, today))),
        use: exposure / (Number(limit) * 100),
      };
    });
}

const limited = ({ limit }: Finding) => limit !== undefined && limit !== '' && Number(limit) > 0;
const lateHold = (one: Finding) =>
  one.days >= 30 && (one.overdue >= 25_000 || one.overdue >= 0.05 * one.exposure);
const holdWorthy = (one: Finding) => lateHold(one) || (limited(one) && one.use > 1.1);

describe.each(books)('the small world of seed 7: $company.name', (book) => {
  const ledger = read(book);
  const found = findings(book);

  it('has 60 customers, 480 invoices and 150 open ones', () => {
    expect(ledger.customers).toHaveLength(60);
    expect(ledger.invoices).toHaveLength(480);
    expect(ledger.invoices.filter((invoice) => invoice.status === 'open')).toHaveLength(150);
  });

  it('has at least five customers over their limit, some of them by more than a tenth', () => {
    const over = found.filter((one) => limited(one) && one.use > 1);
    expect(over.length).toBeGreaterThanOrEqual(5);
    expect(over.filter((one) => one.use > 1.1).length).toBeGreaterThanOrEqual(2);
    expect(over.filter((one) => one.use <= 1.1).length).toBeGreaterThanOrEqual(2);
  });

  it('has at least five customers near their limit', () => {
    const near = found.filter((one) => limited(one) && one.use >= 0.8 && one.use <= 1);
    expect(near.length).toBeGreaterThanOrEqual(5);
  });

  it('has at least eight overdue customers, four of them worth a hold, able to be written to', () => {
    const overdue = found.filter((one) => one.days >= 1);
    expect(overdue.length).toBeGreaterThanOrEqual(8);
    const chaseable = overdue.filter(
      (one) => lateHold(one) && one.unapplied < one.overdue && one.customer.email !== null,
    );
    expect(chaseable.length).toBeGreaterThanOrEqual(4);
  });

  it('has one whose unapplied cash covers what is overdue, so that chasing it would be wrong', () => {
    expect(found.some((one) => one.overdue > 0 && one.unapplied >= one.overdue)).toBe(true);
  });

  it('has most customers in order: at most twelve are worth a hold', () => {
    expect(found.filter(holdWorthy).length).toBeLessThanOrEqual(12);
  });

  it('has unassessed customers, one unlimited and one that pays in advance', () => {
    const unassessed = found.filter((one) => !one.limit && one.exposure >= 100_000);
    expect(unassessed.length).toBeGreaterThanOrEqual(2);
    expect(found.filter((one) => one.limit === 'unlimited')).toHaveLength(1);
    expect(found.filter((one) => one.limit === '0' && one.openCount > 0)).toHaveLength(1);
  });

  it('has for each foreign currency a rate booked in the last 31 days', () => {
    const rates = newestRates(ledger);
    expect(rates.size).toBeGreaterThanOrEqual(2);
    for (const { date } of rates.values()) expect(daysBetween(date, today)).toBeLessThanOrEqual(31);
  });

  it('has every kind of document, and customers archived, merged and without an address', () => {
    const kinds = new Set(ledger.credits.map((one) => (one.entry === 'receipt' ? one.kind : one.entry)));
    expect([...kinds].sort()).toEqual(['credit-note', 'overpayment', 'payment', 'prepayment']);
    const states = new Set([...ledger.invoices, ...ledger.credits].map((one) => one.status));
    expect([...states].sort()).toEqual(
      ['active', 'applied', 'deleted', 'draft', 'open', 'paid', 'voided'].sort(),
    );
    expect(new Set(ledger.customers.map((one) => one.status))).toEqual(
      new Set(['active', 'archived', 'merged']),
    );
    expect(ledger.customers.some((one) => one.email === null)).toBe(true);
  });

  it('names every customer once, some in other alphabets', () => {
    expect(new Set(ledger.customers.map((one) => one.name.toLowerCase())).size).toBe(60);
    expect(ledger.customers.some((one) => /\p{Letter}/u.test(one.name.replace(/[a-z]/gi, '')))).toBe(true);
  });

  it('writes only to addresses that nobody can own', () => {
    const addresses = ledger.customers.flatMap((one) => one.email?.split(',') ?? []);
    expect(addresses.filter((address) => !/^[a-z]+@[a-z0-9-]+\.example$/.test(address))).toEqual([]);
  });

  it('numbers invoices in the order of issue, each number once', () => {
    const byNumber = [...ledger.invoices].sort((a, b) => a.number.localeCompare(b.number));
    const days = byNumber.map((one) => one.issueDate);
    expect(days).toEqual([...days].sort());
    expect(new Set(byNumber.map((one) => one.number)).size).toBe(480);
  });

  it('has exact ties of update times', () => {
    const times = [...ledger.customers, ...ledger.invoices].map((one) => one.updatedAtMs);
    expect(new Set(times).size).toBeLessThan(times.length);
  });
});

describe('the families of the small world', () => {
  it('are groups with a limit of their own where the platform has no parents', () => {
    for (const book of xero) {
      const { customers, limits } = read(book);
      expect(customers.every((one) => one.parentId === null)).toBe(true);
      expect(
        [...limits.values()].filter((one) => one.group !== null && one.groupLimit !== null),
      ).toHaveLength(6);
    }
  });

  it('are parents with branches where the platform has them', () => {
    const { customers, limits } = read(quickbooks[0] as Book);
    expect(customers.filter((one) => one.parentId !== null)).toHaveLength(4);
    expect([...limits.values()].every((one) => one.group === null)).toBe(true);
  });
});

const wider = [
  ...books,
  ...[1, 2, 3].flatMap((seed) => [...demoBooks(seed, 'small').xero, ...demoBooks(seed, 'small').quickbooks]),
];

describe.each(wider.map((book, nth) => ({ book, nth, name: book.company.name })))(
  'a generated book ($nth, $name)',
  ({ book }) => {
    const ledger = read(book);

    it('is open by exactly what has not been allocated', () => {
      const allocated = new Map<string, number>();
      for (const credit of ledger.credits) {
        if (credit.status === 'deleted') continue;
        const sum = credit.allocations.reduce((total, one) => total + one.amountMinor, 0);
        expect(credit.openMinor, credit.id).toBe(credit.totalMinor - sum);
        for (const { invoiceId, amountMinor } of credit.allocations) {
          allocated.set(invoiceId, (allocated.get(invoiceId) ?? 0) + amountMinor);
        }
      }
      for (const invoice of ledger.invoices) {
        const gone = invoice.status === 'voided' || invoice.status === 'deleted';
        const rest = invoice.totalMinor - (allocated.get(invoice.id) ?? 0);
        expect(invoice.openMinor, invoice.id).toBe(gone ? 0 : rest);
        expect(invoice.status === 'paid', invoice.id).toBe(!gone && rest === 0);
        expect(invoice.paidDate !== null, invoice.id).toBe(invoice.status === 'paid');
      }
    });

    it('allocates only within one customer and one currency, from the day of issue on', () => {
      const customers = new Map(ledger.customers.map((one) => [one.id, one]));
      const invoices = new Map(ledger.invoices.map((one) => [one.id, one]));
      for (const credit of ledger.credits) {
        expect(credit.currency).toBe(customers.get(credit.customerId)?.currency);
        for (const { invoiceId, date } of credit.allocations) {
          const invoice = invoices.get(invoiceId);
          expect(invoice).toMatchObject({ customerId: credit.customerId, currency: credit.currency });
          expect(date >= (invoice?.issueDate ?? '') && date >= credit.date, `${credit.id} ${date}`).toBe(
            true,
          );
        }
      }
    });

    it('names customers before their documents and parents before their branches', () => {
      const seen = new Set<string>();
      for (const entry of book.entries()) {
        const needed =
          entry.entry === 'customer'
            ? [entry.parentId, entry.mergedIntoId]
            : [
                entry.customerId,
                ...(entry.entry === 'invoice' || entry.entry === 'order'
                  ? []
                  : entry.allocations.map((one) => one.invoiceId)),
              ];
        expect(needed.filter((id) => id !== null && !seen.has(id))).toEqual([]);
        expect(seen.has(entry.id), entry.id).toBe(false);
        seen.add(entry.id);
      }
    });

    it('knows nothing of the future and was kept in office hours', () => {
      const dates = ledger.credits.flatMap((one) => [
        one.date,
        ...one.allocations.map((share) => share.date),
      ]);
      const days = [...dates, ...ledger.invoices.flatMap((one) => [one.issueDate, one.paidDate ?? ''])];
      expect(days.filter((day) => day > today)).toEqual([]);
      for (const { updatedAtMs, id } of [...ledger.customers, ...ledger.invoices, ...ledger.credits]) {
        expect(updatedAtMs, id).toBeLessThan(nowMs);
        const local = DateTime.fromMillis(updatedAtMs, { zone: book.company.timeZone });
        expect(local.hour, `${id} ${local.toISO()}`).toBeGreaterThanOrEqual(8);
        expect(local.hour, `${id} ${local.toISO()}`).toBeLessThan(18);
      }
    });
  },
);

describe('a seed', () => {
  const digest = (book: Book) => {
    const hash = createHash('sha256');
    for (const one of [...book.entries(), ...book.limits()]) hash.update(JSON.stringify(one));
    return hash.digest('hex');
  };

  it('gives the same bytes each time, and on every machine', () => {
    expect(books.map(digest)).toEqual(
      [...demoBooks(7, 'small').xero, ...demoBooks(7, 'small').quickbooks].map(digest),
    );
    expect(books.map((book) => digest(book).slice(0, 12))).toEqual(PINNED);
  });

  it('gives another world when it is another', () => {
    expect(digest(demoBooks(8, 'small').xero[0] as Book)).not.toBe(digest(books[0] as Book));
  });

  it('gives a medium company of 2,000 customers and 40,000 invoices', () => {
    const medium = generateBook({ seed: 7, size: 'medium', company: DEMO_COMPANIES.bramble, nowMs });
    const { customers, invoices } = read(medium);
    expect(customers).toHaveLength(2_000);
    expect(invoices).toHaveLength(40_000);
    const found = findings(generateBook({ seed: 7, size: 'medium', company: DEMO_COMPANIES.bramble, nowMs }));
    expect(found.filter(holdWorthy).length).toBeLessThan(2_000 * 0.1);
  });
});

/** The beginnings of the digests of the three books; a change of the generator changes the demo and belongs here. */
const PINNED = ['0d7448cb4090', '92814a0b4fba', 'f4e40a488c82'];
