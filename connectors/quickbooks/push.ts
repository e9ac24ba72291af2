import { PlatformError } from '../../src/domain/index.ts';
import type { CustomerId, Day, DocumentId, HoldState, SendEvidence } from '../../src/domain/index.ts';
import { sha256Hex } from '../../src/lib/index.ts';
import { badReply } from '../kit/errors.ts';
import { skewMs } from '../kit/http.ts';
import { checked } from '../kit/rows.ts';
import type { QuickBooksClient } from './client.ts';
import { findHoldLine, holdLine, withHoldLine, withoutHoldLine } from './hold-line.ts';
import { fieldOf, type Company } from './query.ts';
import { wireNotes } from './wire.ts';

/** Longest Notes that QuickBooks keeps. */
const NOTES_LENGTH = 2000;
/** Longest requestid. */
const REQUEST_ID_LENGTH = 50;
/** Stamps are cut to the second. */
const COARSE_MS = 1_000;

/** Whether the Notes carry our line. */
export async function readHold(client: QuickBooksClient, customer: CustomerId): Promise<HoldState> {
  const marker = findHoldLine(checked(wireNotes, await client.customer(customer)).Notes ?? '');
  return { held: marker !== null, marker };
}

/** Puts our line on top of the Notes. PLATFORM_REFUSED (sent 'no') when the user's own text leaves no room for it. */
export async function placeHold(
  client: QuickBooksClient,
  customer: CustomerId,
  hold: { id: string; reason: string; day: Day },
): Promise<void> {
  await changeNotes(client, customer, (notes) => {
    const line = holdLine(hold);
    return findHoldLine(notes) === line ? notes : withHoldLine(notes, line);
  });
}

/** Takes out exactly our line; Notes without one are left alone. */
export async function releaseHold(client: QuickBooksClient, customer: CustomerId): Promise<void> {
  await changeNotes(client, customer, withoutHoldLine);
}

/**
 * Reads the customer afresh, and writes the changed Notes under its SyncToken. When somebody was faster (5010) it
 * reads again and tries once more: the change is applied to what they wrote, never over it.
 */
async function changeNotes(
  client: QuickBooksClient,
  customer: CustomerId,
  change: (notes: string) => string,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { Id, SyncToken, Notes } = checked(wireNotes, await client.customer(customer));
    const before = Notes ?? '';
    const after = change(before);
    if (after === before) return;
    if (after.length > NOTES_LENGTH && after.length > before.length) throw noRoom(before.length);
    try {
      await client.updateCustomer({ Id, SyncToken, Notes: after });
      return;
    } catch (error) {
      const stale = error instanceof PlatformError && error.code === 'PLATFORM_STALE';
      if (!stale || attempt > 1) throw error;
    }
  }
}

/** POST /invoice/{id}/send without sendTo, which would overwrite the invoice's BillEmail. Sent once. */
export async function sendInvoice(
  company: Company,
  invoice: DocumentId,
  idempotencyKey: string,
): Promise<void> {
  const long = idempotencyKey.length > REQUEST_ID_LENGTH;
  const reply = await company.http.send({
    method: 'POST',
    path: company.path(`invoice/${encodeURIComponent(invoice)}/send`),
    query: {
      requestid: long ? sha256Hex(idempotencyKey).slice(0, REQUEST_ID_LENGTH) : idempotencyKey,
      minorversion: 75,
    },
    headers: { 'Content-Type': 'application/octet-stream' },
    body: '',
    kind: 'write',
    expect: 'json',
  });
  if (typeof fieldOf(reply.json, 'Invoice', 'Id') !== 'string')
    throw badReply('POST invoice/{id}/send', 'it does not show the invoice', reply.status);
}

/** Looks at the invoice's last delivery at or after `sinceMs` (our clock; the platform's may differ). EmailStatus proves nothing: it stays EmailSent from the first time on. */
export async function findSend(
  company: Company,
  invoice: DocumentId,
  sinceMs: number,
  nowMs: number,
): Promise<SendEvidence> {
  const reply = await company.get(`invoice/${encodeURIComponent(invoice)}`);
  const time = fieldOf(reply.json, 'Invoice', 'DeliveryInfo', 'DeliveryTime');
  const atMs = typeof time === 'string' ? Date.parse(time) : NaN;
  const found = atMs >= sinceMs + skewMs(reply, nowMs) - COARSE_MS;
  return {
    found,
    atMs: found ? atMs : null,
    detail: typeof time === 'string' ? `last delivery ${time}` : 'never delivered',
  };
}

/** InvoiceLink; null when the company takes no online payments. */
export async function onlineInvoiceUrl(company: Company, invoice: DocumentId): Promise<string | null> {
  const reply = await company.get(`invoice/${encodeURIComponent(invoice)}`, { include: 'invoiceLink' });
  const link = fieldOf(reply.json, 'Invoice', 'InvoiceLink');
  return typeof link === 'string' && /^https?:\/\/\S+$/.test(link) ? link : null;
}

function noRoom(length: number): PlatformError {
  return new PlatformError(
    'PLATFORM_REFUSED',
    `The customer's Notes are ${length} characters long and leave no room for the hold line (${NOTES_LENGTH} at most).`,
    { sent: 'no', hint: 'Shorten the Notes in QuickBooks; Holdfast never cuts what people wrote.' },
  );
}
