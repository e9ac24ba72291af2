import { describe, expect, it } from 'vitest';
import { faultWorld, PLATFORMS } from './fault-world.ts';
import { expectInvariants } from './invariants.ts';
describe.each(PLATFORMS)('x %s', (name) => {
  it('a', async () => {
    const world = await faultWorld(name);
    await world.night();
    await world.dispatch();
    expect(world.emulator.effects.list().length).toBeGreaterThan(1);
    await expectInvariants(world);
  });
  it('b', async () => {
    const world = await faultWorld(name, {http: true, companies: [[],[]]});
    await world.sync();
    await expectInvariants(world);
  });
});
