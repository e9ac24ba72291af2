import { formatMoney } from '../domain/index.ts';
import type { HoldRelease } from '../cases/index.ts';
import type { CustomerFacts } from '../facts/index.ts';
import { compareStandings, type PolicyForCustomer, type Standing } from '../policy/index.ts';
import { manualReasons, type Reason } from './reason.ts';

/** A standing with what it rests on; the first reason is the one that gives it. */
export interface Decided {
  standing: Standing;
  reasons: Reason[];
}

export const CLEAR: Decided = { standing: 'clear', reasons: [] };

/** No release makes a standing milder than this: somebody looks at each order while a hold is lifted by hand. */
const RELEASED_TO: Standing = 'approve-first';

const isWorse = (a: Standing, b: Standing): boolean => compareStandings(a, b) > 0;
const led = (reason: Reason, { reasons }: Decided): Decided => ({
  standing: reason.standing,
  reasons: [reason, ...reasons],
});

/** The policy's override of this customer: never milder than its atLeast, never more severe than its atMost. */
export function applyOverride(decided: Decided, facts: CustomerFacts, policy: PolicyForCustomer): Decided {
  const { override } = policy;
  if (override === null) return decided;
  const { atLeast, atMost } = override.set;
  const until = `until ${override.until}: ${override.reason}`;
  const name = facts.customer.name;
  if (atLeast !== undefined && isWorse(atLeast, decided.standing)) {
    const explanation = `The policy’s override keeps ${name} on ${atLeast} or worse ${until}. No payment changes that.`;
    return led({ rule: 'override', standing: atLeast, explanation }, decided);
  }
  if (atMost === undefined || !isWorse(decided.standing, atMost)) return decided;
  const explanation = `The policy’s override keeps ${name} on ${atMost} or better ${until}. Without it: ${decided.standing}.`;
  return led({ rule: 'override', standing: atMost, explanation }, decided);
}

/** A person's release: while it is in force and the exposure has not grown beyond it, a hold is not kept up. */
export function applyRelease(decided: Decided, facts: CustomerFacts): Decided {
  if (facts.releases.length === 0 || !isWorse(decided.standing, RELEASED_TO)) return decided;
  const exposureMinor = facts.total.base?.exposureMinor ?? Infinity;
  const release = facts.releases.find((one) => lifts(one, facts) && exposureMinor <= one.upToExposureMinor);
  if (release === undefined) return decided;
  const explanation =
    `${release.by} released ${facts.customer.name} until ${release.until} while it owes no more than ` +
    `${formatMoney(release.upToExposureMinor, facts.baseCurrency)}: ${release.reason}. Without it: ${decided.standing}.`;
  return led({ rule: 'released', standing: RELEASED_TO, explanation }, decided);
}

/** A release of one order is the order desk's alone. */
const lifts = ({ scope, from, until }: HoldRelease, { asOf }: CustomerFacts): boolean =>
  scope !== 'order' && from <= asOf && asOf <= until;

/** The highest exposure that a release in force covers; null without one. Minor units, base currency. */
export function releasedUpTo(facts: CustomerFacts, below: Standing): number | null {
  if (!isWorse(below, RELEASED_TO)) return null;
  const covered = facts.releases.filter((one) => lifts(one, facts)).map((one) => one.upToExposureMinor);
  return covered.length === 0 ? null : Math.max(...covered);
}

/** A person's own word: never milder than what was set, whatever the figures say. */
export function applyManual(decided: Decided, facts: CustomerFacts): Decided {
  if (facts.manualStandings.length === 0) return decided;
  const manual = manualReasons(facts);
  const leading = manual.filter((reason) => !isWorse(decided.standing, reason.standing));
  const milder = manual.filter((reason) => isWorse(decided.standing, reason.standing));
  return {
    standing: leading[0]?.standing ?? decided.standing,
    reasons: [...leading, ...decided.reasons, ...milder],
  };
}

/** A sub-customer stands no better than its legal debtor. */
export function inherit(decided: Decided, debtorName: string, debtor: Decided): Decided {
  if (!isWorse(debtor.standing, decided.standing)) return decided;
  const explanation = `Its legal debtor ${debtorName} is on ${debtor.standing}.`;
  return led({ rule: 'parent', standing: debtor.standing, explanation }, decided);
}
