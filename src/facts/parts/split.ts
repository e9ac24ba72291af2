import type {
  CaseFile,
  CaseNotes,
  Dispute,
  HoldRelease,
  LimitEntry,
  LimitTable,
  LimitTerms,
  ManualStanding,
  PaymentPromise,
} from '../../cases/index.ts';
import type { CustomerId } from '../../domain/index.ts';
import type { IdRange, LedgerCustomer } from '../../mirror/index.ts';

/** Some customers with all that their facts need of people's word: nobody outside has anything to do with them. */
export interface Part {
  /** Whose documents belong to it: these customers', or those of everybody in a range who is in no other part. */
  whose: { only: CustomerId[] } | { range: IdRange };
  customers: LedgerCustomer[];
  limits: LimitTable;
  notes: CaseNotes;
}

/** Everybody in parts. */
export interface Parts {
  all: Part[];
  /** Who is in a part that names its customers: documents of theirs that lie in a range belong there. */
  isLinked: (id: CustomerId) => boolean;
}

/** So many customers are enough for a part: what they take dies young, and memory stays as it is. */
export const CUSTOMERS_AT_ONCE = 300;

/**
 * Everybody in parts: those who stand alone by ranges of ids (strangers whom only documents name among them), and
 * whole families and limit groups by name. `customers` in the order of ids. Pure.
 */
export function splitEverybody(
  customers: LedgerCustomer[],
  file: CaseFile,
  atOnce = CUSTOMERS_AT_ONCE,
): Parts {
  const circles = findCircles(customers, file.limits);
  const alone = customers.filter(({ id }) => !circles.has(id));
  const linked = gatherCircles(circles, atOnce);
  const ranges = rangesOf(alone, atOnce);
  const filled = [
    ...ranges.map((range) => emptyPart({ range })),
    ...linked.map((only) => emptyPart({ only })),
  ];
  const placeOf = placeFinder(ranges, linked);
  fillParts(filled, placeOf, customers, file);
  return { all: filled, isLinked: (id) => circles.has(id) };
}

function rangesOf(alone: LedgerCustomer[], atOnce: number): IdRange[] {
  const starts = alone.filter((_, at) => at % atOnce === 0).map(({ id }) => id as string);
  const [, ...later] = starts;
  return ['', ...later].map((from, at) => ({ from, below: later[at] ?? null }));
}

/** Circles put together until there are enough of them for a part. */
function gatherCircles(circles: ReadonlyMap<CustomerId, CustomerId[]>, atOnce: number): CustomerId[][] {
  const parts: CustomerId[][] = [];
  let part: CustomerId[] = [];
  for (const circle of new Set(circles.values())) {
    if (part.length === 0) parts.push(part);
    part.push(...circle);
    if (part.length >= atOnce) part = [];
  }
  return parts;
}

/** In which part a customer is: quickest for those who come in the order of their ids. */
function placeFinder(ranges: IdRange[], linked: CustomerId[][]): (id: CustomerId) => number {
  const places = new Map<CustomerId, number>();
  linked.forEach((part, at) => part.forEach((id) => places.set(id, ranges.length + at)));
  let last = 0;
  const isIn = (at: number, id: string): boolean => {
    const { from, below } = ranges[at] ?? { from: '', below: '' };
    return id >= from && (below === null || id < below);
  };
  return (id) => {
    const linkedAt = places.get(id);
    if (linkedAt !== undefined) return linkedAt;
    while (last < ranges.length && !isIn(last, id)) last += 1;
    if (last === ranges.length) last = ranges.findIndex((_, at) => isIn(at, id));
    return last;
  };
}

/** By customer, all that hang together with it; who stands alone is not in it. */
function findCircles(customers: LedgerCustomer[], limits: LimitTable): Map<CustomerId, CustomerId[]> {
  const circles = new Map<CustomerId, CustomerId[]>();
  const join = (one: CustomerId, other: CustomerId): void => {
    const [a, b] = [circles.get(one) ?? [one], circles.get(other) ?? [other]];
    if (a === b || one === other) return;
    const [small, large] = a.length < b.length ? [a, b] : [b, a];
    for (const id of small) {
      large.push(id);
      circles.set(id, large);
    }
    for (const id of [one, other]) circles.set(id, large);
  };
  for (const { id, parent, mergedInto } of customers) {
    if (parent !== null) join(id, parent);
    if (mergedInto !== null) join(id, mergedInto);
  }
  const firstOf = new Map<string, CustomerId>();
  for (const { customerId, group } of limits.entries) {
    if (group === null) continue;
    const first = firstOf.get(group);
    if (first === undefined) firstOf.set(group, customerId);
    else join(first, customerId);
  }
  return circles;
}

/** A part while it is filled. */
interface Filling extends Part {
  limits: { entries: LimitEntry[]; groups: LimitTable['groups'] };
  notes: {
    limitTerms: Map<CustomerId, LimitTerms>;
    tags: Map<CustomerId, readonly string[]>;
    disputes: Dispute[];
    promises: PaymentPromise[];
    manualStandings: ManualStanding[];
    releases: HoldRelease[];
  };
}

function emptyPart(whose: Part['whose']): Filling {
  const lists = { disputes: [], promises: [], manualStandings: [], releases: [] };
  const notes = { limitTerms: new Map(), tags: new Map(), ...lists };
  return { whose, customers: [], limits: { entries: [], groups: [] }, notes };
}

function fillParts(
  parts: Filling[],
  placeOf: (id: CustomerId) => number,
  customers: LedgerCustomer[],
  { limits, ...notes }: CaseFile,
): void {
  const into = <T>(
    all: Iterable<T>,
    whose: (one: T) => CustomerId,
    put: (part: Filling, one: T) => void,
  ): void => {
    for (const one of all) {
      const part = parts[placeOf(whose(one))];
      if (part !== undefined) put(part, one);
    }
  };
  const itsOwn = (one: { customerId: CustomerId }): CustomerId => one.customerId;
  into(
    customers,
    ({ id }) => id,
    (part, one) => part.customers.push(one),
  );
  into(limits.entries, itsOwn, ({ limits: own }, one) => own.entries.push(one));
  into(
    notes.limitTerms,
    ([id]) => id,
    ({ notes: own }, [id, terms]) => own.limitTerms.set(id, terms),
  );
  into(
    notes.tags,
    ([id]) => id,
    ({ notes: own }, [id, tags]) => own.tags.set(id, tags),
  );
  into(notes.disputes, itsOwn, ({ notes: own }, one) => own.disputes.push(one));
  into(notes.promises, itsOwn, ({ notes: own }, one) => own.promises.push(one));
  into(notes.manualStandings, itsOwn, ({ notes: own }, one) => own.manualStandings.push(one));
  into(notes.releases, itsOwn, ({ notes: own }, one) => own.releases.push(one));
  giveGroups(parts, limits.groups);
}

/** A group's limit goes where its members are. */
function giveGroups(parts: Filling[], groups: LimitTable['groups']): void {
  const byName = new Map(groups.map((group) => [group.name, group]));
  for (const { limits } of parts) {
    const names = new Set(limits.entries.flatMap(({ group }) => group ?? []));
    limits.groups = [...names].flatMap((name) => byName.get(name) ?? []);
  }
}
