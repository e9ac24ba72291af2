import { appendAudit } from '../audit/index.ts';
import { mayDecide, readDecider, readPeople, readPerson, writeOrRehearse } from '../cases/index.ts';
import { HoldfastError, addDays, dayAt, instantAt, type Day } from '../domain/index.ts';
import { readFactsAround } from '../facts/index.ts';
import type { Clock } from '../lib/index.ts';
import { readConnection } from '../mirror/index.ts';
import type { Policy } from '../policy/index.ts';
import { setReminderState } from '../reminders/index.ts';
import type { Reader, Store, Tx } from '../store/index.ts';
import type { Intent } from './intent.ts';
import { moveIntent, readIntentsById, snoozeIntent } from './store.ts';

export type Answer = 'approve' | 'reject';

/**
 * A person's answer to proposals. Two people at once make one decision: the second is told what it is already.
 * Throws INTENT_UNKNOWN, NOT_PROPOSED, PERSON_UNKNOWN or MAY_NOT_DECIDE before anything is changed; with `dryRun` nothing ever is.
 */
export async function answerProposals(
  store: Store,
  clock: Clock,
  ids: number[],
  answer: Answer,
  as: string,
  policy: Policy,
  dryRun = false,
): Promise<Intent[]> {
  const intents = await readProposals(store.reader, ids);
  const amounts = await readAmounts(store.reader, clock, intents, policy);
  await writeOrRehearse(store, dryRun, async (tx) => {
    const by = await readDecider(tx, as);
    await assertMayDecide(tx, intents, amounts, by, policy);
    const to = {
      state: answer === 'approve' ? 'ready' : 'rejected',
      reason: `${answer === 'approve' ? 'approved' : 'rejected'} by ${by}`,
      decidedBy: by,
    } as const;
    for (const intent of intents) {
      const now = clock.nowMs();
      if (!(await moveIntent(tx, intent.id, ['proposed'], to, now))) throw notProposed([intent]);
      // A turned-down step counts as done: the ladder goes on with the next one when that is due.
      if (answer === 'reject' && intent.reminderId !== null)
        await setReminderState(tx, intent.reminderId, 'refused');
      await auditAnswer(tx, intent, now, by, answer === 'approve' ? 'intent.approved' : 'intent.rejected');
    }
  });
  return intents;
}

/**
 * Leaves proposals out of the list until a day is over; they do not end before. Throws what answerProposals throws,
 * and BAD_DAY_RANGE for a day that is over or more than a month away.
 */
export async function snoozeProposals(
  store: Store,
  clock: Clock,
  ids: number[],
  until: Day,
  as: string,
  dryRun = false,
): Promise<Intent[]> {
  const intents = await readProposals(store.reader, ids);
  await writeOrRehearse(store, dryRun, async (tx) => {
    const by = await readDecider(tx, as);
    for (const intent of intents) {
      const now = clock.nowMs();
      const { timeZone } = await readConnection(tx, intent.connectionId);
      assertSoon(until, dayAt(now, timeZone));
      const dayAfterMs = instantAt(addDays(until, 2), '00:00', timeZone);
      const expiresAtMs = Math.max(intent.expiresAtMs, dayAfterMs);
      if (!(await snoozeIntent(tx, intent.id, { until, expiresAtMs }, now))) throw notProposed([intent]);
      await auditAnswer(tx, intent, now, by, 'intent.snoozed', { until });
    }
  });
  return intents;
}

async function readProposals(reader: Reader, ids: number[]): Promise<Intent[]> {
  const intents = await readIntentsById(reader, ids);
  const settled = intents.filter((intent) => intent.state !== 'proposed');
  if (settled.length > 0) throw notProposed(settled);
  return intents;
}

/**
 * What each proposal is worth, in base currency: what its customer owes now, sub-customers included; null when that
 * cannot be said. Nothing is read while nobody is registered, for then everybody may decide.
 */
async function readAmounts(
  reader: Reader,
  clock: Clock,
  intents: Intent[],
  policy: Policy,
): Promise<Map<number, number | null>> {
  const amounts = new Map<number, number | null>();
  if ((await readPeople(reader)).length === 0) return amounts;
  for (const [id, some] of Map.groupBy(intents, (intent) => intent.connectionId)) {
    const connection = await readConnection(reader, id);
    const asOf = dayAt(clock.nowMs(), connection.timeZone);
    const customers = some.map((intent) => intent.customerId);
    const facts = await readFactsAround(reader, connection, policy, asOf, customers).catch(notNow);
    for (const intent of some) {
      const of = facts?.facts.find((one) => one.customer.id === intent.customerId);
      amounts.set(
        intent.id,
        facts === null ? null : of === undefined ? 0 : (of.total.base?.exposureMinor ?? null),
      );
    }
  }
  return amounts;
}

/** Facts that there are none of just now (a sync that failed) are no reason that nobody may decide. */
function notNow(error: unknown): null {
  if (error instanceof HoldfastError && error.kind === 'state') return null;
  throw error;
}

async function assertMayDecide(
  tx: Tx,
  intents: Intent[],
  amounts: ReadonlyMap<number, number | null>,
  by: string,
  policy: Policy,
): Promise<void> {
  const person = await readPerson(tx, by);
  if (person === null) return;
  for (const intent of intents) {
    if (intent.kind === 'note') continue;
    const { baseCurrency } = await readConnection(tx, intent.connectionId);
    const right = mayDecide(policy, person, intent.kind, amounts.get(intent.id) ?? null, baseCurrency);
    if (!right.allowed)
      throw new HoldfastError('MAY_NOT_DECIDE', `Nothing was changed: ${intent.id}: ${right.why}.`, {
        hint: 'Somebody else must answer it: `holdfast people list`, and approvals in the policy.',
      });
  }
}

const SNOOZE_DAYS_AT_MOST = 31;

function assertSoon(until: Day, today: Day): void {
  if (until >= today && until <= addDays(today, SNOOZE_DAYS_AT_MOST)) return;
  const last = addDays(today, SNOOZE_DAYS_AT_MOST);
  throw new HoldfastError(
    'BAD_DAY_RANGE',
    `It can be put off until a day from ${today} to ${last}, not ${until}.`,
  );
}

async function auditAnswer(
  tx: Tx,
  intent: Intent,
  nowMs: number,
  by: string,
  action: string,
  more: Record<string, unknown> = {},
): Promise<void> {
  await appendAudit(tx, nowMs, {
    connectionId: intent.connectionId,
    actor: by,
    action,
    subject: `intent ${intent.id}`,
    details: { kind: intent.kind, customer: intent.customerId, name: intent.content.customerName, ...more },
  });
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
    hint: 'Only proposals can be approved, rejected or put off.',
  });
}
