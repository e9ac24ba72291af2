import { daysBetween, toMinor, type CustomerId, type Day } from '../domain/index.ts';
import type { CustomerFacts } from '../facts/index.ts';
import type { LedgerCustomer, OpenInvoice } from '../mirror/index.ts';
import type { Policy } from '../policy/index.ts';
import { dueStep, tonePosition, type ReminderRecord } from './ladder.ts';

/** Dunning episode: from the first chaseable overdue item until none is left. */
export interface Episode {
  billTo: CustomerId;
  number: number;
  openedOn: Day;
}

/** One message that is due to one bill-to customer, with all its due items. */
export interface DueReminder {
  billTo: CustomerId;
  billToName: string;
  addresses: string[];
  episode: string;
  step: number;
  /** Which message of the episode this is, counted from 0; sets the tone. */
  position: number;
  asOf: Day;
  daysOverdue: number;
  invoices: OpenInvoice[];
}

/** Something a person should do instead of, or before, a reminder. */
export interface ReminderTask {
  billTo: CustomerId;
  billToName: string;
  kind: 'allocate' | 'no-address' | 'archived';
  text: string;
}

export interface ReminderPlan {
  due: DueReminder[];
  tasks: ReminderTask[];
  opened: Episode[];
  closed: Episode[];
}

export interface ReminderInput {
  facts: CustomerFacts[];
  policy: Policy;
  asOf: Day;
  excluded: ReadonlySet<CustomerId>;
  /** Open episodes, by bill-to customer. */
  episodes: ReadonlyMap<CustomerId, Episode>;
  /** How many episodes a bill-to customer has had. */
  episodeCounts: ReadonlyMap<CustomerId, number>;
  history: ReadonlyMap<CustomerId, ReminderRecord[]>;
}

/** Who is to be reminded of what today, and which episodes begin and end. Pure. */
export function dueReminders(input: ReminderInput): ReminderPlan {
  const plan: ReminderPlan = { due: [], tasks: [], opened: [], closed: [] };
  const accounts = billToAccounts(input.facts);
  for (const account of accounts) planAccount(account, input, plan);
  const owing = new Set(accounts.filter((one) => isOverdue(one, input)).map((one) => one.customer.id));
  plan.closed = [...input.episodes.values()].filter((episode) => !owing.has(episode.billTo));
  return plan;
}

/** Everything that is billed to one customer: its own and that of sub-customers billed with it. */
interface Account {
  customer: LedgerCustomer;
  members: CustomerFacts[];
}

function billToAccounts(facts: CustomerFacts[]): Account[] {
  const byId = new Map(facts.map((one) => [one.customer.id, one]));
  const accounts = Map.groupBy(facts, (one) => billTo(one, byId));
  return [...accounts].map(([customer, members]) => ({ customer, members }));
}

function billTo(facts: CustomerFacts, byId: Map<CustomerId, CustomerFacts>): LedgerCustomer {
  let at = facts.customer;
  for (let depth = 0; depth < 10 && at.billWithParent && at.parent !== null; depth += 1) {
    const parent = byId.get(at.parent);
    if (parent === undefined) break;
    at = parent.customer;
  }
  return at;
}

function planAccount(account: Account, input: ReminderInput, plan: ReminderPlan): void {
  const { customer } = account;
  if (input.excluded.has(customer.id)) return;
  const overdue = overdueOf(account, input);
  if (overdue.length === 0) return planCourtesy(account, input, plan);
  const episode = input.episodes.get(customer.id) ?? openEpisode(customer.id, input, plan);
  propose(account, String(episode.number), overdue, input, plan);
}

function openEpisode(billTo: CustomerId, input: ReminderInput, plan: ReminderPlan): Episode {
  const number = (input.episodeCounts.get(billTo) ?? 0) + 1;
  const episode = { billTo, number, openedOn: input.asOf };
  plan.opened.push(episode);
  return episode;
}

/** Before anything is overdue: a courtesy for what falls due next, once per due day. */
function planCourtesy(account: Account, input: ReminderInput, plan: ReminderPlan): void {
  const horizon = Math.max(0, ...input.policy.reminders.steps.map((step) => -step));
  const soon = chaseable(account, input).filter((invoice) => {
    const left = daysBetween(input.asOf, invoice.dueDate);
    return left > 0 && left <= horizon;
  });
  const first = soon[0];
  if (first === undefined) return;
  const sameDay = soon.filter((invoice) => invoice.dueDate === first.dueDate);
  propose(account, `due-${first.dueDate}`, sameDay, input, plan);
}

function propose(
  account: Account,
  episode: string,
  items: OpenInvoice[],
  input: ReminderInput,
  plan: ReminderPlan,
): void {
  const { customer } = account;
  const oldest = items[0];
  if (oldest === undefined) return;
  const daysOverdue = daysBetween(oldest.dueDate, input.asOf);
  const history = input.history.get(customer.id) ?? [];
  const step = dueStep(history, episode, daysOverdue, input.asOf, input.policy.reminders);
  if (step === null) return;
  const task = taskInstead(account, items);
  if (task !== null) {
    if (step > 0) plan.tasks.push(task);
    return;
  }
  const due: DueReminder = {
    billTo: customer.id,
    billToName: customer.name,
    addresses: customer.emails,
    episode,
    step,
    position: tonePosition(history, episode, step, input.policy.reminders),
    asOf: input.asOf,
    daysOverdue,
    invoices: items,
  };
  plan.due.push(due);
}

/** Why a person must act first: unapplied money that may already be the payment, no address, archived. */
function taskInstead(account: Account, items: OpenInvoice[]): ReminderTask | null {
  const { customer } = account;
  const of = (kind: ReminderTask['kind'], text: string): ReminderTask => ({
    billTo: customer.id,
    billToName: customer.name,
    kind,
    text,
  });
  const credits = account.members.flatMap((member) => member.own.credits);
  if (covers(credits, items)) {
    const list = credits.map((credit) => `${credit.number} of ${credit.date}`).join(', ');
    return of(
      'allocate',
      `Allocate what ${customer.name} has in its favour (${list}) before it is reminded.`,
    );
  }
  if (customer.status !== 'active')
    return of('archived', `${customer.name} is archived but still owes; nobody is reminded.`);
  if (customer.emails.length === 0)
    return of('no-address', `${customer.name} has no e-mail address on the platform.`);
  return null;
}

/** True when in some currency the unapplied sum reaches the sum of the items: they are probably paid already. */
export function covers(
  credits: { currency: string; openMinor: number }[],
  items: { currency: string; openMinor: number }[],
): boolean {
  const currencies = new Set(items.map((item) => item.currency));
  const sum = (some: { currency: string; openMinor: number }[], currency: string): number =>
    some.filter((one) => one.currency === currency).reduce((total, one) => total + one.openMinor, 0);
  return [...currencies].some((currency) => {
    const unapplied = sum(credits, currency);
    return unapplied > 0 && unapplied >= sum(items, currency);
  });
}

function overdueOf(account: Account, input: ReminderInput): OpenInvoice[] {
  if (!isOverdue(account, input)) return [];
  return chaseable(account, input).filter((invoice) => isPastGrace(invoice, input));
}

/**
 * Whether the account is in arrears, chaseable today or not: an exclusion or a row in quarantine stops messages, but
 * the episode goes on and resumes where it was.
 */
function isOverdue({ members }: Account, input: ReminderInput): boolean {
  const sums = members.map((member) => member.own.base?.overdueMinor ?? Infinity);
  const tolerance = toMinor(input.policy.overdue.tolerance, members[0]?.baseCurrency ?? '');
  if (sums.reduce((total, sum) => total + sum, 0) < tolerance) return false;
  return members.some((member) => member.own.invoices.some((invoice) => isPastGrace(invoice, input)));
}

function isPastGrace(invoice: OpenInvoice, { asOf, policy }: ReminderInput): boolean {
  return daysBetween(invoice.dueDate, asOf) > policy.overdue.graceDays;
}

/** Open invoices, oldest first, of members that are not excluded and whose figures can be trusted. */
function chaseable(account: Account, input: ReminderInput): OpenInvoice[] {
  const members = account.members.filter(
    (member) => !input.excluded.has(member.customer.id) && !member.incomplete,
  );
  const invoices = members.flatMap((member) => member.own.invoices);
  return invoices.sort((a, b) =>
    a.dueDate === b.dueDate ? (a.number < b.number ? -1 : 1) : a.dueDate < b.dueDate ? -1 : 1,
  );
}
