import { z } from 'zod';
import { companyId } from '../../src/domain/index.ts';
import type { ChangeNotice, RowRef, WebhookReader } from '../../src/domain/index.ts';
import { checkNotice, isSignedWith, noticeMs, parseNotice } from '../kit/webhook.ts';

/** Intuit's webhooks: https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks */
export function createQuickBooksWebhooks(verifierToken: string): WebhookReader {
  return {
    isGenuine: (body, header) => isSignedWith(verifierToken, body, header('intuit-signature')),
    read(body) {
      const content = parseNotice('QuickBooks', body);
      // Events as CloudEvents come as a bare array; the older form is an object.
      return (Array.isArray(content) ? readCloudEvents(content) : readNotifications(content)).flatMap(
        noticesOf,
      );
    },
  };
}

/** The entities that are mirrored. Whatever happened to a record (Void, Delete, Emailed …), it is read again. */
const ENTITIES = new Map<string, Omit<RowRef, 'remoteId'>>([
  ['customer', { kind: 'customer' }],
  ['invoice', { kind: 'invoice' }],
  ['creditmemo', { kind: 'credit', creditKind: 'credit-note' }],
  ['payment', { kind: 'payment' }],
]);

/** A change in either form. */
interface Change {
  realm: string;
  /** In lower case. */
  entity: string;
  id: string;
  /** The record that disappeared in a merge. */
  deletedId: string | null | undefined;
  time: string | null | undefined;
}

const id = z.union([z.string().min(1), z.number().transform(String)]);

const cloudEvent = z.object({
  intuitaccountid: id,
  intuitentityid: id,
  time: z.string().nullish(),
  data: z.object({ deletedId: id.nullish() }).nullish(),
});

/** `type` is qbo.invoice.updated.v1. */
function readCloudEvents(content: unknown[]): Change[] {
  const typed = z.array(z.looseObject({ type: z.string() }));
  return checkNotice('QuickBooks', typed, content).flatMap((event) => {
    const [product, entity = ''] = event.type.toLowerCase().split('.');
    if (product !== 'qbo' || !ENTITIES.has(entity)) return [];
    const { intuitaccountid, intuitentityid, time, data } = checkNotice('QuickBooks', cloudEvent, event);
    return [{ realm: intuitaccountid, entity, id: intuitentityid, deletedId: data?.deletedId, time }];
  });
}

const notifications = z.object({
  eventNotifications: z.array(
    z.object({
      realmId: id,
      dataChangeEvent: z.object({ entities: z.array(z.looseObject({ name: z.string() })) }).nullish(),
    }),
  ),
});

const changedEntity = z.object({ id, lastUpdated: z.string().nullish(), deletedId: id.nullish() });

function readNotifications(content: unknown): Change[] {
  const { eventNotifications } = checkNotice('QuickBooks', notifications, content);
  return eventNotifications.flatMap(({ realmId: realm, dataChangeEvent }) =>
    (dataChangeEvent?.entities ?? []).flatMap((changed) => {
      const entity = changed.name.toLowerCase();
      if (!ENTITIES.has(entity)) return [];
      const { id, deletedId, lastUpdated: time } = checkNotice('QuickBooks', changedEntity, changed);
      return [{ realm, entity, id, deletedId, time }];
    }),
  );
}

/** A merge changes two records: the one that took over and the one that is gone. */
function noticesOf({ realm, entity, id, deletedId, time }: Change): ChangeNotice[] {
  const record = ENTITIES.get(entity);
  if (record === undefined) return [];
  const ids = deletedId === null || deletedId === undefined ? [id] : [id, deletedId];
  const atMs = noticeMs(time);
  return ids.map((remoteId) => ({ companyId: companyId(realm), row: { ...record, remoteId }, atMs }));
}
