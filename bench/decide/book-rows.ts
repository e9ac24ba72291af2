import {
  addDays,
  customerId,
  documentId,
  type Credit,
  type Customer,
  type Day,
  type Invoice,
  type Payment,
} from '../../src/domain/index.ts';

/** How large a company is. */
export interface BookSize {
  customers: number;
  openInvoices: number;
  paidInvoices: number;
  openCredits: number;
}

const CURRENCIES = [
  { currency: 'GBP', rate: null, share: 0.8 },
  { currency: 'EUR', rate: '0.8613', share: 0.92 },
  { currency: 'USD', rate: '0.7721', share: 1 },
] as const;
const TERMS = [14, 30, 30, 60];
const MEAN_MINOR = 172_000;
/** Of all customers so many pay late, and some of them very late. */
const LATE = 0.25;
const VERY_LATE = 0.05;

/** The rows of a company with some customers late and some near their limits, each from its number alone: the same every time. A few customers have most of it. */
export class BookRows {
  readonly size: BookSize;
  readonly #today: Day;

  constructor(size: BookSize, today: Day) {
    this.size = size;
    this.#today = today;
  }

  customer(number: number): Customer {
    const isBelow = number % 20 === 7 && number > 20;
    return {
      remoteId: customerId(idOf('c', number)),
      name: `Customer ${scattered(number)} Ltd`,
      emails: [`accounts@customer-${number}.example`],
      accountNumber: `A${number}`,
      status: 'active',
      mergedInto: null,
      parent: isBelow ? customerId(idOf('c', number - 1)) : null,
      billWithParent: false,
      currency: this.#currencyOf(number).currency,
      platformBalanceMinor: null,
      country: 'GB',
      holdMarker: null,
      updatedAtMs: 1,
    };
  }

  /** Open ones come first; an open one may be asked for as it is after it was paid. */
  invoice(number: number, paid = number >= this.size.openInvoices): Invoice {
    const owner = this.#owner(number, 'invoice');
    const { currency, rate } = this.#currencyOf(owner);
    const issueDate = addDays(this.#today, -this.#daysSince(number, owner));
    const totalMinor = 5_000 + Math.floor(chance('amount', number) ** 2 * 500_000);
    return {
      remoteId: documentId(idOf('i', number)),
      customerId: customerId(idOf('c', owner)),
      number: `INV-${number}`,
      status: paid ? 'paid' : 'open',
      issueDate,
      dueDate: addDays(issueDate, TERMS[owner % TERMS.length] ?? 30),
      currency,
      totalMinor,
      openMinor: paid ? 0 : totalMinor,
      rate,
      updatedAtMs: paid ? 2 : 1,
    };
  }

  /** The payment of a paid invoice. */
  payment(number: number): Payment {
    const { remoteId: invoiceId, dueDate, currency, totalMinor, rate } = this.invoice(number, true);
    const date = addDays(dueDate, Math.floor(chance('paid', number) * 40) - 10);
    return {
      remoteId: documentId(idOf('p', number)),
      customerId: null,
      status: 'active',
      date,
      currency,
      amountMinor: totalMinor,
      rate,
      allocations: [{ invoiceId, amountMinor: totalMinor, date }],
      updatedAtMs: 1,
    };
  }

  credit(number: number): Credit {
    const owner = this.#owner(number, 'credit');
    const { currency, rate } = this.#currencyOf(owner);
    return {
      remoteId: documentId(idOf('k', number)),
      kind: 'credit-note',
      customerId: customerId(idOf('c', owner)),
      number: `CN-${number}`,
      status: 'open',
      date: addDays(this.#today, -5),
      currency,
      totalMinor: 4_000,
      openMinor: 4_000,
      rate,
      allocations: [],
      updatedAtMs: 1,
    };
  }

  /** In minor units; null = nobody assessed it. From just below what is usual for its size to five times that. */
  limitMinor(number: number): number | null {
    if (number % 10 === 3) return null;
    const { customers, openInvoices } = this.size;
    const usual = (openInvoices / (2 * Math.sqrt((number + 1) * customers))) * MEAN_MINOR;
    return Math.ceil((usual * (0.9 + chance('limit', number) * 4)) / 100_000 + 1) * 100_000;
  }

  /** How long ago an invoice was issued: paid ones are old, and what comes after them is of today. */
  #daysSince(number: number, owner: number): number {
    const { openInvoices, paidInvoices } = this.size;
    const at = chance('issued', number);
    const openDays = this.#openDays(owner);
    if (number < openInvoices) return 2 + Math.floor(at * openDays);
    return number < openInvoices + paidInvoices ? 100 + Math.floor(at * 600) : 0;
  }

  /** How old its open invoices can be. */
  #openDays(owner: number): number {
    const termsDays = TERMS[owner % TERMS.length] ?? 30;
    const late = chance('late', owner);
    if (late < VERY_LATE) return 120;
    return late < LATE ? termsDays + 25 : termsDays - 3;
  }

  #owner(number: number, what: string): number {
    return Math.floor(chance(what, number) ** 2 * this.size.customers);
  }

  #currencyOf(owner: number) {
    const at = chance('currency', owner);
    return CURRENCIES.find(({ share }) => at < share) ?? CURRENCIES[0];
  }
}

/** As long as a platform's ids, and in no order. */
function idOf(kind: string, number: number): string {
  const hex = scattered(number).toString(16).padStart(8, '0');
  return `${hex}-${kind.charCodeAt(0).toString(16)}00-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

/** Between 0 and 1, the same for the same question. */
function chance(question: string, number: number): number {
  let seed = number;
  for (let i = 0; i < question.length; i += 1) seed = scattered(seed + question.charCodeAt(i));
  return seed / 2 ** 32;
}

/** Mixes the bits of a number (finaliser of MurmurHash3): neighbours end up far apart. */
function scattered(number: number): number {
  let bits = number | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
