import { formatMoney, type CustomerId } from '../domain/index.ts';
import type { CustomerFacts } from '../facts/index.ts';
import type { Policy } from '../policy/index.ts';
import { isProbablyPaid } from '../rules/index.ts';
import { isHeld } from './kept-hold.ts';
import type { StandingDecision } from './standing-record.ts';

/**
 * A hold as we know it on the platform. 'drift': we placed it and a person took it away; their change wins, and it
 * is not placed again while the cause lasts.
 */
export interface Hold {
  customerId: CustomerId;
  /** Counts the holds of this customer; part of an intent's key. */
  episode: number;
  state: 'on' | 'off' | 'drift';
}

/** A hold that should be placed or released, and the sentence for staff that says why. */
export interface HoldWish {
  customerId: CustomerId;
  customerName: string;
  action: 'place' | 'release';
  episode: number;
  /** The day since when the standing asks for it; a person's earlier rejection counts from then. */
  since: string;
  reason: string;
  /** Why a person should look before it is placed; null when there is no doubt. */
  doubt: string | null;
}

/**
 * What the platform should be told, compared with what it was told. Only legal debtors are held; archived ones are
 * left alone; nothing is wished for twice. Pure.
 */
export function decideHolds(
  facts: CustomerFacts[],
  standings: StandingDecision[],
  holds: ReadonlyMap<CustomerId, Hold>,
  policy: Policy,
): HoldWish[] {
  const standingOf = new Map(standings.map((decision) => [decision.customerId, decision]));
  return facts.flatMap((one) => {
    const decision = standingOf.get(one.customer.id);
    if (decision === undefined || one.customer.status !== 'active') return [];
    return wishFor(one, decision, holds.get(one.customer.id), policy);
  });
}

function wishFor(
  facts: CustomerFacts,
  decision: StandingDecision,
  hold: Hold | undefined,
  policy: Policy,
): HoldWish[] {
  const isDebtor = facts.debtorId === facts.customer.id;
  const wanted = isDebtor && asksForHold(decision, policy);
  const state = hold?.state ?? 'off';
  const base = {
    customerId: facts.customer.id,
    customerName: facts.customer.name,
    since: decision.since,
    doubt: null,
  };
  if (wanted && state === 'off') {
    const reason = decision.reasons[0]?.explanation ?? `standing ${decision.standing}`;
    const doubt = doubtOf(facts, decision, policy);
    return [{ ...base, action: 'place', episode: (hold?.episode ?? 0) + 1, reason, doubt }];
  }
  if (!wanted && state === 'on') {
    const reason = isDebtor
      ? whyReleased(decision)
      : 'It is a sub-customer now: its legal debtor answers for it.';
    return [{ ...base, action: 'release', episode: hold?.episode ?? 1, reason }];
  }
  return [];
}

/** A cause that a person or the policy's override covers is not gone. */
function whyReleased({ standing, reasons }: StandingDecision): string {
  const [first] = reasons;
  if (first?.rule === 'released' || first?.rule === 'override') return first.explanation;
  return `The cause of the hold is gone: the standing is ${standing}.`;
}

/**
 * A hold for arrears alone waits for a person while unapplied money reaches the policy's share of what is overdue: the
 * arrears are probably paid and only not allocated yet.
 */
function doubtOf(facts: CustomerFacts, { reasons }: StandingDecision, policy: Policy): string | null {
  const { invoices, credits } = facts.total;
  if (credits.length === 0) return null;
  const held = reasons.filter((reason) => isHeld(reason.standing));
  if (!held.every((reason) => reason.rule === 'overdue')) return null;
  const overdue = invoices.filter((invoice) => invoice.dueDate < facts.asOf);
  if (!isProbablyPaid(credits, overdue, policy.gates.unappliedCashAtLeastPercent)) return null;
  const received = credits.map(({ number, date, currency, openMinor }) => {
    return `${formatMoney(openMinor, currency)} of ${date} (${number})`;
  });
  return `probably already paid: ${received.join(', ')} is not allocated yet`;
}

function asksForHold(decision: StandingDecision, policy: Policy): boolean {
  if (decision.standing === 'clear') return false;
  return policy.standings[decision.standing].effect === 'hold';
}

/** Holds whose drift is over: their cause is gone, so a new cause may place a new hold. */
export function settledDrifts(
  standings: StandingDecision[],
  holds: ReadonlyMap<CustomerId, Hold>,
  policy: Policy,
): CustomerId[] {
  return standings
    .filter((decision) => holds.get(decision.customerId)?.state === 'drift' && !asksForHold(decision, policy))
    .map((decision) => decision.customerId);
}
