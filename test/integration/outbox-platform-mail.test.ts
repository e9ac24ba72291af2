import { afterEach, describe, expect, it } from 'vitest';
import {
  dispatchFor,
  EFFECT_CALLS,
  expectTraced,
  late,
  oneCompany,
  only,
  threeDaysLater,
} from '../support/outbox-steps.ts';
import type { World, WorldOptions } from '../support/world.ts';

const MINUTE = 60_000;

let world: World;
afterEach(async () => {
  await expectTraced(world);
  await world.close();
});

describe.each(['xero', 'quickbooks'] as const)('the e-mail of %s', (platform) => {
  const { send: fault, look } = EFFECT_CALLS[platform];

  async function openDecided(options: Partial<WorldOptions> = {}): Promise<void> {
    world = await oneCompany(platform, [late], { mail: false, ...options });
    await world.night();
  }

  it('whose reply is lost is found on the platform, and was sent once', async () => {
    await openDecided();
    world.emulator.faults.add({ ...fault, cutAtByte: 0, times: 1 });
    await world.dispatch();
    expect(await only(world, 'reminder')).toMatchObject({ state: 'unknown' });
    await dispatchFor(world, 2);
    expect(await only(world, 'reminder')).toMatchObject({ state: 'done' });
    await threeDaysLater(world);
    expect(world.platformMails()).toHaveLength(1);
  });

  it('of which nothing shows after three looks in fifteen minutes is for a person, never sent again', async () => {
    await openDecided();
    const id = world.emulator.faults.add({ ...fault, status: 500 });
    await world.dispatch();
    await dispatchFor(world, 14);
    expect(await only(world, 'reminder')).toMatchObject({ state: 'unknown' });
    await dispatchFor(world, 3);
    expect(await only(world, 'reminder')).toMatchObject({ state: 'person' });
    expect(world.emulator.faults.list()[0]?.struck).toBe(1);
    world.emulator.faults.clear(id);
    await threeDaysLater(world);
    expect(world.platformMails()).toEqual([]);
    expect(await only(world, 'reminder')).toMatchObject({ state: 'person' });
  });

  it('that was answered by a page of somebody else counts as unknown, not as sent', async () => {
    await openDecided();
    world.emulator.faults.add({ ...fault, status: 200, body: '<html>Please log in to the Wi-Fi</html>' });
    await world.dispatch();
    expect(await only(world, 'reminder')).toMatchObject({ state: 'unknown' });
    await dispatchFor(world, 17);
    expect(await only(world, 'reminder')).toMatchObject({ state: 'person' });
    expect(world.platformMails()).toEqual([]);
  });

  it('that shows ten minutes late is found by a later look', async () => {
    await openDecided({
      quirks: { xero: { historyDelayMs: 10 * MINUTE }, quickbooks: { sendDelayMs: 10 * MINUTE } },
    });
    world.emulator.faults.add({ ...fault, cutAtByte: 0, times: 1 });
    await world.dispatch();
    await dispatchFor(world, 9);
    expect(await only(world, 'reminder')).toMatchObject({ state: 'unknown' });
    await dispatchFor(world, 8);
    expect(await only(world, 'reminder')).toMatchObject({ state: 'done' });
    expect(world.platformMails()).toHaveLength(1);
  });

  it.each([
    ['was refused', { status: 400, body: '{}' }],
    ['was put off', { status: 429, headers: { 'retry-after': '0' }, body: '{}' }],
  ])('that the platform took is done and not sent again when the look that follows %s', async (_, how) => {
    await openDecided();
    world.emulator.faults.add({ ...look, ...how, times: 4 });
    await world.dispatch();
    await dispatchFor(world, 20);
    expect(await only(world, 'reminder')).toMatchObject({ state: 'done' });
    expect(world.platformMails()).toHaveLength(1);
  });

  it('is put off by a limit, and refused for good by a no', async () => {
    await openDecided();
    const body = platform === 'quickbooks' ? { Fault: { Error: [{ code: '3001' }] } } : 'too many';
    world.emulator.faults.add({ ...fault, status: 429, headers: { 'retry-after': '1' }, body, times: 1 });
    await world.dispatch();
    expect(await only(world, 'reminder')).toMatchObject({ state: 'ready' });
    world.emulator.faults.add({ ...fault, status: 400, body: {} });
    await dispatchFor(world, 3);
    expect(await only(world, 'reminder')).toMatchObject({ state: 'refused' });
    expect(world.emulator.faults.list()[1]?.struck).toBe(1);
    expect(world.platformMails()).toEqual([]);
  });
});
