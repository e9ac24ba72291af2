import { createHash } from 'node:crypto';
import type { RowChange } from '../core/state.ts';
import type { WebhookPlatform } from '../core/webhooks.ts';
import type { NativeTransaction } from './native.ts';

type Operation = 'Create' | 'Update' | 'Delete' | 'Merge' | 'Void' | 'Emailed';

/** One change as Intuit tells it, before it is dressed in either form. */
interface Change {
  realm: string;
  name: string;
  id: string;
  operation: Operation;
  /** The customer that disappeared in a merge. */
  deletedId?: string;
  atMs: number;
}

const seconds = 1000;
const retrySteps = [10, 20, 30, 300, 1200, 7200, 14_400, 21_600].map((step) => step * seconds);
const mostAttempts = 40;
const entities = new Set(['Customer', 'Invoice', 'Payment', 'CreditMemo']);
const verbs: Record<Operation, string> = {
  Create: 'created',
  Update: 'updated',
  Delete: 'deleted',
  Merge: 'merged',
  Void: 'voided',
  Emailed: 'emailed',
};

/** Intuit's webhooks: CloudEvents as a bare array, or the older eventNotifications. */
export const quickBooksWebhooks: WebhookPlatform = {
  name: 'quickbooks',
  signatureHeader: 'intuit-signature',
  defaultKey: 'holdfast-emulator-quickbooks-webhooks',
  timeoutMs: 3000,
  asksIntent: false,
  retryAfterMs: (failures) =>
    failures >= mostAttempts ? null : (retrySteps[failures - 1] ?? retrySteps.at(-1) ?? null),
  eventOf: (change, { nowMs }) => changeOf(change, nowMs),
  bodyOf: (events, firstSequence, { format }) => {
    const changes = events as Change[];
    if (format === 'notifications') return JSON.stringify({ eventNotifications: notifications(changes) });
    return JSON.stringify(changes.map((one, index) => cloudEvent(one, firstSequence + index)));
  },
};

function changeOf({ company: realm, row, before }: RowChange, atMs: number): Change | undefined {
  const { entity: name, id, mergedInto } = row;
  if (!entities.has(name) || before?.json === row.json) return undefined;
  const change = { realm, name, atMs };
  if (mergedInto !== undefined) return { ...change, id: mergedInto, operation: 'Merge', deletedId: id };
  if (before && !row.deleted && bare(before.json) === bare(row.json)) return undefined;
  return { ...change, id, operation: operationOf(row.json, row.deleted, before?.json) };
}

function operationOf(json: string, deleted: boolean, before: string | undefined): Operation {
  if (deleted) return 'Delete';
  if (before === undefined) return 'Create';
  const [old, now] = [before, json].map((text) => JSON.parse(text) as NativeTransaction);
  if (!old || !now) return 'Update';
  const voided = (one: NativeTransaction): boolean => /^Voided/.test(one.PrivateNote ?? '');
  if (voided(now) && !voided(old)) return 'Void';
  const delivery = (one: NativeTransaction): string =>
    JSON.stringify([one['EmailStatus'], one['DeliveryInfo'], one['BillEmail']]);
  return now['EmailStatus'] === 'EmailSent' && delivery(now) !== delivery(old) ? 'Emailed' : 'Update';
}

/** Without BalanceWithJobs, which follows the children's balances and is no change of the parent. */
function bare(json: string): string {
  return JSON.stringify({ ...(JSON.parse(json) as object), BalanceWithJobs: null });
}

function cloudEvent(change: Change, sequence: number): object {
  const { realm, name, id, operation, deletedId, atMs } = change;
  return {
    specversion: '1.0',
    id: eventId(realm, sequence),
    source: `intuit.${createHash('sha256').update(realm).digest('hex').slice(0, 24)}`,
    type: `qbo.${name.toLowerCase()}.${verbs[operation]}.v1`,
    datacontenttype: 'application/json',
    time: new Date(atMs).toISOString(),
    intuitentityid: id,
    intuitaccountid: realm,
    data: deletedId === undefined ? {} : { deletedId },
  };
}

function notifications(changes: Change[]): object[] {
  const realms = [...new Set(changes.map((one) => one.realm))];
  return realms.map((realmId) => ({
    realmId,
    dataChangeEvent: {
      entities: changes
        .filter((one) => one.realm === realmId)
        .map(({ name, id, operation, deletedId, atMs }) => ({
          name,
          id,
          operation,
          lastUpdated: new Date(atMs).toISOString(),
          ...(deletedId === undefined ? {} : { deletedId }),
        })),
    },
  }));
}

/** A UUID that is the same for the same event of a run. */
function eventId(realm: string, sequence: number): string {
  const hex = createHash('sha256')
    .update(`${realm} ${String(sequence)}`)
    .digest('hex');
  return hex.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
