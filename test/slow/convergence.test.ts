import { expect, it } from 'vitest';
import { runSeeds, seedsFrom } from '../convergence/campaign.ts';
import { FAMILIES } from '../convergence/scenario.ts';

const IN_PROCESS = 500;
const OVER_HTTP = 50;

it('the mirror converges for 500 seeds in this process, every family of faults among them', async () => {
  const summary = await runSeeds(seedsFrom(1001, IN_PROCESS));
  console.log(`in process: ${summary.text()}`);
  expect(summary.failures()).toBe('');
  expect(FAMILIES.filter((family) => (summary.fired.get(family) ?? 0) === 0)).toEqual([]);
});

it('the mirror converges for 50 seeds over real HTTP', async () => {
  const summary = await runSeeds(seedsFrom(2001, OVER_HTTP), { http: true });
  console.log(`over HTTP: ${summary.text()}`);
  expect(summary.failures()).toBe('');
});
