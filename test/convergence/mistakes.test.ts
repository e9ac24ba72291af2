import { describe, expect, it } from 'vitest';
import type { Mistake } from './mistake.ts';
import * as mistakes from './mistakes.ts';
import { runSeed, type SeedReport } from './run-seed.ts';

/*
 * The harness is worth what it finds. Each mistake is planted into the product by wrapping one of its seams; a few seeds
 * must find it, and the seed that did must be right again without it.
 */

const MOST_SEEDS = 25;

/** The first seed that finds something wrong, or null. */
async function firstCaught(mistake: Mistake): Promise<SeedReport | null> {
  for (let seed = 1; seed <= MOST_SEEDS; seed += 1) {
    const report = await runSeed(seed, { mistake });
    if (report.problems.length > 0) return report;
  }
  return null;
}

const PLANTED: [what: string, mistake: Mistake, problem: RegExp][] = [
  ['a cursor that is the newest row seen', mistakes.newestSeenAsCursor, /mirror|missing/],
  ['our own clock as the cursor', mistakes.localClockAsCursor, /mirror|missing/],
  ['a last page that is skipped because it is short', mistakes.shortPageSkipped, /mirror|missing/],
  ['archived customers that are not asked for', mistakes.archivedIgnored, /^\S+, .*customer/],
  ['a refresh without the lock', mistakes.refreshWithoutLock, /refresh/],
  ['a capped change data capture that is taken for whole', mistakes.cdcCapIgnored, /mirror|missing/],
  ['a zone that is dropped from a time', mistakes.zoneDropped, /updated_at_ms/],
  ['pages that are counted instead of found by time', mistakes.countedPages, /mirror|missing/],
  ['a cursor that is saved before its page', mistakes.cursorBeforePage, /mirror|missing/],
  ['deletions that are ignored', mistakes.deletesIgnored, /was deleted/],
  ['a sweep that is left out', mistakes.sweepLeftOut, /has it no more/],
  ['an older version that overwrites a newer one', mistakes.olderVersionWins, /invoice .* mirror/],
  ['calls in the name of another company', mistakes.companyMixedUp, /mirror|missing/],
  ['a failed list that is taken for an empty one', mistakes.failureTakenForEmpty, /mirror|missing/],
  ['cents that fall off', mistakes.centsLost, /open_minor/],
];

describe('the harness catches', () => {
  it.each(PLANTED)('%s', { timeout: 120_000 }, async (_what, mistake, problem) => {
    const caught = await firstCaught(mistake);
    expect(caught?.problems.join('\n')).toMatch(problem);
    const innocent: Mistake = mistake.fixed === undefined ? {} : { fixed: mistake.fixed };
    expect((await runSeed(caught!.seed, { mistake: innocent })).problems).toEqual([]);
  });
});
