import { appendAudits, type AuditEntry } from '../audit/index.ts';
import { addDays, type Day } from '../domain/index.ts';
import type { HoldWish } from '../decisions/index.ts';
import type { Connection } from '../mirror/index.ts';
import type { Policy } from '../policy/index.ts';
import {
  claimStep,
  expiryAfter,
  nextOpening,
  setReminderState,
  windowOf,
  type DueReminder,
} from '../reminders/index.ts';
import type { Store, Tx } from '../store/index.ts';
import { blastRadius } from './blast-radius.ts';
import type { HoldContent, IntentKind, NewIntent, ReminderContent } from './intent.ts';
import { countByNight, hasAnswer, insertIntent, moveIntent, readIntents } from './store.ts';

/** Holds outlast a weekend and a holiday; the freshness gate keeps an old one from being carried out on old data. */
const HOLD_LIFE_MS = 7 * 86_400_000;
/** What the platform refused is asked for again after a week, when somebody may have made room for it. */
const REFUSAL_COUNTS_DAYS = 6;

export interface PlanBasis {
  connection: Connection;
  policy: Policy;
  asOf: Day;
  run: number;
  nowMs: number;
  /** Active customers, for the blast radius. */
  customers: number;
  mailConfigured: boolean;
}

export interface PlanSummary {
  planned: { kind: IntentKind; state: string; customerName: string }[];
  /** Proposals of earlier nights whose cause is gone. */
  superseded: number;
  /** Kinds that wait for a person because there were too many at once. */
  stopped: string[];
}

/**
 * Turns a night's wishes into committed intents: what is on its way already, or was turned down for this cause, is
 * not asked for again; what the policy and the connection's mode do not make automatic is proposed.
 */
export async function planEffects(
  store: Store,
  basis: PlanBasis,
  wishes: HoldWish[],
  reminders: DueReminder[],
): Promise<PlanSummary> {
  return store.write(async (tx) => {
    const summary: PlanSummary = { planned: [], superseded: 0, stopped: [] };
    summary.superseded = await supersedeHolds(tx, basis, wishes);
    await reviseDoubts(tx, basis, wishes);
    const plan: Planning = { tx, basis, summary, audits: [] };
    for (const action of ['place', 'release'] as const) {
      const fresh = await withoutAnswer(
        tx,
        basis,
        wishes.filter((wish) => wish.action === action),
      );
      const verdict = await judge(
        tx,
        basis,
        `hold.${action}`,
        fresh.length,
        isAutomatic(basis, `hold.${action}`),
      );
      if (verdict.stopped !== null) summary.stopped.push(`hold.${action}: ${verdict.stopped}`);
      for (const wish of fresh) await planHold(plan, wish, withDoubt(verdict, wish));
    }
    await planReminders(plan, reminders);
    await appendAudits(tx, basis.nowMs, plan.audits);
    return summary;
  });
}

/** A plan while it is made. */
interface Planning {
  tx: Tx;
  basis: PlanBasis;
  summary: PlanSummary;
  /** In the order in which they are to be written down. */
  audits: AuditEntry[];
}

interface Verdict {
  state: 'ready' | 'proposed';
  reason: string;
  stopped: string | null;
}

async function judge(
  tx: Tx,
  basis: PlanBasis,
  kind: IntentKind,
  count: number,
  automatic: boolean,
): Promise<Verdict> {
  if (!automatic) return { state: 'proposed', reason: 'waits for approval', stopped: null };
  const nights = await countByNight(tx, basis.connection.id, kind, basis.asOf);
  const stopped = blastRadius(count, basis.customers, nights, basis.policy.gates.blastRadius);
  if (stopped !== null) return { state: 'proposed', reason: `waits for approval: ${stopped}`, stopped };
  return { state: 'ready', reason: 'automatic by policy', stopped: null };
}

function isAutomatic({ connection, policy }: PlanBasis, kind: IntentKind): boolean {
  if (connection.mode !== 'automatic') return false;
  if (kind === 'reminder') return policy.reminders.automatic;
  return kind === 'hold.release' ? policy.releaseHolds.automatic : policy.standings.hold.automatic;
}

const DOUBTED = 'waits for approval: probably already paid';

/** What is probably paid already waits for a person, however automatic the policy is. */
function withDoubt(verdict: Verdict, { doubt }: HoldWish): Verdict {
  if (doubt === null || verdict.state === 'proposed') return verdict;
  return { state: 'proposed', reason: `waits for approval: ${doubt}`, stopped: null };
}

/** A doubt may come while a hold waits to be placed, and go while it waits for a person. */
async function reviseDoubts(tx: Tx, basis: PlanBasis, wishes: HoldWish[]): Promise<void> {
  const waiting = await readIntents(tx, {
    connectionId: basis.connection.id,
    states: ['proposed', 'ready'],
    kinds: ['hold.place'],
  });
  const placed = new Map(wishes.flatMap((one) => (one.action === 'place' ? [[one.customerId, one]] : [])));
  for (const intent of waiting) {
    const wish = placed.get(intent.customerId);
    if (wish === undefined) continue;
    if (wish.doubt !== null && intent.state === 'ready' && intent.decidedBy === 'policy') {
      const to = { state: 'proposed', reason: `waits for approval: ${wish.doubt}` } as const;
      await moveIntent(tx, intent.id, ['ready'], to, basis.nowMs);
    }
    if (wish.doubt === null && intent.state === 'proposed' && intent.stateReason.startsWith(DOUBTED)) {
      if (!isAutomatic(basis, 'hold.place')) continue;
      const to = {
        state: 'ready',
        reason: 'automatic by policy: the doubt is gone',
        decidedBy: 'policy',
      } as const;
      await moveIntent(tx, intent.id, ['proposed'], to, basis.nowMs);
    }
  }
}

async function withoutAnswer(tx: Tx, basis: PlanBasis, wishes: HoldWish[]): Promise<HoldWish[]> {
  const fresh: HoldWish[] = [];
  for (const wish of wishes) {
    const kind = `hold.${wish.action}` as const;
    const since = { cause: wish.since, refusal: addDays(basis.asOf, -REFUSAL_COUNTS_DAYS) };
    if (!(await hasAnswer(tx, basis.connection.id, wish.customerId, kind, since))) fresh.push(wish);
  }
  return fresh;
}

/** A proposal or a waiting effect that no wish asks for any more is taken back. */
async function supersedeHolds(tx: Tx, basis: PlanBasis, wishes: HoldWish[]): Promise<number> {
  const waiting = await readIntents(tx, {
    connectionId: basis.connection.id,
    states: ['proposed', 'ready'],
    kinds: ['hold.place', 'hold.release'],
  });
  const wanted = new Set(wishes.map(({ customerId, action }) => `hold.${action} ${customerId}`));
  let count = 0;
  for (const intent of waiting) {
    if (wanted.has(`${intent.kind} ${intent.customerId}`)) continue;
    const to = { state: 'superseded', reason: 'its cause is gone' } as const;
    if (await moveIntent(tx, intent.id, ['proposed', 'ready'], to, basis.nowMs)) count += 1;
  }
  return count;
}

async function planHold(plan: Planning, wish: HoldWish, verdict: Verdict): Promise<void> {
  const { basis } = plan;
  const content: HoldContent = {
    customerName: wish.customerName,
    episode: wish.episode,
    reason: wish.reason,
  };
  await commit(plan, {
    ...common(basis, verdict),
    kind: `hold.${wish.action}`,
    key: `hold.${wish.action}:${wish.customerId}:${wish.episode}:${basis.asOf}`,
    customerId: wish.customerId,
    reminderId: null,
    content,
    notBeforeMs: basis.nowMs,
    expiresAtMs: basis.nowMs + HOLD_LIFE_MS,
  });
}

async function planReminders(plan: Planning, due: DueReminder[]): Promise<void> {
  const { tx, basis, summary } = plan;
  const channel = channelOf(basis);
  if (channel === null || due.length === 0) return;
  const verdict = await judge(tx, basis, 'reminder', due.length, isAutomatic(basis, 'reminder'));
  if (verdict.stopped !== null) summary.stopped.push(`reminder: ${verdict.stopped}`);
  const timesIn = windowTimes(basis);
  for (const reminder of due) {
    const country = reminder.country || basis.connection.country;
    const reminderId = await claimStep(tx, basis.connection.id, reminder);
    if (reminderId === null) continue;
    const { billTo, episode, step } = reminder;
    const planned = await commit(plan, {
      ...common(basis, verdict),
      kind: 'reminder',
      key: `reminder:${billTo}:${episode}:${step}:${basis.asOf}`,
      customerId: billTo,
      reminderId,
      content: { ...reminderContent(reminder, channel), country },
      ...timesIn(country),
    });
    // The same step was planned, and withdrawn, earlier today: it is not asked for twice in a day.
    if (!planned) await setReminderState(tx, reminderId, 'superseded');
  }
}

/** When a message may leave and until when, by country: the same for all who are written to there. */
function windowTimes({ policy, connection, nowMs }: PlanBasis) {
  const known = new Map<string, Pick<NewIntent, 'notBeforeMs' | 'expiresAtMs'>>();
  return (country: string) => {
    const found = known.get(country);
    if (found !== undefined) return found;
    const window = windowOf(policy, connection.timeZone, country);
    const notBeforeMs = nextOpening(window, nowMs);
    const times = { notBeforeMs, expiresAtMs: expiryAfter(window, notBeforeMs) };
    known.set(country, times);
    return times;
  };
}

/** 'mail' is the default once SMTP is configured; without it the platform's own e-mail is what there is. */
function channelOf({ policy, mailConfigured, connection }: PlanBasis): 'mail' | 'platform' | null {
  const wanted = policy.reminders.channel;
  if (wanted === 'none' || (wanted === 'mail' && !mailConfigured)) return null;
  const channel = wanted === 'platform' || !mailConfigured ? 'platform' : 'mail';
  // Xero's demo company has real-looking addresses: its own mail is never used.
  return channel === 'platform' && connection.isDemo ? null : channel;
}

function reminderContent(reminder: DueReminder, channel: 'mail' | 'platform'): ReminderContent {
  const { billToName, episode, step, position, addresses } = reminder;
  const invoiceIds = reminder.invoices.map((invoice) => invoice.id);
  return { customerName: billToName, channel, episode, step, position, addresses, invoiceIds };
}

function common(basis: PlanBasis, verdict: Verdict) {
  return {
    connectionId: basis.connection.id,
    asOf: basis.asOf,
    run: basis.run,
    policyHash: basis.policy.hash,
    state: verdict.state,
    stateReason: verdict.reason,
    decidedBy: verdict.state === 'ready' ? 'policy' : null,
  };
}

async function commit({ tx, basis, summary, audits }: Planning, intent: NewIntent): Promise<boolean> {
  const id = await insertIntent(tx, intent, basis.nowMs);
  if (id === null) return false;
  const customerName = intent.content.customerName;
  summary.planned.push({ kind: intent.kind, state: intent.state, customerName });
  audits.push({
    connectionId: basis.connection.id,
    actor: 'night',
    action: `intent.${intent.state}`,
    subject: `intent ${id}`,
    details: {
      kind: intent.kind,
      customer: intent.customerId,
      name: customerName,
      reason: intent.stateReason,
      asOf: intent.asOf,
      run: intent.run,
      policy: intent.policyHash,
    },
  });
  return true;
}
