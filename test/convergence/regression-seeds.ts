/** Seeds that once failed, and for what. Each is run whenever the tests are. */
export const REGRESSION_SEEDS: readonly { seed: number; http?: boolean; was: string }[] = [
  { seed: 7, was: 'coarse stamps: rows that shifted past counted pages' },
  { seed: 12, was: 'people who edit faster than pages are read' },
  { seed: 19, was: 'coarse stamps under a filter that has no effect' },
  { seed: 85, was: 'a voided payment that was deleted afterwards without a word' },
  { seed: 281, was: 'calls given up by the product that the emulator took to be under way for ever' },
  { seed: 324, was: 'the end of a day told while our clock was most of a day ahead' },
  { seed: 1189, was: 'a consent on a day whose calls are used up' },
  { seed: 416, was: 'the end of a day told while our clock was most of a day ahead' },
];
