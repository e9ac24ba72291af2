import {
  decideHolds,
  decideStandings,
  type StandingDecision,
  type StandingRecord,
} from '../decisions/index.ts';
import type { CustomerId } from '../domain/index.ts';
import { computeFacts, type CustomerFacts, type FactsInput } from '../facts/index.ts';
import { STANDINGS, compareStandings, type Policy, type Standing } from '../policy/index.ts';
import { effectiveLimit, evaluate, policyOf, type Flag } from '../rules/index.ts';
import { changeInput, type SimulatedChange } from './simulate-change.ts';
import { simulateFailure, type Failure } from './simulate-failure.ts';

/** A day as it is, or as it would be, in numbers. Base currency, minor units. */
export interface SimulatedTotals {
  exposureMinor: number;
  overdueMinor: number;
  /** Legal debtors of whom nothing can be decided: a rate is missing, or a row is in quarantine. */
  undecided: number;
  /** How many legal debtors stand how. */
  standings: Record<Standing, number>;
  held: number;
  /** Exposure of those who are held. */
  heldExposureMinor: number;
  /** Customers and groups over their limit, and by how much together. */
  breaches: number;
  overMinor: number;
  flags: number;
}

/** A limit that is passed, now or in the simulation. */
export interface Breach {
  customerId: CustomerId;
  name: string;
  /** The group whose limit it is; null = the customer's own. */
  group: string | null;
  exposureMinor: number;
  limitMinor: number;
  overMinor: number;
  /** By how much it is passed today; 0 = not at all. */
  overTodayMinor: number;
}

/** Who would stand otherwise than today. */
export interface SimulatedStanding {
  customerId: CustomerId;
  name: string;
  from: Standing;
  to: Standing;
  held: boolean;
  heldToday: boolean;
  exposureMinor: number | null;
  /** What gives it the new standing. */
  explanation: string;
}

export interface Simulation {
  today: SimulatedTotals;
  simulated: SimulatedTotals;
  /** The largest first. */
  breaches: Breach[];
  /** The most severe first, then the largest exposure. */
  changes: SimulatedStanding[];
  /** Flags that are not there today. */
  newFlags: Flag[];
  failure: Failure | null;
}

export interface SimulationOptions {
  input: FactsInput;
  /** What facts of the other policy are computed from, where it counts or converts otherwise; by default the same. */
  otherInput?: FactsInput;
  prior: ReadonlyMap<CustomerId, StandingRecord>;
  policy: Policy;
  /** Judges the simulated day; by default the same policy. */
  otherPolicy?: Policy;
  change: SimulatedChange;
  failing?: CustomerId;
  excluded: ReadonlySet<CustomerId>;
}

/** Judges a day as it is and as it would be, and compares. Pure. */
export function simulate(options: SimulationOptions): Simulation {
  const { input, otherInput = input, policy, otherPolicy = policy, change, failing } = options;
  const today = judgeDay(input, policy, options);
  const then = judgeDay(changeInput(otherInput, change), otherPolicy, options);
  return {
    today: today.totals,
    simulated: then.totals,
    breaches: breachesOf(then, today),
    changes: changesOf(then, today),
    newFlags: newFlagsOf(then, today),
    failure: failing === undefined ? null : simulateFailure(then.facts, failing),
  };
}

interface JudgedDay {
  facts: CustomerFacts[];
  flags: Flag[];
  standings: ReadonlyMap<CustomerId, StandingDecision>;
  held: ReadonlySet<CustomerId>;
  /** Amounts over a limit, by whose it is: a customer's id or 'group NAME'. */
  over: ReadonlyMap<string, Omit<Breach, 'overTodayMinor'>>;
  totals: SimulatedTotals;
}

function judgeDay(input: FactsInput, policy: Policy, { prior, excluded }: SimulationOptions): JudgedDay {
  const facts = computeFacts(input);
  const flags = evaluate(facts, policy);
  const decisions = decideStandings(facts, flags, prior, policy);
  const wishes = decideHolds(facts, decisions, new Map(), policy);
  const held = new Set(wishes.map((wish) => wish.customerId).filter((id) => !excluded.has(id)));
  const standings = new Map(decisions.map((one) => [one.customerId, one]));
  const over = overOf(facts, policy);
  return { facts, flags, standings, held, over, totals: totalsOf(facts, flags, standings, held, over) };
}

/** Customers and groups whose exposure is above their limit, or above what the policy gives who has none. */
function overOf(facts: CustomerFacts[], policy: Policy): JudgedDay['over'] {
  const over = new Map<string, Omit<Breach, 'overTodayMinor'>>();
  const put = (key: string, one: Omit<Breach, 'overTodayMinor' | 'overMinor'>): void => {
    const overMinor = one.exposureMinor - one.limitMinor;
    if (overMinor > 0) over.set(key, { ...one, overMinor });
  };
  for (const one of facts) {
    const { customer, total, group } = one;
    const { id: customerId, name } = customer;
    const limit = effectiveLimit(one, policyOf(one, policy));
    if (limit?.kind === 'amount' && total.base !== null) {
      const { exposureMinor } = total.base;
      put(customerId, { customerId, name, group: null, exposureMinor, limitMinor: limit.limitMinor });
    }
    if (group?.position.base == null || over.has(`group ${group.name}`)) continue;
    const { exposureMinor } = group.position.base;
    const { name: groupName, limitMinor } = group;
    put(`group ${groupName}`, { customerId, name, group: groupName, exposureMinor, limitMinor });
  }
  return over;
}

function totalsOf(
  facts: CustomerFacts[],
  flags: Flag[],
  standings: JudgedDay['standings'],
  held: JudgedDay['held'],
  over: JudgedDay['over'],
): SimulatedTotals {
  const debtors = facts.filter((one) => one.debtorId === one.customer.id);
  const sum = (some: CustomerFacts[], of: 'exposureMinor' | 'overdueMinor'): number =>
    some.reduce((total, one) => total + (one.total.base?.[of] ?? 0), 0);
  const undecided = new Set(
    flags.filter((flag) => flag.rule === 'cannot-decide').map((flag) => flag.customerId),
  );
  const counts = STANDINGS.map((standing): [Standing, number] => [
    standing,
    debtors.filter((one) => (standings.get(one.customer.id)?.standing ?? 'clear') === standing).length,
  ]);
  return {
    exposureMinor: sum(debtors, 'exposureMinor'),
    overdueMinor: sum(debtors, 'overdueMinor'),
    undecided: debtors.filter((one) => undecided.has(one.customer.id)).length,
    standings: Object.fromEntries(counts) as Record<Standing, number>,
    held: held.size,
    heldExposureMinor: sum(
      debtors.filter((one) => held.has(one.customer.id)),
      'exposureMinor',
    ),
    breaches: over.size,
    overMinor: [...over.values()].reduce((total, one) => total + one.overMinor, 0),
    flags: flags.length,
  };
}

function breachesOf(then: JudgedDay, today: JudgedDay): Breach[] {
  const breaches = [...then.over].map(([key, one]) => ({
    ...one,
    overTodayMinor: today.over.get(key)?.overMinor ?? 0,
  }));
  return breaches.sort((a, b) => b.overMinor - a.overMinor || (a.name < b.name ? -1 : 1));
}

function changesOf(then: JudgedDay, today: JudgedDay): SimulatedStanding[] {
  const changes = then.facts.flatMap(({ customer, total }): SimulatedStanding[] => {
    const [before, after] = [today.standings.get(customer.id), then.standings.get(customer.id)];
    const [held, heldToday] = [then.held.has(customer.id), today.held.has(customer.id)];
    const [from, to] = [before?.standing ?? 'clear', after?.standing ?? 'clear'];
    if (from === to && held === heldToday) return [];
    return [
      {
        ...{ customerId: customer.id, name: customer.name, from, to, held, heldToday },
        exposureMinor: total.base?.exposureMinor ?? null,
        explanation: after?.reasons[0]?.explanation ?? 'Nothing speaks against it any more.',
      },
    ];
  });
  return changes.sort(
    (a, b) => compareStandings(b.to, a.to) || (b.exposureMinor ?? 0) - (a.exposureMinor ?? 0),
  );
}

function newFlagsOf(then: JudgedDay, today: JudgedDay): Flag[] {
  const known = new Set(today.flags.map((flag) => `${flag.customerId} ${flag.rule} ${flag.severity}`));
  return then.flags.filter((flag) => !known.has(`${flag.customerId} ${flag.rule} ${flag.severity}`));
}
