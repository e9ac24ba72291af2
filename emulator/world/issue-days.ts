import type { WorkCalendar } from './calendar.ts';
import type { CustomerPlan } from './plan.ts';
import type { Random } from './random.ts';

export type Fate = 'open' | 'settled' | 'voided' | 'deleted' | 'draft';

/** One invoice before it has an amount: when it was issued and what has become of it. */
export interface IssuedInvoice {
  issueDay: number;
  dueDay: number;
  fate: Fate;
}

const HISTORY_DAYS = 450;
export const BURST_EVERY_DAYS = 14;
/** How busy each month is, January first: a quiet summer, a full autumn. */
const SEASON = [0.8, 0.85, 1, 0.95, 1, 0.95, 0.75, 0.65, 1, 1.1, 1.3, 1.15];

/** A customer's invoices in order of issue. Only dates are drawn here, so that a cheap first pass can number them. */
export function issueDays(plan: CustomerPlan, calendar: WorkCalendar, random: Random): IssuedInvoice[] {
  const issued: IssuedInvoice[] = [];
  for (let nth = 0; nth < plan.openCount; nth += 1) issued.push(openInvoice(plan, calendar, random, nth));
  for (let nth = 0; nth < plan.otherCount; nth += 1) issued.push(otherInvoice(plan, calendar, random, nth));
  return issued.sort((a, b) => a.issueDay - b.issueDay);
}

function openInvoice(plan: CustomerPlan, calendar: WorkCalendar, random: Random, nth: number): IssuedInvoice {
  const age = nth === 0 ? oldestOpenAge(plan, random) : random.int(0, patienceDays(plan, random));
  return dated(plan, calendar.workday(calendar.today - age), 'open');
}

/** The first open invoice carries what the role is about: that something is, or is not, overdue. */
function oldestOpenAge(plan: CustomerPlan, random: Random): number {
  if (plan.role === 'late-hold') return plan.termsDays + random.int(34, 125);
  if (plan.role === 'late-mild' || plan.role === 'cash-first')
    return plan.termsDays + random.int(4, plan.habitDays);
  return random.int(0, patienceDays(plan, random));
}

/** How old an open invoice can be before this customer would have paid it. */
function patienceDays(plan: CustomerPlan, random: Random): number {
  if (plan.archetype === 'never') return plan.termsDays + random.int(30, 120);
  if (plan.archetype === 'burst') return plan.termsDays + BURST_EVERY_DAYS - 1;
  return Math.max(3, plan.termsDays + plan.habitDays);
}

function otherInvoice(
  plan: CustomerPlan,
  calendar: WorkCalendar,
  random: Random,
  nth: number,
): IssuedInvoice {
  const fate = otherFate(plan, random);
  if (fate === 'draft') return dated(plan, calendar.workday(calendar.today - random.int(0, 6)), 'draft');
  const youngest = Math.max(5, plan.termsDays + Math.max(0, plan.habitDays) + BURST_EVERY_DAYS);
  const stratum = (nth + random.next()) / plan.otherCount;
  // The power makes recent months denser than old ones: the company has been growing.
  const age = youngest + Math.floor((HISTORY_DAYS - youngest) * stratum ** 1.7);
  return dated(plan, calendar.workday(inSeason(calendar, calendar.today - age, random)), fate);
}

function otherFate(plan: CustomerPlan, random: Random): Fate {
  const roll = random.next();
  if (roll < 0.03) return 'voided';
  if (roll < 0.04) return 'deleted';
  return roll < 0.055 && plan.role !== 'archived' ? 'draft' : 'settled';
}

/** A day in a quiet month is often moved a month earlier, so that the seasons show in the totals. */
function inSeason(calendar: WorkCalendar, day: number, random: Random): number {
  const month = Number(calendar.text(day).slice(5, 7)) - 1;
  return random.chance(SEASON[month] ?? 1) ? day : day - random.int(20, 40);
}

function dated(plan: CustomerPlan, issueDay: number, fate: Fate): IssuedInvoice {
  return { issueDay, dueDay: issueDay + plan.termsDays, fate };
}
