import { dayAt } from '../domain/index.ts';
import { saveHold } from '../decisions/index.ts';
import { sha256Hex } from '../lib/index.ts';
import type { EffectContext, EffectResult, Prepared } from './effect.ts';
import type { Intent } from './intent.ts';
import { readLastAttempt } from './store.ts';

export type HoldIntent = Extract<Intent, { kind: 'hold.place' | 'hold.release' }>;

/** The short id by which a hold's line and note are found again. */
export const holdRef = (intent: Intent): string =>
  sha256Hex(`${intent.connectionId}:${intent.key}`).slice(0, 8);

/** Looks whether the customer is still there to be held; the hold itself is a state and is compared when set. */
export async function prepareHold(context: EffectContext, intent: HoldIntent): Promise<Prepared> {
  const { customer } = await context.session.readForPreflight(intent.customerId, []);
  if (customer === null) return { go: false, reason: 'the customer is gone on the platform' };
  if (intent.kind === 'hold.place' && customer.status !== 'active') {
    return { go: false, reason: `the customer is ${customer.status} on the platform` };
  }
  if (intent.kind === 'hold.place' && (await isSomebodyElses(context, intent))) {
    return { go: false, reason: 'a person had already placed a hold; it is left to them' };
  }
  return {
    go: true,
    bodyHash: sha256Hex(JSON.stringify([intent.kind, intent.customerId, intent.content.reason])),
    addresses: [],
    perform: () => setAndReadBack(context, intent),
  };
}

/**
 * A group shows that a customer is held, not by whom. When it is there before our first attempt it is a person's: as
 * after a drift, it is neither placed again nor released by us while the cause lasts.
 */
async function isSomebodyElses(context: EffectContext, intent: HoldIntent): Promise<boolean> {
  const { session, store, clock } = context;
  if (session.capabilities.holdInNotes) return false;
  if ((await readLastAttempt(store.reader, intent.id)) !== null) return false;
  if (!(await session.readHold(intent.customerId)).held) return false;
  const hold = { customerId: intent.customerId, episode: intent.content.episode, state: 'drift' } as const;
  await store.write((tx) =>
    saveHold(tx, intent.connectionId, hold, clock.nowMs(), 'placed by a person before us'),
  );
  return true;
}

async function setAndReadBack(context: EffectContext, intent: HoldIntent): Promise<EffectResult> {
  const { session, connection, clock } = context;
  if (intent.kind === 'hold.release') await session.releaseHold(intent.customerId);
  else {
    const day = dayAt(clock.nowMs(), connection.timeZone);
    await session.placeHold(intent.customerId, { id: holdRef(intent), reason: staffReason(intent), day });
  }
  return verifyHold(context, intent);
}

/** Reads the hold back. Equal to what was wanted: done. Otherwise the write may simply be made again. */
export async function verifyHold(context: EffectContext, intent: HoldIntent): Promise<EffectResult> {
  const state = await context.session.readHold(intent.customerId);
  const wanted = intent.kind === 'hold.place';
  if (state.held === wanted) {
    return {
      outcome: 'done',
      confirmed: true,
      detail: wanted ? `read back: ${state.marker ?? 'held'}` : 'read back: not held',
    };
  }
  return { outcome: 'not-sent', confirmed: false, detail: 'read back: the platform does not show it' };
}

/** What a hold stops, and what it never does: whoever reads it on the platform must not stop more than that. */
const WHAT_IT_STOPS = 'No new credit orders; delivered goods may be invoiced, refunds never stop.';
/** One line on the platform is at most so long. */
const LINE_MAX = 200;
const NOTE_MAX = 225;

/** Why, as far as there is room, and what a hold stops. */
export function staffReason(intent: HoldIntent, max = LINE_MAX): string {
  return `${cut(intent.content.reason, max - WHAT_IT_STOPS.length - 1)} ${WHAT_IT_STOPS}`;
}

/** The note for staff that goes with a hold, at most 250 characters with its id (Xero history). */
export function holdNote(intent: HoldIntent): string {
  if (intent.kind === 'hold.release')
    return cut(`Credit hold released by Holdfast. ${intent.content.reason}`, NOTE_MAX);
  const head = 'Credit hold placed by Holdfast. ';
  return head + staffReason(intent, NOTE_MAX - head.length);
}

const cut = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max - 1)}…`);
