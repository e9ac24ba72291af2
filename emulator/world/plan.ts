import type { BookCompany } from '../core/book.ts';
import { companyName, branchName } from './names.ts';
import { Random } from './random.ts';
import { foreignCurrencies } from './rates.ts';
import { SIZES } from './sizes.ts';
import type { Role, SizePlan, WorldSize } from './sizes.ts';

export type Archetype = 'early' | 'on-time' | 'late' | 'burst' | 'never';

/** Which kind of money or credit of theirs lies unapplied. */
export type Unapplied =
  | 'none'
  | 'overpayment'
  | 'credit-note'
  | 'part-prepayment'
  | 'cash'
  | 'part-credit-note'
  | 'small-credit-note';

/** Everything decided about a customer before its documents are made: small, so that 50,000 fit in memory. */
export interface CustomerPlan {
  index: number;
  role: Role;
  name: string;
  currency: string;
  termsDays: number;
  /** Usual days between due date and payment; negative = early. */
  habitDays: number;
  archetype: Archetype;
  /** Median invoice amount, minor units, and the spread of its logarithm. */
  typicalMinor: number;
  spread: number;
  floorMinor: number;
  openCount: number;
  /** Paid, voided, deleted and draft ones. */
  otherCount: number;
  /** Index of the parent of a branch; -1 for everyone else. */
  parentIndex: number;
  /** The ordinal of the family that it belongs to; -1 for none. */
  family: number;
  mergedInto: number;
  unapplied: Unapplied;
}

const FAMILY_SIZE = 3;

/** The customers of a company, parents before branches and merged ones after those that they went into. */
export function planCustomers(seed: number, company: BookCompany, size: WorldSize): CustomerPlan[] {
  const random = new Random(`${seed}/${company.id}/plan`);
  const sizes = SIZES[size];
  const draft: Draft = { random, company, nameOffset: random.int(0, 100_000), plans: [], counts: new Map() };
  for (const unit of random.shuffle(units(sizes))) {
    const parentIndex = draft.plans.length;
    for (let member = 0; member < unit.members; member += 1) {
      addPlan(draft, { ...unit, parentIndex: member === 0 ? -1 : parentIndex });
    }
  }
  addMerged(draft, sizes.roles.merged ?? 0);
  shareOut(random, draft.plans, sizes);
  return draft.plans;
}

/** The plans so far, with how many there are of each role. */
interface Draft {
  random: Random;
  company: BookCompany;
  nameOffset: number;
  plans: CustomerPlan[];
  counts: Map<Role, number>;
}

interface Unit {
  role: Role;
  members: number;
  family: number;
}

interface Place {
  role: Role;
  family: number;
  parentIndex: number;
}

/** One entry per stand-alone customer and one per family, in no particular order yet. */
function units(sizes: SizePlan): Unit[] {
  const list: Unit[] = [];
  for (let family = 0; family < sizes.families; family += 1) {
    list.push({ role: 'fine', members: FAMILY_SIZE, family });
  }
  for (const [role, count] of Object.entries(sizes.roles) as [Role, number][]) {
    if (role === 'merged') continue;
    for (let i = 0; i < count; i += 1) list.push({ role, members: 1, family: -1 });
  }
  const taken = list.reduce((sum, unit) => sum + unit.members, sizes.roles.merged ?? 0);
  for (let i = taken; i < sizes.customers; i += 1) list.push({ role: 'fine', members: 1, family: -1 });
  return list;
}

/** Decides one more customer and appends it. */
function addPlan(draft: Draft, place: Place): CustomerPlan {
  const { random, company, plans, nameOffset } = draft;
  const { role, family, parentIndex } = place;
  const index = plans.length;
  const parent = plans[parentIndex];
  const floorMinor = floorOf(role);
  const drawnMinor = Math.round(90_000 * Math.exp(0.8 * random.normal()));
  const plan: CustomerPlan = {
    index,
    role,
    name: parent
      ? branchName(parent.name, index - parent.index, nameOffset)
      : companyName(index, nameOffset, company.country),
    currency: parent ? parent.currency : pickCurrency(random, company, role),
    termsDays: random.pick([14, 30, 30, 30, 60]),
    ...pickHabit(random, role),
    typicalMinor: Math.max(drawnMinor, floorMinor * 1.5),
    spread: random.between(0.25, 0.75),
    floorMinor,
    openCount: 0,
    otherCount: 0,
    parentIndex,
    family,
    mergedInto: -1,
    unapplied: pickUnapplied(place, nextOf(draft, role)),
  };
  plans.push(plan);
  return plan;
}

/** How many of that role came before. */
function nextOf(draft: Draft, role: Role): number {
  const count = draft.counts.get(role) ?? 0;
  draft.counts.set(role, count + 1);
  return count;
}

/** Amounts are kept above this where a rule's own threshold (250 overdue, 1,000 open) would otherwise decide. */
function floorOf(role: Role): number {
  return role === 'fine' || role === 'idle' || role === 'archived' ? 4_000 : 70_000;
}

function pickCurrency(random: Random, company: BookCompany, role: Role): string {
  const foreign = random.chance(0.16) && role !== 'zero' && role !== 'unassessed';
  return foreign && company.multiCurrency
    ? random.pick(foreignCurrencies(company.baseCurrency))
    : company.baseCurrency;
}

function pickHabit(random: Random, role: Role): { archetype: Archetype; habitDays: number } {
  if (role === 'late-hold') {
    const never = random.chance(0.4);
    return { archetype: never ? 'never' : 'late', habitDays: random.int(35, 55) };
  }
  if (role === 'late-mild' || role === 'cash-first')
    return { archetype: 'late', habitDays: random.int(9, 22) };
  const archetype = random.pick(['early', 'early', 'on-time', 'on-time', 'late', 'burst'] as const);
  const habits = { early: [-12, -2], 'on-time': [-1, 1], late: [3, 9], burst: [0, 0] } as const;
  const [least, most] = habits[archetype];
  return { archetype, habitDays: random.int(least, most) };
}

/** Credits go round by position, so that even the smallest world has every kind. */
function pickUnapplied(place: Place, nth: number): Unapplied {
  if (place.role === 'cash-first') return 'cash';
  if (place.role === 'late-hold') return nth % 5 === 1 ? 'small-credit-note' : 'none';
  if (place.role !== 'fine' || place.family >= 0) return 'none';
  const round = [
    'none',
    'overpayment',
    'credit-note',
    'none',
    'part-prepayment',
    'part-credit-note',
    'cash',
  ] as const;
  return round[nth % round.length] ?? 'none';
}

/** Merged customers keep their name and their archived shell; their documents moved with the merge. */
function addMerged(draft: Draft, count: number): void {
  const targets = draft.plans.filter((plan) => plan.role === 'fine' && plan.family < 0);
  for (let i = 0; i < count; i += 1) {
    const target = draft.random.pick(targets);
    const merged = addPlan(draft, { role: 'merged', family: -1, parentIndex: -1 });
    merged.mergedInto = target.index;
    merged.currency = target.currency;
  }
}

/** Hands out the exact numbers of open and of other invoices by heavy-tailed weights. */
function shareOut(random: Random, plans: CustomerPlan[], sizes: SizePlan): void {
  const open = apportion(sizes.open, plans, (plan) => leastOpen(plan.role), random);
  const other = apportion(sizes.invoices - sizes.open, plans, (plan) => leastOther(plan), random);
  plans.forEach((plan, i) => {
    plan.openCount = open[i] ?? 0;
    plan.otherCount = other[i] ?? 0;
  });
}

function apportion(
  total: number,
  plans: CustomerPlan[],
  least: (plan: CustomerPlan) => number,
  random: Random,
): number[] {
  const floors = plans.map(least);
  const spare = total - floors.reduce((sum, floor) => sum + Math.max(0, floor), 0);
  const weights = floors.map((floor) => (floor < 0 ? 0 : Math.exp(0.7 * random.normal())));
  const allWeight = weights.reduce((sum, weight) => sum + weight, 0);
  let reached = 0;
  let given = 0;
  return floors.map((floor, i) => {
    reached += weights[i] ?? 0;
    const upTo = Math.round((spare * reached) / allWeight);
    const share = upTo - given;
    given = upTo;
    return Math.max(0, floor) + share;
  });
}

/** The fewest open invoices of a role; -1 = none at all, whatever is left to share. */
function leastOpen(role: Role): number {
  if (role === 'idle' || role === 'archived' || role === 'merged') return -1;
  if (role === 'fine' || role === 'unlimited' || role === 'zero') return 1;
  return 2;
}

function leastOther(plan: CustomerPlan): number {
  if (plan.role === 'merged') return -1;
  return plan.archetype === 'never' ? 1 : 2;
}
