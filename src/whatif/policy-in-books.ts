import type { Day } from '../domain/index.ts';
import type { CustomerFacts } from '../facts/index.ts';
import {
  findCurrencyFaults,
  policyFor,
  releaseFaultsOf,
  type Override,
  type Policy,
} from '../policy/index.ts';
import { profileOf } from '../rules/index.ts';

/** One company's customers, for looking at a policy beside them. */
export interface Book {
  /** 'Bramble & Flint Supplies Ltd (xero-1)' */
  name: string;
  baseCurrency: string;
  asOf: Day;
  facts: CustomerFacts[];
}

/** Something in a policy that does not fit the books. */
export interface BookFinding {
  path: (string | number)[];
  message: string;
  /** 'remark': it does no harm, or nobody can know. */
  kind: 'fault' | 'remark';
}

/**
 * What only shows beside the books: overrides for customers that are not there, that are meant twice or that are over,
 * segments that match nobody, thresholds for a release that are milder than what places the hold for a real customer,
 * and amounts that a base currency cannot have. `allSeen`: no company is left out, so that who is in none of the books
 * does not exist. Pure.
 */
export function findInBooks(policy: Policy, books: Book[], allSeen: boolean): BookFinding[] {
  if (books.length === 0) return [];
  const named = policy.overrides.length > 0;
  const indexed = books.map((book) => ({ ...book, byKey: named ? indexOf(book.facts) : NOBODY }));
  return [
    ...checkSegments(policy, books, allSeen),
    ...policy.overrides.flatMap((override, index) => checkOverride(override, index, indexed, allSeen)),
    ...indexed.flatMap((book) => [
      ...checkDoubles(policy, book),
      ...checkReleases(policy, book),
      ...findCurrencyFaults(policy, book.baseCurrency).map((fault) => ({ ...fault, kind: 'fault' as const })),
    ]),
  ];
}

const NOBODY: IndexedBook['byKey'] = new Map();

interface IndexedBook extends Book {
  /** Customers by id, account number and name: whatever an override may call them. */
  byKey: ReadonlyMap<string, CustomerFacts[]>;
}

function indexOf(facts: CustomerFacts[]): Map<string, CustomerFacts[]> {
  const byKey = new Map<string, CustomerFacts[]>();
  for (const one of facts) {
    const { id, accountNumber, name } = one.customer;
    for (const key of new Set([id, accountNumber?.trim() ?? '', name.trim()])) {
      const some = byKey.get(key);
      if (some === undefined) byKey.set(key, [one]);
      else some.push(one);
    }
  }
  return byKey;
}

/** Size is of the day: a segment of large customers that has none today is no mistake. */
function checkSegments(policy: Policy, books: Book[], allSeen: boolean): BookFinding[] {
  const matched = matchedSegments(policy, books);
  const missed = policy.segments.filter(({ name }) => !matched.has(name));
  const whateverSize = missed.map(({ when: { balance: _balance, ...when }, ...rest }) => ({ ...rest, when }));
  const matchedBesides = matchedSegments({ ...policy, segments: whateverSize }, books);
  return missed.map(({ name }): BookFinding => {
    const path = ['segments', policy.segments.findIndex((segment) => segment.name === name), 'when'];
    if (matchedBesides.has(name)) {
      const message = `the segment "${name}" matches nobody of that size in ${namesOf(books)} today`;
      return { path, message, kind: 'remark' };
    }
    const message = `the segment "${name}" matches nobody in ${namesOf(books)}: correct its conditions, or remove it`;
    return { path, message, kind: allSeen ? 'fault' : 'remark' };
  });
}

function matchedSegments(policy: Policy, books: Book[]): Set<string> {
  const matched = new Set<string>();
  if (policy.segments.length === 0) return matched;
  for (const { asOf, facts } of books)
    for (const one of facts)
      for (const name of policyFor(policy, profileOf(one), asOf).inSegments) matched.add(name);
  return matched;
}

function checkOverride(
  override: Override,
  index: number,
  books: IndexedBook[],
  allSeen: boolean,
): BookFinding[] {
  const path = ['overrides', index, 'customer'];
  if (books.every((book) => override.until < book.asOf)) {
    const message = `this override of "${override.customer}" ended on ${override.until}: it can be removed`;
    return [{ path, message, kind: 'remark' }];
  }
  const found = books.map((book) => ({
    book,
    customers: book.byKey.get(override.customer) ?? [],
  }));
  const ambiguous = found
    .filter(({ customers }) => customers.length > 1)
    .map(({ book, customers }): BookFinding => {
      const ids = customers.map(({ customer }) => `${customer.name} (${customer.id})`).join(', ');
      const message = `"${override.customer}" means ${customers.length} customers of ${book.name}: ${ids}. Use the id of one`;
      return { path, message, kind: 'fault' };
    });
  if (found.some(({ customers }) => customers.length > 0))
    return [...ambiguous, ...inSeveral(override, path, found)];
  const message =
    `no customer of ${namesOf(books)} has the id, account number or name "${override.customer}": ` +
    'write it as `holdfast facts` does (the id without the connection before it), or remove the override';
  return [{ path, message, kind: allSeen ? 'fault' : 'remark' }];
}

/** One name in two companies: meant for both, perhaps. */
function inSeveral(
  override: Override,
  path: BookFinding['path'],
  found: { book: Book; customers: CustomerFacts[] }[],
): BookFinding[] {
  const hits = found.filter(({ customers }) => customers.length > 0).map(({ book }) => book);
  if (hits.length < 2) return [];
  const message = `"${override.customer}" is a customer in ${namesOf(hits)}: the override counts in each of them`;
  return [{ path, message, kind: 'remark' }];
}

/** Two overrides of one customer at a time, which name it differently. */
function checkDoubles(policy: Policy, book: IndexedBook): BookFinding[] {
  const placed = policy.overrides.flatMap((override, index) =>
    (book.byKey.get(override.customer) ?? []).map((one) => ({ one, override, index })),
  );
  return [...Map.groupBy(placed, ({ one }) => one.customer.id).values()].flatMap((meant) =>
    meant.slice(1).flatMap(({ one, override, index }, at): BookFinding[] => {
      const other = meant.slice(0, at + 1).find((before) => overlap(before.override, override));
      if (other === undefined || other.override.customer === override.customer) return [];
      const message =
        `overrides.${other.index} ("${other.override.customer}") is for the same customer of ${book.name} ` +
        `(${one.customer.name}) at the same time: put both into one`;
      return [{ path: ['overrides', index, 'customer'], message, kind: 'fault' }];
    }),
  );
}

const overlap = (a: Override, b: Override): boolean => (a.from ?? '') <= b.until && (b.from ?? '') <= a.until;

/** Segments together may make what none of them makes alone. One customer of each kind is looked at. */
function checkReleases(policy: Policy, book: Book): BookFinding[] {
  if (policy.segments.length === 0) return [];
  const kinds = new Map(
    book.facts.map((one) => [policyFor(policy, profileOf(one), book.asOf), one.customer.name] as const),
  );
  return [...kinds].flatMap(([own, name]) =>
    releaseFaultsOf(own).map((fault): BookFinding => {
      const index = policy.segments.findIndex((segment) => own.inSegments.includes(segment.name));
      const who = `for ${name} of ${book.name}${own.inSegments.length > 0 ? `, in ${own.inSegments.join(' and ')},` : ''}`;
      return {
        path: index < 0 ? ['release'] : ['segments', index],
        message: `${who} ${fault}`,
        kind: 'fault',
      };
    }),
  );
}

const namesOf = (books: Book[]): string => books.map(({ name }) => name).join(', ');
