import { describe, expect, it } from 'vitest';
import { runSeeds, seedsFrom, shown } from './campaign.ts';
import { REGRESSION_SEEDS } from './regression-seeds.ts';
import { runSeed } from './run-seed.ts';

/*
 * A random actor edits both worlds during random syncs under random faults; after three quiet cycles the mirror equals
 * the platforms field by field. A seed that fails names the command that replays it.
 */

describe('the mirror converges', () => {
  it.each([1, 16, 31, 46])(
    'for fifteen seeds from %i on, in this process',
    { timeout: 300_000 },
    async (first) => {
      const summary = await runSeeds(seedsFrom(first, 15));
      expect(summary.failures()).toBe('');
    },
  );

  it.each(REGRESSION_SEEDS)('for seed $seed, which once failed ($was)', { timeout: 60_000 }, async (one) => {
    expect(shown(await runSeed(one.seed, { http: one.http ?? false }))).toEqual([]);
  });

  it('in the same course whenever a seed is run again', { timeout: 60_000 }, async () => {
    for (const seed of [3, 28]) {
      const [once, again] = [await runSeed(seed), await runSeed(seed)];
      expect(again.trace).toBe(once.trace);
    }
    expect((await runSeed(29)).trace).not.toBe((await runSeed(28)).trace);
  });
});
