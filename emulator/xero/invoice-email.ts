import type { Reply } from '../core/http.ts';
import { param, record } from './call.ts';
import type { Endpoint, XeroCall } from './call.ts';
import { instantString, msDate } from './dates.ts';
import { notFound, validationError } from './envelope.ts';
import type { Json, XeroContact, XeroInvoice } from './native.ts';
import { mayWrite } from './scopes.ts';

/** Sends an invoice by Xero's own e-mail: 204 and nothing else; the only trace is the History entry. */
export const emailEndpoints: Endpoint[] = [
  { method: 'POST', path: 'Invoices/:id/Email', scopes: mayWrite('invoices'), handler: email },
];

function email(call: XeroCall): Reply {
  const { store } = call.organisation;
  const invoice = store.read<XeroInvoice>('Invoices', param(call, 'id'));
  if (!invoice) return notFound();
  const addresses = recipients(store.read<XeroContact>('Contacts', invoice.Contact.ContactID));
  const fault = emailFault(call, invoice, addresses);
  if (fault !== undefined) return validationError([fault], { InvoiceID: invoice.InvoiceID });
  markSent(call, invoice);
  if (call.quirks.emailWritesHistory) writeHistory(call, invoice, addresses);
  record(call, 'invoice-email', invoice.InvoiceID);
  return { status: 204 };
}

function emailFault(call: XeroCall, invoice: XeroInvoice, addresses: string[]): string | undefined {
  const { emailPaidInvoices } = call.quirks;
  if (invoice.Type !== 'ACCREC') return 'Only sales invoices can be emailed';
  const sendable = ['SUBMITTED', 'AUTHORISED', ...(emailPaidInvoices ? ['PAID'] : [])];
  if (!sendable.includes(invoice.Status)) return `Invoice with status ${invoice.Status} cannot be emailed`;
  if (addresses.length === 0) return 'The contact has no email address';
  return dailyCapReached(call) ? 'You have reached the daily email limit' : undefined;
}

/** The contact's own address, then the persons who are included in e-mails. */
function recipients(contact: XeroContact | undefined): string[] {
  if (!contact || contact.EmailAddress === '') return [];
  const persons = (contact['ContactPersons'] as Json[] | undefined) ?? [];
  const included = persons.filter((person) => person['IncludeInEmails'] === true);
  return [contact.EmailAddress, ...included.map((person) => String(person['EmailAddress']))];
}

function dailyCapReached(call: XeroCall): boolean {
  const { emailDailyCap } = call.quirks;
  if (emailDailyCap === null) return false;
  const dayStartMs = Math.floor(call.organisation.store.nowMs() / 86_400_000) * 86_400_000;
  const sent = call.world.effects
    .list('invoice-email')
    .filter((effect) => effect.company === call.organisation.tenant && effect.atMs >= dayStartMs);
  return sent.length >= emailDailyCap;
}

function markSent(call: XeroCall, invoice: XeroInvoice): void {
  const { store } = call.organisation;
  const nowMs = store.stampMs();
  const keptMs = store.updatedMs('Invoices', invoice.InvoiceID) ?? nowMs;
  const updatedMs = call.quirks.emailTouchesInvoice ? nowMs : keptMs;
  const times = { UpdatedDateUTC: msDate(updatedMs), UpdatedDateUTCString: instantString(updatedMs) };
  store.put('Invoices', { ...invoice, SentToContact: true, ...times }, updatedMs);
}

function writeHistory(call: XeroCall, invoice: XeroInvoice, addresses: string[]): void {
  const { store } = call.organisation;
  const atMs = store.nowMs();
  store.addHistory('Invoices', invoice.InvoiceID, {
    atMs,
    visibleMs: atMs + call.quirks.historyDelayMs,
    user: 'Robin Owner',
    changes: call.quirks.emailHistoryChanges,
    details: `This invoice has been sent to ${addresses.join(', ')}`,
  });
}
