import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { setKillSwitch } from '../../src/cases/index.ts';
import { settleByHand } from '../../src/outbox/index.ts';
import {
  dispatchFor,
  expectTraced,
  late,
  oneCompany,
  only,
  threeDaysLater,
} from '../support/outbox-steps.ts';
import { bill, type Debtor } from '../support/small-book.ts';
import { startSmtpGate, type SmtpGate } from '../support/smtp-gate.ts';
import type { World } from '../support/world.ts';

let world: World;
afterEach(async () => {
  await expectTraced(world);
  await world.close();
});

describe('a reminder by mail', () => {
  let gate: SmtpGate | null = null;
  afterEach(async () => {
    await gate?.close();
    gate = null;
  });

  async function openGated(debtors: Debtor[]): Promise<SmtpGate> {
    gate = await startSmtpGate();
    world = await oneCompany('quickbooks', debtors, { settings: { SMTP_URL: gate.url } });
    gate.behind(world.emulator.smtpUrl);
    await world.night();
    return gate;
  }

  it.each([/^EHLO/im, /^MAIL FROM/im, /^RCPT TO/im, /^DATA/im])(
    'is sent again when the connection died at %s: no text had left',
    async (command) => {
      const door = await openGated([late]);
      door.cutAt(command);
      await world.dispatch();
      expect(await only(world, 'reminder')).toMatchObject({ state: 'ready' });
      door.cutAt(null);
      await dispatchFor(world, 1);
      expect(await only(world, 'reminder')).toMatchObject({ state: 'done' });
      expect(await world.inbox()).toHaveLength(1);
    },
  );

  it('is given up for the day when the server cannot be reached again and again, and planned again', async () => {
    const door = await openGated([late]);
    door.cutAt(/^EHLO/im);
    await dispatchFor(world, 24);
    expect(await only(world, 'reminder')).toMatchObject({ state: 'expired' });
    expect(door.clients()).toBe(20);
    world.moveTo('2026-03-12T03:00:00Z');
    await world.night();
    const states = (await world.intents({ kinds: ['reminder'] })).map((intent) => intent.state);
    expect(states).toEqual(['expired', 'ready']);
    expect(door.clients()).toBe(20);
  });

  it('is refused with the server’s own words when the address does not exist', async () => {
    world = await oneCompany('quickbooks', [late]);
    await world.mailFaults([{ then: 'reject-recipient' }]);
    await world.night();
    await dispatchFor(world, 3);
    expect(await only(world, 'reminder')).toMatchObject({
      state: 'refused',
      stateReason: expect.stringContaining('No such mailbox') as string,
    });
    expect(await world.inbox()).toEqual([]);
  });

  it('goes to the addresses that the server takes, and says which it did not', async () => {
    world = await oneCompany('quickbooks', [{ ...late, email: 'kim@birch.example,jo@birch.example' }]);
    await world.mailFaults([{ then: 'reject-recipient', recipient: 'jo@birch.example' }]);
    await world.night();
    const { lines } = await world.dispatch();
    expect(lines).toMatchObject([{ state: 'done' }]);
    expect(lines[0]?.detail).toContain('not accepted for jo@birch.example');
    expect((await world.inbox()).map((mail) => mail.recipients)).toEqual([['kim@birch.example']]);
  });

  it('that the server puts off (451) is sent later, once', async () => {
    world = await oneCompany('quickbooks', [late]);
    await world.mailFaults([{ then: 'defer', times: 1 }]);
    await world.night();
    await world.dispatch();
    expect(await only(world, 'reminder')).toMatchObject({ state: 'ready' });
    await dispatchFor(world, 2);
    expect(await only(world, 'reminder')).toMatchObject({ state: 'done' });
    expect(await world.inbox()).toHaveLength(1);
  });

  it.each([
    { then: 'drop-before-dot', arrived: 0 },
    { then: 'drop-after-dot', arrived: 1 },
  ] as const)(
    'that was lost with its text under way ($then) is for a person, never sent again',
    async ({ then, arrived }) => {
      world = await oneCompany('quickbooks', [late]);
      await world.mailFaults([{ then, times: 1 }]);
      await world.night();
      await world.dispatch();
      expect(await only(world, 'reminder')).toMatchObject({ state: 'unknown' });
      await dispatchFor(world, 2);
      expect(await only(world, 'reminder')).toMatchObject({ state: 'person' });
      await threeDaysLater(world);
      expect(await only(world, 'reminder')).toMatchObject({ state: 'person' });
      expect(await world.inbox()).toHaveLength(arrived);
    },
  );

  it('is settled by the person who looked it up, and the ladder goes on from there', async () => {
    world = await oneCompany('quickbooks', [late]);
    await world.mailFaults([{ then: 'drop-before-dot', times: 1 }]);
    await world.night();
    await world.dispatch();
    await dispatchFor(world, 2);
    const { store, clock } = world.app;
    const { id } = await only(world, 'reminder');
    await settleByHand(store, clock, id, true, 'Kim');
    expect(await only(world, 'reminder')).toMatchObject({ state: 'done', decidedBy: 'Kim' });
    await expect(settleByHand(store, clock, id, false, 'Jo')).rejects.toMatchObject({ code: 'NOT_UNKNOWN' });
    world.moveTo('2026-03-16T10:00:00Z');
    await world.night();
    await world.dispatch();
    expect((await world.inbox()).map((mail) => mail.subject.split(':')[0])).toEqual(['Second reminder']);
  });

  it('stops at the kill switch within one message of a batch', async () => {
    const many = ['Birch', 'Cedar', 'Dogwood', 'Elder'].map((name): Debtor => ({
      name,
      bills: [bill(`${name}-1`, 2, 10_00)],
    }));
    world = await oneCompany('quickbooks', many);
    await world.mailFaults([{ then: 'delay', delayMs: 300 }]);
    await world.night();
    const batch = world.dispatch();
    while (world.emulator.effects.list('mail').length === 0) await delay(10);
    await world.app.store.write((tx) => setKillSwitch(tx, true, { by: 'Kim', atMs: 0 }));
    const { lines } = await batch;
    expect(lines.map((line) => line.state)).toEqual(['done', 'ready', 'ready', 'ready']);
    expect(await world.inbox()).toHaveLength(1);
  });

  it('stops at the kill switch even between the look before and the attempt', async () => {
    world = await oneCompany('quickbooks', [late]);
    await world.night();
    const { faults } = world.emulator;
    faults.add({
      method: 'GET',
      path: '^/v3/company/[^/]+/query\\?.*FROM\\W+Customer',
      delayMs: 300,
      times: 1,
    });
    const under = world.dispatch();
    while (faults.list()[0]!.struck === 0) await delay(10);
    await world.app.store.write((tx) => setKillSwitch(tx, true, { by: 'Kim', atMs: 0 }));
    expect((await under).lines).toMatchObject([{ state: 'ready', detail: 'waits: the kill switch is on' }]);
    expect(await world.inbox()).toEqual([]);
  });

  it('is sent once by two dispatchers that start at the same moment', async () => {
    world = await oneCompany('quickbooks', [late]);
    await world.night();
    const both = await Promise.all([world.dispatch(), world.dispatch()]);
    expect(both.flatMap((one) => one.lines)).toHaveLength(1);
    expect(await world.inbox()).toHaveLength(1);
  });
});
