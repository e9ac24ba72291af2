import { expect, it } from 'vitest';
import { runSeeds, seedsFrom } from './campaign.ts';

it('the mirror converges over real HTTP for ten seeds', { timeout: 300_000 }, async () => {
  const summary = await runSeeds(seedsFrom(1, 10), { http: true });
  expect(summary.failures()).toBe('');
});
