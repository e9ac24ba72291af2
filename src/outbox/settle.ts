import { appendAudit } from '../audit/index.ts';
import { PlatformError } from '../domain/index.ts';
import type { Connection } from '../mirror/index.ts';
import { setReminderState } from '../reminders/index.ts';
import type { EffectContext, EffectResult, OutboxDeps } from './effect.ts';
import { finish, line, type DispatchLine } from './finish.ts';
import { verifyHold } from './hold-effect.ts';
import type { Intent } from './intent.ts';
import { verifyNote } from './note-effect.ts';
import { verifyReminder } from './reminder-effect.ts';
import {
  confirmAttempt,
  countLook,
  endAttempt,
  moveIntent,
  readIntents,
  readLastAttempt,
  readUnconfirmed,
  type Attempt,
} from './store.ts';

/** A message that is still not seen after this many looks, the last one this long after, is for a person. */
const LOOKS_MAX = 3;
const LOOK_EVERY_MS = 7 * 60_000;

/** What was under way when a process died: whether it left cannot be known, so it is looked for, never repeated. */
export async function recoverInterrupted(deps: OutboxDeps, connection: Connection): Promise<void> {
  const interrupted = await readIntents(deps.store.reader, {
    connectionId: connection.id,
    states: ['attempting'],
  });
  for (const intent of interrupted) {
    const attempt = await readLastAttempt(deps.store.reader, intent.id);
    await deps.store.write(async (tx) => {
      const now = deps.clock.nowMs();
      const detail = 'interrupted: the process ended while it was under way';
      await moveIntent(tx, intent.id, ['attempting'], { state: 'unknown', reason: detail }, now);
      if (intent.reminderId !== null) await setReminderState(tx, intent.reminderId, 'unknown');
      await appendAudit(tx, now, {
        connectionId: connection.id,
        actor: 'dispatch',
        action: 'effect.interrupted',
        subject: `intent ${intent.id}`,
        details: { kind: intent.kind, customer: intent.customerId, detail },
      });
      if (attempt === null) return;
      await endAttempt(
        tx,
        attempt.id,
        { outcome: 'unknown', confirmed: false, detail, nextLookAtMs: now },
        now,
      );
    });
  }
}

/** Proposals nobody approved in time, and messages whose window has passed. */
export async function expireOverdue(deps: OutboxDeps, connection: Connection): Promise<void> {
  const waiting = await readIntents(deps.store.reader, {
    connectionId: connection.id,
    states: ['proposed', 'ready'],
  });
  const now = deps.clock.nowMs();
  for (const intent of waiting.filter((one) => one.expiresAtMs <= now)) {
    await deps.store.write(async (tx) => {
      const to = { state: 'expired', reason: 'its time has passed' } as const;
      if (!(await moveIntent(tx, intent.id, ['proposed', 'ready'], to, now))) return;
      if (intent.reminderId !== null) await setReminderState(tx, intent.reminderId, 'expired');
    });
  }
}

/** Looks at the platform for every effect whose outcome is unknown and whose next look is due. */
export async function verifyUnknown(context: EffectContext, lines: DispatchLine[]): Promise<void> {
  const { store, clock, connection } = context;
  for (const intent of await readIntents(store.reader, {
    connectionId: connection.id,
    states: ['unknown'],
  })) {
    const attempt = await readLastAttempt(store.reader, intent.id);
    if (attempt === null || (attempt.nextLookAtMs ?? 0) > clock.nowMs()) continue;
    const result = await look(context, intent, attempt);
    if (result.outcome === 'unknown') lines.push(await lookAgainOrAsk(context, intent, attempt, result));
    else lines.push(await finish(context, intent, attempt, result));
  }
}

/** A message that was sent by the platform's own word may show there only later: it is looked for again. */
export async function confirmSent(context: EffectContext, lines: DispatchLine[]): Promise<void> {
  const { store, clock, connection } = context;
  for (const { intentId, attempt } of await readUnconfirmed(store.reader, connection.id, clock.nowMs())) {
    const [intent] = await readIntents(store.reader, { ids: [intentId] });
    if (intent === undefined) continue;
    const result = await look(context, intent, attempt);
    await store.write(async (tx) => {
      if (result.outcome === 'done') await confirmAttempt(tx, attempt.id, result.detail);
      else
        await countLook(tx, attempt.id, attempt.looks + 1 < LOOKS_MAX ? clock.nowMs() + LOOK_EVERY_MS : null);
    });
    if (result.outcome === 'done') lines.push(line(intent, 'done', true, result.detail));
  }
}

async function look(context: EffectContext, intent: Intent, attempt: Attempt): Promise<EffectResult> {
  try {
    if (intent.kind === 'reminder') return await verifyReminder(context, intent, attempt.startedAtMs);
    if (intent.kind === 'note') return await verifyNote(context, intent);
    return await verifyHold(context, intent);
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    return { outcome: 'unknown', confirmed: false, detail: `could not look: ${error.message}` };
  }
}

async function lookAgainOrAsk(
  context: EffectContext,
  intent: Intent,
  attempt: Attempt,
  result: EffectResult,
) {
  const { store, clock, connection } = context;
  const now = clock.nowMs();
  const hopeless = intent.kind === 'reminder' && intent.content.channel === 'mail';
  const last = hopeless || attempt.looks + 1 >= LOOKS_MAX;
  // A note that is not in the history after all looks may be written again: it is looked up first, and hurts nobody.
  if (last && intent.kind === 'note')
    return finish(context, intent, attempt, { ...result, outcome: 'not-sent' });
  await store.write(async (tx) => {
    await countLook(tx, attempt.id, last ? null : now + LOOK_EVERY_MS);
    if (!last) return;
    const reason = `${result.detail}; a person must say whether it happened`;
    await moveIntent(tx, intent.id, ['unknown'], { state: 'person', reason }, now);
    await appendAudit(tx, now, {
      connectionId: connection.id,
      actor: 'dispatch',
      action: 'effect.needs-person',
      subject: `intent ${intent.id}`,
      details: { kind: intent.kind, customer: intent.customerId, detail: result.detail },
    });
  });
  return line(intent, last ? 'person' : 'unknown', false, result.detail);
}
