import { z } from 'zod';
import { companyId } from '../../src/domain/index.ts';
import type { ChangeNotice, RowRef, WebhookReader } from '../../src/domain/index.ts';
import { checkNotice, isSignedWith, noticeMs, parseNotice } from '../kit/webhook.ts';

/** Xero's webhooks: https://developer.xero.com/documentation/guides/webhooks/overview/ */
export function createXeroWebhooks(key: string): WebhookReader {
  return {
    isGenuine: (body, header) => isSignedWith(key, body, header('x-xero-signature')),
    read: readNotices,
  };
}

type RecordOfCategory = Omit<RowRef, 'remoteId'>;

/** The categories whose records are mirrored. Payments have none: a payment is told as a change of its invoice. */
const CATEGORIES = new Map<string, RecordOfCategory>([
  ['CONTACT', { kind: 'customer' }],
  ['INVOICE', { kind: 'invoice' }],
  ['CREDITNOTE', { kind: 'credit', creditKind: 'credit-note' }],
]);

const wireNotice = z.object({ events: z.array(z.looseObject({ eventCategory: z.string() })) });

const wireEvent = z.object({
  resourceId: z.string().min(1),
  tenantId: z.string().min(1),
  eventDateUtc: z.string().nullish(),
  /** Only of credit notes; the others do not say whether they are of sales or of purchases. */
  data: z.object({ Type: z.string().nullish() }).nullish(),
});

/** An empty list of events is Xero's question whether somebody is here (intent to receive). */
function readNotices(body: Uint8Array): ChangeNotice[] {
  return checkNotice('Xero', wireNotice, parseNotice('Xero', body)).events.flatMap((event) => {
    // The specification writes UPDATE and CONTACT, the samples also Update and Contact.
    const record = CATEGORIES.get(event.eventCategory.toUpperCase());
    return record === undefined ? [] : noticesOf(record, checkNotice('Xero', wireEvent, event));
  });
}

function noticesOf(record: RecordOfCategory, event: z.output<typeof wireEvent>): ChangeNotice[] {
  if (event.data?.Type === 'ACCPAYCREDIT') return [];
  const row = { ...record, remoteId: event.resourceId };
  return [{ companyId: companyId(event.tenantId), row, atMs: noticeMs(event.eventDateUtc) }];
}
