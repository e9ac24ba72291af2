import type { CustomerId } from '../domain/index.ts';
import { ownRiskMinor, type CustomerFacts } from '../facts/index.ts';

/** How much of all exposure lies with few debtors. Shares are 0 to 1; null = nobody owes anything. */
export interface Concentration {
  debtors: number;
  exposureMinor: number;
  largestShare: number | null;
  topFiveShare: number | null;
  topTenShare: number | null;
  /** Herfindahl–Hirschman: the sum of all squared shares; 1 = one debtor owes all. */
  index: number | null;
}

/** What one debtor's failure would cost. Base currency, minor units; null = a rate is missing. */
export interface Failure {
  customerId: CustomerId;
  name: string;
  /** Who fails with it: its sub-customers. */
  members: CustomerId[];
  exposureMinor: number | null;
  /** What an insurer would pay of it. */
  insuredMinor: number | null;
  /** What is left to bear: the loss, if nothing is recovered. */
  ownRiskMinor: number | null;
  /** Of the exposure of all debtors, 0 to 1. */
  share: number | null;
  before: Concentration;
  after: Concentration;
}

/** The failure of a customer together with its legal debtor: a sub-customer does not fail alone. Pure. */
export function simulateFailure(facts: readonly CustomerFacts[], customerId: CustomerId): Failure | null {
  const asked = facts.find((one) => one.customer.id === customerId);
  const debtor = facts.find((one) => one.customer.id === asked?.debtorId);
  if (debtor === undefined) return null;
  const exposureMinor = debtor.total.base?.exposureMinor ?? null;
  const insured = debtor.limitTerms?.insured ?? null;
  const own = exposureMinor === null ? null : ownRiskMinor(exposureMinor, insured);
  const before = concentrationOf(facts);
  const owed = exposureMinor === null ? null : Math.max(0, exposureMinor);
  return {
    customerId: debtor.customer.id,
    name: debtor.customer.name,
    members: debtor.descendants,
    exposureMinor,
    insuredMinor: owed === null || own === null ? null : owed - own,
    ownRiskMinor: own,
    share: owed === null || before.exposureMinor === 0 ? null : owed / before.exposureMinor,
    before,
    after: concentrationOf(facts.filter((one) => one.debtorId !== debtor.customer.id)),
  };
}

/** Of legal debtors, each with its sub-customers; who is in credit owes nothing. Pure. */
export function concentrationOf(facts: readonly CustomerFacts[]): Concentration {
  const owed = facts
    .filter((one) => one.debtorId === one.customer.id)
    .map((one) => Math.max(0, one.total.base?.exposureMinor ?? 0))
    .filter((minor) => minor > 0)
    .sort((a, b) => b - a);
  const sum = owed.reduce((total, minor) => total + minor, 0);
  const share = (count: number): number | null =>
    sum === 0 ? null : owed.slice(0, count).reduce((total, minor) => total + minor, 0) / sum;
  return {
    debtors: owed.length,
    exposureMinor: sum,
    largestShare: share(1),
    topFiveShare: share(5),
    topTenShare: share(10),
    index: sum === 0 ? null : owed.reduce((total, minor) => total + (minor / sum) ** 2, 0),
  };
}
