import { readDisputes, readPromises } from '../cases/index.ts';
import { PlatformError, dayAt, daysBetween, documentId } from '../domain/index.ts';
import type { Customer, CustomerId, Day, Invoice, SendEvidence } from '../domain/index.ts';
import { present, sha256Hex } from '../lib/index.ts';
import { renderReminder, type ReminderLetter, type RenderedMessage } from '../messages/index.ts';
import { readCustomers, readOpenItems, type OpenCredit } from '../mirror/index.ts';
import { covers, pauseReason } from '../reminders/index.ts';
import { validAddresses } from './addresses.ts';
import type { EffectContext, EffectResult, Prepared } from './effect.ts';
import type { Intent } from './intent.ts';

export type ReminderIntent = Extract<Intent, { kind: 'reminder' }>;

/** Links are read one call each; a customer with more open items gets those of the oldest. */
const LINKS_MAX = 3;

/**
 * Looks again, straight at the platform, before anything leaves: what was paid, voided or disputed since is left
 * out, and when nothing justifies the step any more there is no message.
 */
export async function prepareReminder(context: EffectContext, intent: ReminderIntent): Promise<Prepared> {
  const { connection, clock, session } = context;
  const asOf = dayAt(clock.nowMs(), connection.timeZone);
  const fresh = await session.readForPreflight(intent.customerId, intent.content.invoiceIds.map(documentId));
  const billed = await billedWith(context, intent.customerId);
  const credits = await unappliedCredits(context, billed, asOf);
  const due = stillDue(fresh.invoices, intent, asOf);
  const items = await withoutPaused(context, intent.customerId, billed, { due, asOf });
  if (items.length === 0 && due.length > 0)
    return { go: false, reason: 'all of it is disputed or promised now' };
  const percent = context.policy.gates.unappliedCashAtLeastPercent;
  const withdrawn = whyWithdrawn(fresh.customer, items, { credits, percent }, intent, asOf);
  if (withdrawn !== null) return { go: false, reason: withdrawn };
  const customer = present(fresh.customer, 'the customer after its preflight');
  if (intent.content.channel === 'platform') return preparePlatformMail(context, intent, items, customer);
  return prepareMail(context, intent, { customer, items, credits, asOf });
}

function stillDue(invoices: Invoice[], intent: ReminderIntent, asOf: Day): Invoice[] {
  const courtesy = intent.content.step < 0;
  const due = invoices.filter((invoice) => {
    const late = daysBetween(invoice.dueDate, asOf);
    return invoice.status === 'open' && invoice.openMinor > 0 && (courtesy ? late <= 0 : late > 0);
  });
  return due.sort((a, b) =>
    a.dueDate === b.dueDate ? (a.number < b.number ? -1 : 1) : a.dueDate < b.dueDate ? -1 : 1,
  );
}

function whyWithdrawn(
  customer: Customer | null,
  items: Invoice[],
  { credits, percent }: { credits: OpenCredit[]; percent: number },
  intent: ReminderIntent,
  asOf: Day,
): string | null {
  if (customer === null) return 'the customer is gone on the platform';
  if (customer.status !== 'active') return `the customer is ${customer.status} on the platform`;
  const oldest = items[0];
  if (oldest === undefined) return 'nothing of it is due any more';
  if (daysBetween(oldest.dueDate, asOf) < intent.content.step)
    return 'the oldest item was paid; what is left is younger';
  if (covers(credits, items, percent)) return 'unapplied money reaches the sum: allocate it first';
  if (validAddresses(customer.emails).length === 0)
    return 'there is no usable e-mail address on the platform';
  return null;
}

async function unappliedCredits(
  { store, connection }: EffectContext,
  billed: ReadonlySet<CustomerId>,
  asOf: Day,
): Promise<OpenCredit[]> {
  const { credits } = await readOpenItems(store.reader, connection.id, asOf, asOf);
  return credits.filter((credit) => billed.has(credit.customerId));
}

/** What people noted since it was planned counts: a dispute or a promise of this morning pauses the chase. */
async function withoutPaused(
  { store, connection }: EffectContext,
  billTo: CustomerId,
  billed: ReadonlySet<CustomerId>,
  { due, asOf }: { due: Invoice[]; asOf: Day },
): Promise<Invoice[]> {
  const moment = { asOf, knownAtMs: Infinity };
  const notes = {
    disputes: await readDisputes(store.reader, connection.id, moment, [...billed]),
    promises: await readPromises(store.reader, connection.id, moment, [...billed]),
  };
  return due.filter(
    ({ remoteId, customerId }) => pauseReason({ id: remoteId, customerId }, billTo, notes, asOf) === null,
  );
}

/** The customer, everybody who is billed with it, and those that were merged into one of them. */
async function billedWith(
  { store, connection }: EffectContext,
  billTo: CustomerId,
): Promise<Set<CustomerId>> {
  const billed = new Set([billTo]);
  for (const one of await readCustomers(store.reader, connection.id)) {
    if (one.billWithParent && one.parent !== null && billed.has(one.parent)) billed.add(one.id);
    if (one.mergedInto !== null && billed.has(one.mergedInto)) billed.add(one.id);
  }
  return billed;
}

interface Due {
  customer: Customer;
  items: Invoice[];
  credits: OpenCredit[];
  asOf: Day;
}

/** One message in our own words with all due items. */
async function prepareMail(context: EffectContext, intent: ReminderIntent, due: Due): Promise<Prepared> {
  const to = validAddresses(due.customer.emails);
  const message = renderReminder(await letterOf(context, intent, due));
  const messageId = `<${sha256Hex(`${intent.connectionId}:${intent.key}`).slice(0, 32)}@${context.mailDomain}>`;
  return {
    go: true,
    bodyHash: sha256Hex(JSON.stringify([to, message])),
    addresses: to,
    perform: () => sendMail(context, to, message, messageId),
  };
}

async function sendMail(
  context: EffectContext,
  to: string[],
  message: RenderedMessage,
  messageId: string,
): Promise<EffectResult> {
  const { reply } = await present(context.mail, 'the mail connector').send({ messageId, to, ...message });
  return { outcome: 'done', confirmed: true, detail: `accepted for ${to.join(', ')}: ${reply}` };
}

async function letterOf(context: EffectContext, intent: ReminderIntent, due: Due): Promise<ReminderLetter> {
  const urls = new Map<string, string | null>();
  for (const invoice of due.items.slice(0, LINKS_MAX)) {
    urls.set(invoice.remoteId, await context.session.onlineInvoiceUrl(invoice.remoteId));
  }
  return {
    company: context.connection.name,
    customer: due.customer.name,
    asOf: due.asOf,
    step: intent.content.step,
    position: intent.content.position,
    items: due.items.map((invoice) => ({ ...invoice, url: urls.get(invoice.remoteId) ?? null })),
    credits: due.credits,
  };
}

/** The platform's own e-mail again: exactly one invoice, the oldest. */
function preparePlatformMail(
  context: EffectContext,
  intent: ReminderIntent,
  items: Invoice[],
  customer: Customer,
): Prepared {
  const oldest = present(items[0], 'the oldest due invoice');
  const key = sha256Hex(`${intent.connectionId}:${intent.key}`).slice(0, 40);
  return {
    go: true,
    bodyHash: sha256Hex(`platform:${oldest.remoteId}`),
    addresses: validAddresses(customer.emails),
    perform: async () => {
      const sinceMs = context.clock.nowMs();
      await context.session.sendInvoice(oldest.remoteId, key);
      const evidence = await lookForSend(context, oldest, sinceMs);
      return {
        outcome: 'done',
        confirmed: evidence.found,
        detail: `invoice ${oldest.number}: ${evidence.detail}`,
      };
    },
  };
}

/** The platform took it: whatever becomes of this look, it must not read as if the message had not been sent. */
async function lookForSend(
  context: EffectContext,
  invoice: Invoice,
  sinceMs: number,
): Promise<Pick<SendEvidence, 'found' | 'detail'>> {
  try {
    return await context.session.findSend(invoice.remoteId, sinceMs);
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    return { found: false, detail: `sent; could not look for it yet: ${error.message}` };
  }
}

/** Looks for a message whose outcome is unknown. Mail cannot be looked up: only a person can say. */
export async function verifyReminder(
  context: EffectContext,
  intent: ReminderIntent,
  sinceMs: number,
): Promise<EffectResult> {
  if (intent.content.channel === 'mail') {
    return {
      outcome: 'unknown',
      confirmed: false,
      detail: 'the mail server did not answer; look into its log',
    };
  }
  for (const invoice of intent.content.invoiceIds.map(documentId)) {
    const evidence = await context.session.findSend(invoice, sinceMs);
    if (evidence.found) return { outcome: 'done', confirmed: true, detail: evidence.detail };
  }
  return { outcome: 'unknown', confirmed: false, detail: 'the platform shows no e-mail since the attempt' };
}
