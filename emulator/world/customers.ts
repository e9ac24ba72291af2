import type { BookCompany, BookCustomer } from '../core/book.ts';
import type { WorkCalendar } from './calendar.ts';
import { customerId } from './customer-ledger.ts';
import { domainLabel, personName } from './names.ts';
import type { CustomerPlan } from './plan.ts';
import { Random } from './random.ts';

const ABROAD: Record<string, string> = { GBP: 'GB', EUR: 'IE', USD: 'US', CAD: 'CA' };

/** The customer's card. `before` are the plans so far, from which a rare one borrows its e-mail address. */
export function bookCustomer(
  plan: CustomerPlan,
  company: BookCompany,
  calendar: WorkCalendar,
  seedLabel: string,
  before: (index: number) => CustomerPlan | undefined,
): BookCustomer {
  const random = new Random(`${seedLabel}/customer/${plan.index}`);
  const foreign = plan.currency !== company.baseCurrency;
  const country = foreign ? (ABROAD[plan.currency] ?? company.country) : company.country;
  return {
    entry: 'customer',
    id: customerId(plan.index),
    name: plan.name,
    email: emailOf(plan, random, before),
    accountNumber: random.chance(0.9) ? `${plan.name.slice(0, 1).toUpperCase()}${10_000 + plan.index}` : null,
    parentId: plan.parentIndex < 0 ? null : customerId(plan.parentIndex),
    currency: plan.currency,
    country,
    phone: random.chance(0.8) ? phoneOf(country, random) : null,
    contactName: random.chance(0.85) ? personName(plan.index, random.int(0, 40)) : null,
    notes: random.chance(0.15) ? random.pick(NOTES) : null,
    status: plan.role === 'archived' || plan.role === 'merged' ? plan.role : 'active',
    mergedIntoId: plan.mergedInto < 0 ? null : customerId(plan.mergedInto),
    updatedAtMs: cardInstant(plan, calendar, seedLabel, random),
  };
}

const NOTES = [
  'Deliveries before 11:00 only.',
  'Wants the order number on every invoice.',
  'Statement at the end of the month, please.',
  'Rang about the new depot; sends drawings.',
];

/** Those who are to be written to always have an address; of the rest some have none, several, or a neighbour's. */
function emailOf(
  plan: CustomerPlan,
  random: Random,
  before: (index: number) => CustomerPlan | undefined,
): string | null {
  const own = address(plan, 'accounts');
  if (plan.role.startsWith('late') || plan.role.startsWith('over')) return own;
  if (plan.role === 'merged' || random.chance(0.07)) return null;
  if (random.chance(0.06)) return `${own},${address(plan, 'ap')}`;
  const neighbour = before(plan.index - 1);
  if (neighbour?.role === 'fine' && plan.role === 'fine' && plan.index % 19 === 7)
    return address(neighbour, 'accounts');
  return own;
}

function address(plan: CustomerPlan, mailbox: string): string {
  return `${mailbox}@${domainLabel(plan.name, plan.index)}.example`;
}

/** Numbers from the ranges that are kept for fiction. */
function phoneOf(country: string, random: Random): string {
  const last = String(random.int(0, 999)).padStart(3, '0');
  if (country === 'GB') return `+44 20 7946 0${last}`;
  if (country === 'IE') return `+353 20 910 ${last}`;
  return `+1 ${random.pick(['212', '303', '416'])} 555 01${last.slice(1)}`;
}

/** A quarter of the cards came in one import and carry its very instant; the others were edited since. */
function cardInstant(plan: CustomerPlan, calendar: WorkCalendar, seedLabel: string, random: Random): number {
  const importDay = calendar.workday(calendar.today - 460);
  if (random.chance(0.25) && plan.role !== 'archived' && plan.role !== 'merged') {
    return calendar.instant(importDay, new Random(`${seedLabel}/import`));
  }
  return calendar.instant(calendar.workday(calendar.today - random.int(1, 400)), random);
}
