import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { editNotes } from '../../emulator/quickbooks/edits.ts';
import type { NativeCustomer } from '../../emulator/quickbooks/native.ts';
import { readAudit } from '../../src/audit/index.ts';
import { answerProposals } from '../../src/outbox/index.ts';
import {
  dispatchFor,
  EFFECT_CALLS,
  expectTraced,
  late,
  oneCompany,
  only,
  overLimit,
} from '../support/outbox-steps.ts';
import type { World } from '../support/world.ts';

let world: World;
afterEach(async () => {
  await expectTraced(world);
  await world.close();
});

describe.each(['xero', 'quickbooks'] as const)('a hold on %s', (platform) => {
  const fault = EFFECT_CALLS[platform].hold;

  it('whose reply is lost is read back, and was placed once', async () => {
    world = await oneCompany(platform, [overLimit]);
    world.emulator.faults.add({ ...fault, cutAtByte: 0, times: 1 });
    await world.night();
    expect(await only(world, 'hold.place')).toMatchObject({ state: 'unknown' });
    await dispatchFor(world, 2);
    expect(await only(world, 'hold.place')).toMatchObject({ state: 'done' });
    expect(world.staff().held()).toEqual(['Ash']);
    expect(world.holdWrites()).toHaveLength(1);
  });

  it('that failed with 500 is a state: it is looked at and set again', async () => {
    world = await oneCompany(platform, [overLimit]);
    world.emulator.faults.add({ ...fault, status: 500, times: 1 });
    await world.night();
    expect(world.staff().held()).toEqual([]);
    await dispatchFor(world, 2);
    expect(await only(world, 'hold.place')).toMatchObject({ state: 'done' });
    expect(world.staff().held()).toEqual(['Ash']);
    expect(world.holdWrites()).toHaveLength(1);
  });

  it('that never succeeds is given up for the night after a few tries, and asked for again the next', async () => {
    world = await oneCompany(platform, [overLimit]);
    const id = world.emulator.faults.add({ ...fault, status: 500 });
    await world.night();
    await dispatchFor(world, 45);
    expect(await only(world, 'hold.place')).toMatchObject({ state: 'expired' });
    expect(world.emulator.faults.list()[0]?.struck).toBe(20);
    world.emulator.faults.clear(id);
    world.moveTo('2026-03-12T03:00:00Z');
    await world.night();
    expect(world.staff().held()).toEqual(['Ash']);
  });

  it('is put off by a limit of the platform, not refused', async () => {
    world = await oneCompany(platform, [overLimit]);
    const body = platform === 'quickbooks' ? { Fault: { Error: [{ code: '3001' }] } } : 'too many';
    world.emulator.faults.add({ ...fault, status: 429, headers: { 'retry-after': '1' }, body, times: 1 });
    await world.night();
    expect(await only(world, 'hold.place')).toMatchObject({ state: 'ready' });
    await dispatchFor(world, 2);
    expect(await only(world, 'hold.place')).toMatchObject({ state: 'done' });
    expect(world.holdWrites()).toHaveLength(1);
  });
});

describe('a hold on QuickBooks', () => {
  const customerReads = { server: 'quickbooks', method: 'GET', path: '/v3/company/*/customer/*' };

  it('that meets a newer version (5010) is applied to what the other person wrote', async () => {
    world = await oneCompany('quickbooks', [{ ...overLimit, notes: 'first words' }]);
    const { faults } = world.emulator;
    // The read before the write is answered late, and the Notes change meanwhile.
    faults.add({ ...customerReads, times: 1, delayMs: 400 });
    const night = world.night();
    while (faults.list()[0]!.struck === 0) await delay(10);
    await delay(100);
    const books = world.emulator.quickbooks('harbour');
    const ash = (): NativeCustomer => books.read<NativeCustomer>('Customer', world.staff().idOf('Ash'))!;
    editNotes(books, ash().Id, 'Kim was faster');
    await night;
    expect(await only(world, 'hold.place')).toMatchObject({ state: 'done' });
    expect(ash().Notes).toMatch(/^\[HOLDFAST HOLD [^\n]*\]\nKim was faster$/);
    expect(world.holdWrites()).toHaveLength(1);
  });

  it('that stays stale is tried again by the next dispatch', async () => {
    world = await oneCompany('quickbooks', [overLimit]);
    const body = {
      Fault: { Error: [{ Message: 'Stale Object Error', code: '5010' }], type: 'ValidationFault' },
    };
    world.emulator.faults.add({ ...EFFECT_CALLS.quickbooks.hold, status: 400, body, times: 2 });
    await world.night();
    expect(await only(world, 'hold.place')).toMatchObject({ state: 'ready' });
    await dispatchFor(world, 1);
    expect(await only(world, 'hold.place')).toMatchObject({ state: 'done' });
    expect(world.staff().held()).toEqual(['Ash']);
  });
});

describe('a note on Xero', () => {
  const notes = EFFECT_CALLS.xero.note;

  it('whose reply is lost is looked up and not written a second time', async () => {
    world = await oneCompany('xero', [overLimit]);
    world.emulator.faults.add({ ...notes, cutAtByte: 0, times: 1 });
    await world.night();
    await dispatchFor(world, 3);
    expect(await only(world, 'note')).toMatchObject({ state: 'done' });
    expect(world.emulator.effects.list('history-note')).toHaveLength(1);
  });

  it('that did not arrive is written once more after nobody found it', async () => {
    world = await oneCompany('xero', [overLimit]);
    world.emulator.faults.add({ ...notes, status: 500, times: 1 });
    await world.night();
    await dispatchFor(world, 20);
    expect(await only(world, 'note')).toMatchObject({ state: 'done' });
    expect(world.emulator.effects.list('history-note')).toHaveLength(1);
  });
});

describe('two people at one proposal', () => {
  it('make one decision: the second is told what it is already', async () => {
    world = await oneCompany('quickbooks', [late], { mode: 'propose' });
    await world.night();
    const { id } = await only(world, 'reminder');
    const { store, clock } = world.app;
    const answers = await Promise.allSettled([
      answerProposals(store, clock, [id], 'approve', 'Kim', world.app.policy()),
      answerProposals(store, clock, [id], 'reject', 'Jo', world.app.policy()),
      answerProposals(store, clock, [id], 'approve', 'Jo', world.app.policy()),
    ]);
    expect(answers.map((answer) => answer.status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    const audit = await readAudit(store.reader, 1000);
    const decided = audit.filter((entry) => /^intent\.(approved|rejected)$/.test(entry.action));
    expect(decided).toHaveLength(1);
    expect(await only(world, 'reminder')).toMatchObject({ decidedBy: decided[0]?.actor });
    await world.dispatch();
    await world.dispatch();
    expect((await world.inbox()).length).toBe(decided[0]?.action === 'intent.approved' ? 1 : 0);
  });
});
