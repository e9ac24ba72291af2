import { appendAudit } from '../audit/index.ts';
import { saveHold } from '../decisions/index.ts';
import { setReminderState } from '../reminders/index.ts';
import type { Tx } from '../store/index.ts';
import type { EffectContext, EffectResult } from './effect.ts';
import { holdNote, holdRef } from './hold-effect.ts';
import type { Intent, IntentKind, IntentState } from './intent.ts';
import { endAttempt, insertIntent, moveIntent, type Attempt } from './store.ts';

/** What certainly did not happen is tried again with every dispatch, but not for ever. */
const ATTEMPTS_MAX = 20;
/** The first look for evidence; two more follow over fifteen minutes. */
const FIRST_LOOK_MS = 60_000;

/** What one dispatch did, effect by effect. */
export interface DispatchLine {
  intentId: number;
  kind: IntentKind;
  customerName: string;
  state: IntentState;
  confirmed: boolean;
  detail: string;
}

const STATE_AFTER: Record<EffectResult['outcome'], IntentState> = {
  done: 'done',
  refused: 'refused',
  unknown: 'unknown',
  'not-sent': 'ready',
};

/** Commits how an attempt ended, with everything that follows from it. */
export async function finish(
  context: EffectContext,
  intent: Intent,
  attempt: Attempt,
  result: EffectResult,
): Promise<DispatchLine> {
  const { store, clock, connection } = context;
  const exhausted = result.outcome === 'not-sent' && attempt.number >= ATTEMPTS_MAX;
  // Given up for this time, not turned down: the next night may ask for it again.
  const state = exhausted ? 'expired' : STATE_AFTER[result.outcome];
  await store.write(async (tx) => {
    const now = clock.nowMs();
    const settled = result.confirmed || (state !== 'unknown' && state !== 'done');
    const nextLookAtMs = settled ? null : now + FIRST_LOOK_MS;
    await endAttempt(tx, attempt.id, { ...result, nextLookAtMs }, now);
    await moveIntent(tx, intent.id, ['attempting', 'unknown'], { state, reason: result.detail }, now);
    await followUp(tx, context, intent, state, result);
    await appendAudit(tx, now, {
      connectionId: connection.id,
      actor: 'dispatch',
      action: `effect.${result.outcome}`,
      subject: `intent ${intent.id}`,
      details: {
        kind: intent.kind,
        customer: intent.customerId,
        confirmed: result.confirmed,
        detail: result.detail,
      },
    });
  });
  return line(intent, state, result.confirmed, result.detail);
}

async function followUp(
  tx: Tx,
  context: EffectContext,
  intent: Intent,
  state: IntentState,
  result: EffectResult,
): Promise<void> {
  if (intent.reminderId !== null)
    await setReminderState(tx, intent.reminderId, REMINDER_STATE[state] ?? 'unknown');
  if (state !== 'done') return;
  const now = context.clock.nowMs();
  if (intent.kind === 'hold.place' || intent.kind === 'hold.release') {
    const isOn = intent.kind === 'hold.place';
    const hold = {
      customerId: intent.customerId,
      episode: intent.content.episode,
      state: isOn ? 'on' : 'off',
    } as const;
    await saveHold(tx, intent.connectionId, hold, now, result.detail);
    await insertNote(tx, context, intent, holdNote(intent));
  }
  if (intent.kind === 'reminder' && intent.content.channel === 'mail') {
    const { addresses, step } = intent.content;
    await insertNote(
      tx,
      context,
      intent,
      `Payment reminder (step ${step}) e-mailed by Holdfast to ${addresses.join(', ')}.`,
    );
  }
}

const REMINDER_STATE: Partial<Record<IntentState, 'planned' | 'sent' | 'refused' | 'unknown' | 'expired'>> = {
  ready: 'planned',
  done: 'sent',
  refused: 'refused',
  expired: 'expired',
  unknown: 'unknown',
};

/** The note is an event of its own, with an id by which it is looked up before any second try. */
async function insertNote(tx: Tx, context: EffectContext, cause: Intent, text: string): Promise<void> {
  if (!context.session.capabilities.history) return;
  const now = context.clock.nowMs();
  const content = {
    customerName: cause.content.customerName,
    noteId: holdRef(cause),
    text: text.slice(0, 225),
  };
  await insertIntent(
    tx,
    {
      ...cause,
      kind: 'note',
      key: `note:${cause.key}`,
      reminderId: null,
      content,
      notBeforeMs: now,
      expiresAtMs: now + 7 * 86_400_000,
      state: 'ready',
      stateReason: `goes with intent ${cause.id}`,
      decidedBy: cause.decidedBy,
    },
    now,
  );
}

export function line(intent: Intent, state: IntentState, confirmed: boolean, detail: string): DispatchLine {
  const { id, kind, content } = intent;
  return { intentId: id, kind, customerName: content.customerName, state, confirmed, detail };
}
