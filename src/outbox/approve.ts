import { appendAudit } from '../audit/index.ts';
import { HoldfastError } from '../domain/index.ts';
import type { Clock } from '../lib/index.ts';
import { setReminderState } from '../reminders/index.ts';
import type { Store } from '../store/index.ts';
import type { Intent } from './intent.ts';
import { moveIntent, readIntentsById } from './store.ts';

export type Answer = 'approve' | 'reject';

/**
 * A person's answer to proposals. Two people at once make one decision: the second is told what it is already.
 * Throws INTENT_UNKNOWN or NOT_PROPOSED before anything is changed.
 */
export async function answerProposals(
  store: Store,
  clock: Clock,
  ids: number[],
  answer: Answer,
  by: string,
): Promise<Intent[]> {
  const intents = await readIntentsById(store.reader, ids);
  const settled = intents.filter((intent) => intent.state !== 'proposed');
  if (settled.length > 0) throw notProposed(settled);
  const to = {
    state: answer === 'approve' ? 'ready' : 'rejected',
    reason: `${answer === 'approve' ? 'approved' : 'rejected'} by ${by}`,
    decidedBy: by,
  } as const;
  await store.write(async (tx) => {
    for (const intent of intents) {
      const now = clock.nowMs();
      if (!(await moveIntent(tx, intent.id, ['proposed'], to, now))) throw notProposed([intent]);
      // A turned-down step counts as done: the ladder goes on with the next one when that is due.
      if (answer === 'reject' && intent.reminderId !== null)
        await setReminderState(tx, intent.reminderId, 'refused');
      await appendAudit(tx, now, {
        connectionId: intent.connectionId,
        actor: by,
        action: answer === 'approve' ? 'intent.approved' : 'intent.rejected',
        subject: `intent ${intent.id}`,
        details: { kind: intent.kind, customer: intent.customerId, name: intent.content.customerName },
      });
    }
  });
  return intents;
}

/** What a person found out about an effect that nobody could verify. */
export async function settleByHand(
  store: Store,
  clock: Clock,
  id: number,
  happened: boolean,
  by: string,
): Promise<Intent> {
  const [intent] = await readIntentsById(store.reader, [id]);
  if (intent === undefined || (intent.state !== 'person' && intent.state !== 'unknown')) {
    throw new HoldfastError(
      'NOT_UNKNOWN',
      `Intent ${id} does not wait for anybody: it is ${intent?.state ?? 'unknown'}.`,
    );
  }
  const to = {
    state: happened ? 'done' : 'refused',
    reason: `${by}: it ${happened ? 'happened' : 'did not happen'}`,
    decidedBy: by,
  } as const;
  await store.write(async (tx) => {
    const now = clock.nowMs();
    await moveIntent(tx, id, ['person', 'unknown'], to, now);
    if (intent.reminderId !== null)
      await setReminderState(tx, intent.reminderId, happened ? 'sent' : 'refused');
    await appendAudit(tx, now, {
      connectionId: intent.connectionId,
      actor: by,
      action: 'intent.settled',
      subject: `intent ${id}`,
      details: { kind: intent.kind, customer: intent.customerId, happened },
    });
  });
  return intent;
}

function notProposed(intents: Intent[]): HoldfastError {
  const list = intents.map((intent) => `${intent.id} is ${intent.state}`).join(', ');
  return new HoldfastError('NOT_PROPOSED', `Nothing was changed: ${list}.`, {
    hint: 'Only proposals can be approved or rejected.',
  });
}
