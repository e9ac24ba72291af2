import type { Book, BookCompany, BookEntry, BookLimit, BookOrder } from '../core/book.ts';
import { WorkCalendar } from './calendar.ts';
import type { CustomerLedger } from './customer-ledger.ts';
import { bookCustomer } from './customers.ts';
import { customerDocuments } from './documents.ts';
import { issueDays } from './issue-days.ts';
import { exposureMinor, groupLimit, limitRow, suggestedLimit } from './limits.ts';
import { planCustomers, type CustomerPlan } from './plan.ts';
import { Random } from './random.ts';
import { MonthlyRates } from './rates.ts';
import type { WorldSize } from './sizes.ts';

export type { WorldSize } from './sizes.ts';

export interface GenerateOptions {
  seed: number;
  size: WorldSize;
  company: BookCompany;
  /** World time at which the books are looked at; nothing in them is later. */
  nowMs: number;
  /** What a family of customers becomes: parent and branches (QuickBooks), or a group in the limits (Xero). */
  families?: 'parents' | 'groups';
}

/**
 * The books of an invented company. The same options give the same entries, byte for byte. Entries are made as they
 * are read, one customer's documents at a time; reading twice gives the same again.
 */
export function generateBook(options: GenerateOptions): Book {
  const world = new GeneratedWorld(options);
  return { company: options.company, entries: () => world.entries(), limits: () => world.limits() };
}

/** Every twelfth customer was quoted once more for what it bought last, and every second of them has accepted. */
function* quotesOf({ index }: CustomerPlan, { invoices }: CustomerLedger): Generator<BookOrder> {
  const last = invoices.findLast(({ status }) => status === 'open' || status === 'paid');
  if (index % 12 !== 5 || last === undefined) return;
  const { customerId, issueDate, dueDate, currency, rate, totalMinor, updatedAtMs } = last;
  const number = `QU-${String(index).padStart(4, '0')}`;
  const status = index % 24 === 5 ? 'accepted' : 'sent';
  const kept = { customerId, date: issueDate, dueDate, currency, rate, totalMinor, updatedAtMs };
  yield { entry: 'order', id: `quote-${index}`, number, ...kept, invoiceIds: [], status };
}

class GeneratedWorld {
  readonly #options: GenerateOptions;
  readonly #label: string;
  readonly #calendar: WorkCalendar;
  readonly #rates: MonthlyRates;
  readonly #plans: CustomerPlan[];

  constructor(options: GenerateOptions) {
    this.#options = options;
    this.#label = `${options.seed}/${options.company.id}`;
    this.#calendar = new WorkCalendar(options.company.timeZone, options.nowMs);
    this.#rates = new MonthlyRates(this.#label, options.company.baseCurrency);
    this.#plans = planCustomers(options.seed, options.company, options.size);
  }

  *entries(): Generator<BookEntry> {
    for (const plan of this.#plans) yield this.#card(plan);
    const number = this.#numbering();
    for (const plan of this.#plans) {
      const ledger = this.#ledger(plan, number);
      yield* ledger.invoices;
      yield* ledger.credits;
      yield* quotesOf(plan, ledger);
    }
  }

  *limits(): Generator<BookLimit> {
    for (let at = 0; at < this.#plans.length;) {
      const family = this.#familyAt(at);
      yield* this.#limitsOf(family);
      at += family.length;
    }
  }

  #card(plan: CustomerPlan): BookEntry {
    const card = bookCustomer(
      plan,
      this.#options.company,
      this.#calendar,
      this.#label,
      (i) => this.#plans[i],
    );
    return this.#options.families === 'groups' ? { ...card, parentId: null } : card;
  }

  #ledger(plan: CustomerPlan, number: (issueDay: number) => string): CustomerLedger {
    const random = new Random(`${this.#label}/documents/${plan.index}`);
    const issued = this.#issued(plan);
    return customerDocuments(plan, issued, { calendar: this.#calendar, rates: this.#rates, random, number });
  }

  #issued(plan: CustomerPlan) {
    return issueDays(plan, this.#calendar, new Random(`${this.#label}/issue/${plan.index}`));
  }

  /**
   * Invoice numbers rise with the day of issue across the whole company. A first pass over the dates alone counts
   * how many were issued on each day, so that the second can number a customer's invoices without sorting them all.
   */
  #numbering(): (issueDay: number) => string {
    const next = new Map<number, number>();
    for (const plan of this.#plans) {
      for (const { issueDay } of this.#issued(plan)) next.set(issueDay, (next.get(issueDay) ?? 0) + 1);
    }
    let reached = 1001;
    for (const [day, count] of [...next].sort(([a], [b]) => a - b)) {
      next.set(day, reached);
      reached += count;
    }
    return (issueDay) => {
      const number = next.get(issueDay) ?? reached;
      next.set(issueDay, number + 1);
      return `INV-${String(number).padStart(5, '0')}`;
    };
  }

  /** The customer there, or a parent with its branches, which follow it. */
  #familyAt(at: number): CustomerPlan[] {
    const first = this.#plans[at];
    if (first === undefined) return [];
    if (first.family < 0) return [first];
    let end = at + 1;
    while (this.#plans[end]?.family === first.family) end += 1;
    return this.#plans.slice(at, end);
  }

  #limitsOf(family: CustomerPlan[]): BookLimit[] {
    const today = this.#calendar.text(this.#calendar.today);
    const own = family.map((plan) => exposureMinor(this.#ledger(plan, String), this.#rates, today));
    const sum = own.reduce((total, exposure) => total + exposure, 0);
    const grouped = family.length > 1 && this.#options.families === 'groups';
    const group = grouped
      ? { name: `${family[0]?.name} group`, limit: groupLimit(own, family[0]?.family ?? 0) }
      : null;
    return family.flatMap((plan, i) => {
      // A parent answers for its branches, so its own limit has to carry them too.
      const exposure = i === 0 ? sum : (own[i] ?? 0);
      const limit = suggestedLimit(plan, exposure, this.#label);
      return limit === null ? [] : [limitRow(plan, limit, group)];
    });
  }
}
