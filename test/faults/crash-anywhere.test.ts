import { afterEach, describe, expect, it } from 'vitest';
import { setTimeout as delay } from 'node:timers/promises';
import { copyOf, busyBook, damages, endState, expectSound, goOn, type Copy } from './crash-copies.ts';
import { killWhen, reached, startVictim } from './crash-process.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
const copies: Copy[] = [];
afterEach(async () => {
  copies.splice(0).forEach((copy) => copy.remove());
  await world.close();
});

const NEVER_MS = 600_000;
/** Moments of a run, in ms after its first call; the same in every run of this test. */
const MOMENTS_MS = [0, 11, 37, 83];

describe.each(['xero', 'quickbooks'] as const)('a sync of %s that is killed', (platform) => {
  const api = { xero: '^/api\\.xro/', quickbooks: '^/v3/company/' }[platform];

  async function open(): Promise<void> {
    world = await startWorld({ [platform]: [busyBook()], mail: false });
  }
  async function copy(): Promise<Copy> {
    copies.push(await copyOf(world));
    return copies.at(-1)!;
  }
  const seen = (): number => world.emulator.faults.list()[0]?.seen ?? 0;

  /** What one undisturbed run leads to, and how many calls it makes. */
  async function undisturbed(): Promise<{ state: unknown; calls: number }> {
    const clean = await copy();
    const app = clean.open();
    world.emulator.faults.add({ path: api, after: 1e9 });
    await goOn(app, world);
    const calls = seen();
    world.emulator.faults.clear();
    const state = await endState(app, world);
    await app.close();
    return { state, calls };
  }

  /** The next start goes on to the same end. */
  async function expectSameEnd(killed: Copy, state: unknown): Promise<void> {
    world.emulator.faults.clear();
    expect(damages(killed.file)).toEqual([]);
    const app = killed.open();
    try {
      await expect(endState(app, world)).rejects.toMatchObject({
        code: expect.stringMatching(/SYNC/) as string,
      });
      await goOn(app, world);
      expect(await endState(app, world)).toEqual(state);
      await expectSound(app, killed);
    } finally {
      await app.close();
    }
  }

  it(
    'fault 52: at any of its calls ends, when gone on with, as if nothing had happened',
    { timeout: 120_000 },
    async () => {
      await open();
      const { state, calls } = await undisturbed();
      expect(calls).toBeGreaterThan(4);
      for (let call = 0; call < calls; call += 1) {
        const killed = await copy();
        world.emulator.faults.add({ path: api, after: call, delayMs: NEVER_MS });
        const victim = startVictim(['sync', world.ids[0]!], killed);
        await killWhen(victim, () => (world.emulator.faults.list()[0]?.struck ?? 0) > 0);
        await expectSameEnd(killed, state);
      }
    },
  );

  it(
    'fault 52: at any moment, in the middle of a page too, ends the same',
    { timeout: 120_000 },
    async () => {
      await open();
      const { state, calls } = await undisturbed();
      for (const [index, moment] of MOMENTS_MS.entries()) {
        const killed = await copy();
        // The last call never returns, so that however slow this machine is, no run is over before it is killed.
        world.emulator.faults.add({ path: api, after: calls - 1, delayMs: NEVER_MS });
        const victim = startVictim(['sync', world.ids[0]!], killed);
        const from = Math.floor((index * (calls - 1)) / MOMENTS_MS.length);
        await reached(victim, () => seen() > from);
        await delay(moment);
        expect(await victim.kill()).toBe(true);
        await expectSameEnd(killed, state);
      }
    },
  );
});
