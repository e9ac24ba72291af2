import type {
  Book,
  BookAllocation,
  BookCompany,
  BookCustomer,
  BookEntry,
  BookInvoice,
} from '../../emulator/core/book.ts';
import type { Dice } from './dice.ts';

/** How a company begins. */
export interface CompanyPlan {
  id: string;
  customers: number;
  invoices: number;
  multiCurrency: boolean;
  timeZone: string;
  /** The world's time at the start. */
  nowMs: number;
}

const DAY_MS = 86_400_000;
const CURRENCIES = ['EUR', 'JPY', 'KWD'];

/** A company's books as they stand before anybody edits them: a little of everything. */
export function startingBook(plan: CompanyPlan, dice: Dice): Book {
  const company: BookCompany = {
    id: plan.id,
    name: `${plan.id} Trading`,
    baseCurrency: 'GBP',
    timeZone: plan.timeZone,
    country: 'GB',
    multiCurrency: plan.multiCurrency,
  };
  const customers = Array.from({ length: plan.customers }, (_, at) => customerOf(plan, dice, at));
  const invoices =
    customers.length === 0
      ? []
      : Array.from({ length: plan.invoices }, (_, at) => invoiceOf(plan, dice, customers, at));
  const settled = invoices.flatMap((invoice, at) => settlementOf(plan, dice, invoice, at));
  const credits = customers.flatMap((customer, at) => creditsOf(plan, dice, customer, at));
  const entries: BookEntry[] = [...customers, ...invoices, ...settled, ...credits];
  return { company, entries: () => entries, limits: () => [] };
}

/** Before the start, and now and then the same instant as others. */
function stampMs(plan: CompanyPlan, dice: Dice): number {
  if (dice.chance(0.3)) return plan.nowMs - DAY_MS;
  return plan.nowMs - dice.whole(60_000, 200 * DAY_MS);
}

function customerOf(plan: CompanyPlan, dice: Dice, at: number): BookCustomer {
  const currency = plan.multiCurrency && dice.chance(0.3) ? dice.pick(CURRENCIES) : 'GBP';
  return {
    entry: 'customer',
    id: `c${at}`,
    name: `Customer ${at} of ${plan.id}`,
    email: dice.pick([null, `bills@c${at}.example`, `bills@c${at}.example,owner@c${at}.example`]),
    accountNumber: dice.chance(0.5) ? `A-${at}` : null,
    parentId: at > 0 && dice.chance(0.15) && currency === 'GBP' ? 'c0' : null,
    currency: at === 0 ? 'GBP' : currency,
    country: 'GB',
    phone: null,
    contactName: null,
    notes: null,
    status: at > 0 && dice.chance(0.1) ? 'archived' : 'active',
    mergedIntoId: null,
    updatedAtMs: stampMs(plan, dice),
  };
}

function invoiceOf(plan: CompanyPlan, dice: Dice, customers: BookCustomer[], at: number): BookInvoice {
  const customer = dice.pick(customers);
  const issuedMs = plan.nowMs - dice.whole(0, 150) * DAY_MS;
  const status = dice.pick(['open', 'open', 'open', 'paid', 'voided', 'draft'] as const);
  const totalMinor = dice.whole(1, 900_000);
  return {
    entry: 'invoice',
    id: `i${at}`,
    number: `INV-${at}`,
    customerId: customer.id,
    issueDate: dayOf(issuedMs),
    dueDate: dayOf(issuedMs + dice.whole(0, 60) * DAY_MS),
    currency: customer.currency,
    rate: customer.currency === 'GBP' ? '1' : '0.85',
    totalMinor,
    openMinor: status === 'open' ? totalMinor : 0,
    paidDate: status === 'paid' ? dayOf(plan.nowMs - DAY_MS) : null,
    status,
    description: 'Goods',
    updatedAtMs: stampMs(plan, dice),
  };
}

/** The payment of a paid invoice. */
function settlementOf(plan: CompanyPlan, dice: Dice, invoice: BookInvoice, at: number): BookEntry[] {
  if (invoice.status !== 'paid') return [];
  const date = dayOf(plan.nowMs - DAY_MS);
  const allocations: BookAllocation[] = [{ invoiceId: invoice.id, amountMinor: invoice.totalMinor, date }];
  return [
    {
      entry: 'receipt',
      kind: 'payment',
      id: `p${at}`,
      customerId: invoice.customerId,
      date,
      currency: invoice.currency,
      rate: invoice.rate,
      totalMinor: invoice.totalMinor,
      openMinor: 0,
      allocations,
      status: 'active',
      reference: `P ${at}`,
      updatedAtMs: stampMs(plan, dice),
    },
  ];
}

/** Credit notes and money that is set against nothing. */
function creditsOf(plan: CompanyPlan, dice: Dice, customer: BookCustomer, at: number): BookEntry[] {
  if (!dice.chance(0.3)) return [];
  const totalMinor = dice.whole(100, 90_000);
  const shared = {
    customerId: customer.id,
    date: dayOf(plan.nowMs - 20 * DAY_MS),
    currency: customer.currency,
    rate: customer.currency === 'GBP' ? '1' : '0.85',
    totalMinor,
    openMinor: totalMinor,
    allocations: [],
    updatedAtMs: stampMs(plan, dice),
  };
  if (dice.chance(0.5))
    return [{ ...shared, entry: 'credit-note', id: `n${at}`, number: `CN-${at}`, status: 'open' }];
  const kind = dice.pick(['overpayment', 'prepayment'] as const);
  return [{ ...shared, entry: 'receipt', kind, id: `o${at}`, status: 'active', reference: `O ${at}` }];
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
