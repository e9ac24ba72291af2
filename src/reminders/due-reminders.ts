import { daysBetween, toMinor, type CustomerId, type Day } from '../domain/index.ts';
import type { CustomerFacts } from '../facts/index.ts';
import type { LedgerCustomer, OpenInvoice } from '../mirror/index.ts';
import type { Policy } from '../policy/index.ts';
import { isProbablyPaid, policyOf } from '../rules/index.ts';
import { pauseReason, type ChaseNotes } from './chase-pauses.ts';
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
  /** ISO 3166-1 of its address, '' when the platform does not say: whose calendar counts. */
  country: string;
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
  const task = taskInstead(account, items, input.policy.gates.unappliedCashAtLeastPercent);
  if (task !== null) {
    if (step > 0) plan.tasks.push(task);
    return;
  }
  const due: DueReminder = {
    billTo: customer.id,
    billToName: customer.name,
    addresses: customer.emails,
    country: customer.country,
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
function taskInstead(account: Account, items: OpenInvoice[], percent: number): ReminderTask | null {
  const { customer } = account;
  const of = (kind: ReminderTask['kind'], text: string): ReminderTask => ({
    billTo: customer.id,
    billToName: customer.name,
    kind,
    text,
  });
  const credits = account.members.flatMap((member) => member.own.credits);
  if (covers(credits, items, percent)) {
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

/** True when in some currency the unapplied sum reaches the items', or that share of it: they are probably paid already. */
export function covers(
  credits: { currency: string; openMinor: number }[],
  items: { currency: string; openMinor: number }[],
  percent = 100,
): boolean {
  return isProbablyPaid(credits, items, percent);
}

function overdueOf(account: Account, input: ReminderInput): OpenInvoice[] {
  if (!isOverdue(account, input)) return [];
  const { graceDays } = overdueTerms(account, input);
  return chaseable(account, input).filter((invoice) => isPastGrace(invoice, graceDays, input));
}

/**
 * Whether the account is in arrears, chaseable today or not: an exclusion, a dispute, a promise or a row in quarantine
 * stops messages, but the episode goes on and resumes where it was.
 */
function isOverdue(account: Account, input: ReminderInput): boolean {
  const { members } = account;
  if (members.every((member) => member.own.daysOverdueMax === 0)) return false;
  const sums = members.map((member) => member.own.base?.overdueMinor ?? Infinity);
  const { tolerance, graceDays } = overdueTerms(account, input);
  const toleranceMinor = toMinor(tolerance, members[0]?.baseCurrency ?? '');
  if (sums.reduce((total, sum) => total + sum, 0) < toleranceMinor) return false;
  return members.some((member) =>
    member.own.invoices.some((invoice) => isPastGrace(invoice, graceDays, input)),
  );
}

/** Tolerance and grace as the policy has them for whoever is written to. */
function overdueTerms({ customer, members }: Account, { policy }: ReminderInput): Policy['overdue'] {
  const billed = members.find((member) => member.customer.id === customer.id) ?? members[0];
  return billed === undefined ? policy.overdue : policyOf(billed, policy).overdue;
}

function isPastGrace(invoice: OpenInvoice, graceDays: number, { asOf }: ReminderInput): boolean {
  return daysBetween(invoice.dueDate, asOf) > graceDays;
}

/** Open invoices, oldest first, of members that are not excluded and whose figures can be trusted, less what is paused. */
function chaseable(account: Account, input: ReminderInput): OpenInvoice[] {
  const members = account.members.filter(
    (member) => !input.excluded.has(member.customer.id) && !member.incomplete,
  );
  const notes = notesOf(account);
  const invoices = members.flatMap((member) =>
    member.own.invoices.filter(
      (invoice) =>
        notes === null ||
        // Whose it is says the member: the document may still name a customer that was merged into it.
        pauseReason(
          { id: invoice.id, customerId: member.customer.id },
          account.customer.id,
          notes,
          input.asOf,
        ) === null,
    ),
  );
  return invoices.sort((a, b) =>
    a.dueDate === b.dueDate ? (a.number < b.number ? -1 : 1) : a.dueDate < b.dueDate ? -1 : 1,
  );
}

/** Null for nearly everybody: nothing is disputed, nothing promised. */
function notesOf({ members }: Account): ChaseNotes | null {
  const disputes = members.flatMap((member) => member.disputes);
  const promises = members.flatMap((member) =>
    member.promises.map((promise) => ({ ...promise, customerId: member.customer.id })),
  );
  return disputes.length === 0 && promises.length === 0 ? null : { disputes, promises };
}
