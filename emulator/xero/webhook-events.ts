import { createHash } from 'node:crypto';
import type { RowChange } from '../core/state.ts';
import type { WebhookPlatform } from '../core/webhooks.ts';
import type { Json } from './native.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** "Decreasing frequency for up to 24 hours"; the steps are not published. */
const retrySteps = [1, 2, 5, 15, 30, 60, 120, 240, 480].map((minutes) => minutes * minuteMs);
const givesUpAfterMs = 24 * hourMs;

const categories: Record<string, string> = {
  Contacts: 'CONTACT',
  Invoices: 'INVOICE',
  CreditNotes: 'CREDITNOTE',
};

/** Xero's webhooks as its specification has them; payments, overpayments and groups have no events of their own. */
export const xeroWebhooks: WebhookPlatform = {
  name: 'xero',
  signatureHeader: 'x-xero-signature',
  defaultKey: 'holdfast-emulator-xero-webhooks',
  timeoutMs: 5000,
  asksIntent: true,
  retryAfterMs: (failures) => {
    const waitedMs = retrySteps.slice(0, failures - 1).reduce((sum, step) => sum + step, 0);
    const stepMs = retrySteps[failures - 1] ?? 8 * hourMs;
    return waitedMs + stepMs > givesUpAfterMs || failures > retrySteps.length ? null : stepMs;
  },
  eventOf: (change, { nowMs, origin }) => {
    const category = categories[change.row.entity];
    if (category === undefined || !counts(change)) return undefined;
    const { company, row, before } = change;
    return {
      resourceUrl: `${origin}/api.xro/2.0/${row.entity}/${row.id}`,
      resourceId: row.id,
      tenantId: company,
      tenantType: 'ORGANISATION',
      eventCategory: category,
      eventType: before ? 'UPDATE' : 'CREATE',
      eventDateUtc: new Date(nowMs).toISOString().slice(0, 23),
      ...(category === 'CREDITNOTE' ? { data: { Type: row.type, Status: row.status } } : {}),
    };
  },
  bodyOf: (events, firstSequence) =>
    JSON.stringify({
      events,
      firstEventSequence: events.length === 0 ? 0 : firstSequence,
      lastEventSequence: events.length === 0 ? 0 : firstSequence + events.length - 1,
      entropy: entropy(firstSequence),
    }),
};

/** Group membership is copied into contacts without being a change of theirs. */
function counts({ row, before }: RowChange): boolean {
  if (!before || before.updatedMs !== row.updatedMs) return true;
  return before.json !== row.json && withoutGroups(before.json) !== withoutGroups(row.json);
}

function withoutGroups(json: string): string {
  return JSON.stringify({ ...(JSON.parse(json) as Json), ContactGroups: null });
}

/** Twenty letters, always the same for the same sequence, so that a run can be repeated byte by byte. */
function entropy(sequence: number): string {
  const hash = createHash('sha256')
    .update(`entropy ${String(sequence)}`)
    .digest();
  return Array.from(hash.subarray(0, 20), (byte) => String.fromCharCode(65 + (byte % 26))).join('');
}
