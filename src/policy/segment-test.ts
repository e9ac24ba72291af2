import { toMinor } from '../domain/index.ts';
import { compileNamePattern } from './name-pattern.ts';
import type { CustomerProfile } from './customer-profile.ts';
import type { Segment } from './schema.ts';

/** Tells whether a customer belongs to a segment. */
export type SegmentTest = (who: CustomerProfile) => boolean;

type When = Segment['when'];

/** Makes the test of one segment: all its conditions must hold. What nobody knows of a customer never holds. */
export function segmentTest({ when }: Pick<Segment, 'when'>): SegmentTest {
  const conditions: SegmentTest[] = [
    ...oneOf(when.currency, (who) => [who.currency]),
    ...oneOf(when.country, (who) => [who.country]),
    ...oneOf(when.group, (who) => (who.group === null ? [] : [who.group])),
    ...oneOf(when.tag, (who) => who.tags),
    ...terms(when.termsDays),
    ...size(when.balance),
    ...called(when.nameMatches),
  ];
  return (who) => conditions.every((holds) => holds(who));
}

/** Holds when any entry of the list is any of the customer's words; capitals and outer spaces do not matter. */
function oneOf(list: string[] | undefined, wordsOf: (who: CustomerProfile) => readonly string[]) {
  if (list === undefined) return [];
  const wanted = new Set(list.map(sameWord));
  return [(who: CustomerProfile) => wordsOf(who).some((word) => wanted.has(sameWord(word)))];
}

/** How a word is compared: people do not agree on capitals, nor do systems on how an accent is written. */
export const sameWord = (word: string): string => word.normalize('NFC').trim().toLowerCase();

function terms(range: When['termsDays']): SegmentTest[] {
  if (range === undefined) return [];
  const { atLeast = 0, atMost = Infinity } = range;
  return [({ termsDays }) => termsDays !== null && termsDays >= atLeast && termsDays <= atMost];
}

function size(range: When['balance']): SegmentTest[] {
  if (range === undefined) return [];
  const { atLeast, below } = range;
  return [
    ({ balanceMinor, baseCurrency }) =>
      balanceMinor !== null &&
      (atLeast === undefined || balanceMinor >= toMinor(atLeast, baseCurrency)) &&
      (below === undefined || balanceMinor < toMinor(below, baseCurrency)),
  ];
}

function called(pattern: string | undefined): SegmentTest[] {
  if (pattern === undefined) return [];
  const matches = compileNamePattern(pattern);
  return [(who) => matches(who.name)];
}
