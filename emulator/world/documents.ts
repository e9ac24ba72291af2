import type { BookInvoice } from '../core/book.ts';
import { CustomerLedger, type Share } from './customer-ledger.ts';
import type { WorkCalendar } from './calendar.ts';
import { BURST_EVERY_DAYS, type IssuedInvoice } from './issue-days.ts';
import type { CustomerPlan } from './plan.ts';
import type { Random } from './random.ts';
import type { MonthlyRates } from './rates.ts';

/** What the documents of one customer are made with. */
export interface Workshop {
  calendar: WorkCalendar;
  rates: MonthlyRates;
  random: Random;
  /** The number of the next invoice issued on that day. */
  number(issueDay: number): string;
}

/** Everything that one customer was billed, paid, was credited and still has lying unapplied. */
export function customerDocuments(
  plan: CustomerPlan,
  issued: IssuedInvoice[],
  shop: Workshop,
): CustomerLedger {
  const ledger = new CustomerLedger(plan, shop.calendar, shop.rates, shop.random);
  const settled: BookInvoice[] = [];
  for (const one of issued) {
    const invoice = ledger.invoice(
      shop.number(one.issueDay),
      one.issueDay,
      amount(plan, shop.random),
      status(one),
    );
    if (one.fate === 'settled') settled.push(invoice);
    if (one.fate === 'open') maybePartPay(ledger, invoice, one, shop);
    if (one.fate === 'voided' || one.fate === 'deleted') {
      ledger.touch(invoice, shop.calendar.workday(one.issueDay + shop.random.int(0, 9)));
    }
  }
  settle(
    ledger,
    settled,
    issued.filter((one) => one.fate === 'settled'),
    shop,
  );
  leaveUnapplied(ledger, shop);
  return ledger;
}

function status(one: IssuedInvoice): BookInvoice['status'] {
  return one.fate === 'settled' ? 'open' : one.fate;
}

/** Log-normal around the customer's typical amount; a third are round sums, as in life. */
function amount(plan: CustomerPlan, random: Random): number {
  const drawn = Math.round(plan.typicalMinor * Math.exp(plan.spread * random.normal()));
  const minor = Math.max(plan.floorMinor, drawn);
  return random.chance(0.33) ? Math.ceil(minor / 500) * 500 : minor;
}

function maybePartPay(
  ledger: CustomerLedger,
  invoice: BookInvoice,
  one: IssuedInvoice,
  shop: Workshop,
): void {
  const { random, calendar } = shop;
  const roll = random.next();
  if (roll >= 0.12 || one.issueDay >= calendar.lastWorkedDay) return;
  const amountMinor = Math.max(1, Math.round(invoice.totalMinor * random.between(0.15, 0.5)));
  const day = calendar.workday(random.int(one.issueDay + 1, calendar.lastWorkedDay));
  if (day < one.issueDay) return;
  if (roll < 0.08) ledger.receipt('payment', day, amountMinor, [{ invoice, amountMinor }]);
  else ledger.allocate(ledger.creditNote(day, amountMinor), day, [{ invoice, amountMinor }]);
}

/** Pays what is settled: all that falls on one day goes into one receipt, so that burst payers pay in bursts. */
function settle(
  ledger: CustomerLedger,
  invoices: BookInvoice[],
  issued: IssuedInvoice[],
  shop: Workshop,
): void {
  const byDay = new Map<number, BookInvoice[]>();
  invoices.forEach((invoice, i) => {
    const one = issued[i];
    if (one === undefined) return;
    const day = payDay(ledger.plan, one, shop);
    prelude(ledger, invoice, one, day, shop);
    byDay.set(day, [...(byDay.get(day) ?? []), invoice]);
  });
  for (const [day, paid] of [...byDay].sort(([a], [b]) => a - b)) payTogether(ledger, day, paid, shop);
}

function payTogether(ledger: CustomerLedger, day: number, paid: BookInvoice[], shop: Workshop): void {
  const shares: Share[] = paid
    .filter((invoice) => invoice.openMinor > 0)
    .map((invoice) => ({ invoice, amountMinor: invoice.openMinor }));
  if (shares.length === 0) return;
  const sum = shares.reduce((total, share) => total + share.amountMinor, 0);
  // Now and then somebody pays before the goods are invoiced; the prepayment is used up later.
  const kind = shares.length === 1 && shop.random.chance(0.01) ? 'prepayment' : 'payment';
  ledger.receipt(kind, day, sum, shares);
}

/** What may happen before the last payment: a first instalment, a credit note, a payment that bounces. */
function prelude(
  ledger: CustomerLedger,
  invoice: BookInvoice,
  one: IssuedInvoice,
  day: number,
  shop: Workshop,
): void {
  const { random, calendar } = shop;
  const earlier = calendar.workday(random.int(one.issueDay, day));
  if (earlier > day || earlier < one.issueDay) return;
  const roll = random.next();
  const amountMinor = Math.max(1, Math.round(invoice.totalMinor * random.between(0.1, 0.6)));
  if (roll < 0.05) ledger.receipt('payment', earlier, amountMinor, [{ invoice, amountMinor }]);
  else if (roll < 0.08)
    ledger.allocate(ledger.creditNote(earlier, amountMinor), earlier, [{ invoice, amountMinor }]);
  else if (roll < 0.09) {
    const whole = [{ invoice, amountMinor: invoice.totalMinor }];
    ledger.allocate(ledger.creditNote(earlier, invoice.totalMinor), day, whole);
  } else if (roll < 0.1) ledger.bounced(earlier, day, invoice);
}

/** The day on which this customer, being what it is, paid that invoice; never after the last day worked. */
function payDay(plan: CustomerPlan, one: IssuedInvoice, { calendar, random }: Workshop): number {
  const usual = one.dueDay + plan.habitDays + random.int(-2, 2);
  const day = plan.archetype === 'burst' ? nextBurst(plan, one.dueDay) : Math.max(one.issueDay, usual);
  return Math.max(calendar.workday(Math.min(day, calendar.lastWorkedDay)), one.issueDay);
}

function nextBurst(plan: CustomerPlan, dueDay: number): number {
  const phase = plan.index % BURST_EVERY_DAYS;
  return dueDay + ((phase - (dueDay % BURST_EVERY_DAYS) + BURST_EVERY_DAYS) % BURST_EVERY_DAYS);
}

/** Leaves unapplied what the plan says; amounts follow what is open, so that nobody's limit story is upset. */
function leaveUnapplied(ledger: CustomerLedger, shop: Workshop): void {
  const open = ledger.invoices.filter((invoice) => invoice.status === 'open');
  const openMinor = open.reduce((sum, invoice) => sum + invoice.openMinor, 0);
  if (openMinor === 0) return;
  const day = shop.calendar.workday(shop.calendar.lastWorkedDay - shop.random.int(1, 20));
  const share = (part: number) => Math.max(100, Math.round(openMinor * part));
  const oldest = open[0];
  switch (ledger.plan.unapplied) {
    case 'overpayment':
      return overpay(ledger, oldest, day, share(0.08));
    case 'credit-note':
      return void ledger.creditNote(day, share(0.1));
    case 'small-credit-note':
      return void ledger.creditNote(day, share(0.04));
    case 'part-prepayment':
      return partUse(ledger, ledger.receipt('prepayment', day, share(0.2), []), oldest, day);
    case 'part-credit-note':
      return partUse(ledger, ledger.creditNote(day, share(0.15)), oldest, day);
    case 'cash':
      return void ledger.receipt(
        'overpayment',
        day,
        share(ledger.plan.role === 'cash-first' ? 0.98 : 0.12),
        [],
      );
    default:
      return undefined;
  }
}

/** Pays the oldest open invoice and a rest that belongs to nothing. */
function overpay(
  ledger: CustomerLedger,
  oldest: BookInvoice | undefined,
  day: number,
  restMinor: number,
): void {
  if (oldest === undefined) return;
  const part = Math.ceil(oldest.openMinor / 3);
  ledger.receipt('overpayment', Math.max(day, dayOf(oldest)), part + restMinor, [
    { invoice: oldest, amountMinor: part },
  ]);
}

function partUse(
  ledger: CustomerLedger,
  credit: Parameters<CustomerLedger['allocate']>[0],
  oldest: BookInvoice | undefined,
  day: number,
): void {
  if (oldest === undefined) return;
  const amountMinor = Math.min(Math.ceil(credit.openMinor / 2), Math.ceil(oldest.openMinor / 2));
  ledger.allocate(credit, Math.max(day, dayOf(oldest)), [{ invoice: oldest, amountMinor }]);
}

function dayOf(invoice: BookInvoice): number {
  return Math.round(Date.parse(`${invoice.issueDate}T00:00:00Z`) / 86_400_000);
}
