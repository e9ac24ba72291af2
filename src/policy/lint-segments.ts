import type { Contradiction } from './contradiction.ts';
import { faultOfNamePattern } from './name-pattern.ts';
import { compareStandings, type Override, type PolicyDocument, type Segment } from './schema.ts';
import { sameWord } from './segment-test.ts';

/** Segments that can match nobody, that are called the same, or that say the same as an earlier one. */
export function findSegmentFaults({ segments }: PolicyDocument): Contradiction[] {
  return segments.flatMap((segment, index) => [
    ...checkRanges(segment, index),
    ...checkPattern(segment, index),
    ...checkUnique(segments, index),
  ]);
}

function checkRanges({ when }: Segment, index: number): Contradiction[] {
  const path = ['segments', index, 'when'];
  const { balance, termsDays } = when;
  const faults = {
    balance: balance && faultOfSize(balance),
    termsDays: termsDays && faultOfTerms(termsDays),
  };
  return Object.entries(faults).flatMap(([key, message]) =>
    message === undefined || message === null ? [] : [{ path: [...path, key], message }],
  );
}

type When = Segment['when'];

function faultOfSize({ atLeast, below }: NonNullable<When['balance']>): string | null {
  if (atLeast === undefined && below === undefined) return 'this says nothing: give atLeast, below or both';
  if (below === 0) return 'only customers in credit owe less than 0: give an amount, or leave "below" out';
  if (atLeast === undefined || below === undefined || atLeast < below) return null;
  return `nobody owes at least ${atLeast} and less than ${below}: "below" must be more than "atLeast"`;
}

function faultOfTerms({ atLeast, atMost }: NonNullable<When['termsDays']>): string | null {
  if (atLeast === undefined && atMost === undefined) return 'this says nothing: give atLeast, atMost or both';
  if (atLeast === undefined || atMost === undefined || atLeast <= atMost) return null;
  return `no terms are at least ${atLeast} and at most ${atMost} days: swap them`;
}

function checkPattern({ when }: Segment, index: number): Contradiction[] {
  if (when.nameMatches === undefined) return [];
  const fault = faultOfNamePattern(when.nameMatches);
  if (fault === null) return [];
  const message =
    `this is not a pattern that RE2 can take (${fault}): ` +
    'there are no look-arounds and no backreferences; in single quotes a backslash stays as it is';
  return [{ path: ['segments', index, 'when', 'nameMatches'], message }];
}

function checkUnique(segments: readonly Segment[], index: number): Contradiction[] {
  const segment = segments[index];
  const earlier = segments.slice(0, index);
  if (segment === undefined) return [];
  const namesake = earlier.findIndex((other) => sameWord(other.name) === sameWord(segment.name));
  if (namesake >= 0)
    return [
      {
        path: ['segments', index, 'name'],
        message: `segments.${namesake} is called "${earlier[namesake]?.name ?? ''}" too: give each its own name`,
      },
    ];
  const twin = earlier.findIndex((other) => sameConditions(other, segment));
  if (twin < 0) return [];
  const message = `the same customers are in "${earlier[twin]?.name ?? ''}", which goes before it: make one segment of the two`;
  return [{ path: ['segments', index, 'when'], message }];
}

function sameConditions(a: Segment, b: Segment): boolean {
  const key = ({ when }: Segment): string =>
    JSON.stringify(
      Object.entries(when)
        .map(([name, value]) => [name, Array.isArray(value) ? value.map(String).toSorted() : value] as const)
        .sort(([x], [y]) => (x < y ? -1 : 1)),
    );
  return key(a) === key(b);
}

/** Overrides that are over before they begin, that ask for the impossible, or of which two are for one customer at a time. */
export function findOverrideFaults({ overrides }: PolicyDocument): Contradiction[] {
  return [
    ...overrides.flatMap((override, index) => checkOverride(override, index)),
    ...checkOverlaps(overrides),
  ];
}

function checkOverride({ from, until, set }: Override, index: number): Contradiction[] {
  const found: Contradiction[] = [];
  if (from !== undefined && from > until)
    found.push({
      path: ['overrides', index, 'until'],
      message: `it ends (${until}) before it begins (${from}): set a later day, or remove the override`,
    });
  if (set.atMost !== undefined && set.atLeast !== undefined && compareStandings(set.atMost, set.atLeast) < 0)
    found.push({
      path: ['overrides', index, 'set', 'atMost'],
      message: `no standing is at most ${set.atMost} and at least ${set.atLeast}: swap them, or keep one`,
    });
  return found;
}

/** Sorted by beginning, so that a thousand overrides are compared with their neighbours only. */
function checkOverlaps(overrides: readonly Override[]): Contradiction[] {
  const numbered = overrides.map((override, index) => ({ override, index }));
  const groups = Map.groupBy(numbered, ({ override }) => override.customer);
  return [...groups.values()].flatMap((group) => {
    const byStart = group.sort(
      (a, b) => startOf(a.override).localeCompare(startOf(b.override)) || a.index - b.index,
    );
    return byStart.slice(1).flatMap(({ override, index }, at) => {
      const before = byStart[at];
      if (before === undefined || before.override.until < startOf(override)) return [];
      const message =
        `overrides.${before.index} is for "${override.customer}" too, until ${before.override.until}: ` +
        'put both into one, or give the later one a "from" after the other ends';
      return [{ path: ['overrides', index], message }];
    });
  });
}

const startOf = ({ from }: Override): string => from ?? '';
