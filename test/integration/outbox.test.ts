import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { editNotes } from '../../emulator/quickbooks/edits.ts';
import type { NativeCustomer } from '../../emulator/quickbooks/native.ts';
import { readAudit, verifyAudit } from '../../src/audit/index.ts';
import { setKillSwitch } from '../../src/cases/index.ts';
import { answerProposals, settleByHand, type Intent } from '../../src/outbox/index.ts';
import { bill, smallBook, type Debtor } from '../support/small-book.ts';
import { startSmtpGate, type SmtpGate } from '../support/smtp-gate.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';

let world: World;
afterEach(async () => {
  // Whatever happened, the audit chain holds and every effect can be traced in it.
  await expectTraced();
  await world.close();
});

const overLimit: Debtor = { name: 'Ash', limit: '1000', bills: [bill('A1', -20, 1200_00)] };
const late: Debtor = { name: 'Birch', bills: [bill('B1', 2, 200_00)] };
const MINUTE = 60_000;

/** Paths of the calls that have effects. */
const PATHS = {
  xero: { hold: '/api.xro/2.0/ContactGroups/*/Contacts', send: '/api.xro/2.0/Invoices/*/Email' },
  quickbooks: { hold: '/v3/company/*/customer', send: '/v3/company/*/invoice/*/send' },
} as const;
const WRITE = { xero: 'PUT', quickbooks: 'POST' } as const;

async function open(platform: 'xero' | 'quickbooks', debtors: Debtor[], options: Partial<WorldOptions> = {}) {
  world = await startWorld({ [platform]: [smallBook('harbour', debtors)], ...options });
}

async function only(kind: Intent['kind']): Promise<Intent> {
  const intents = await world.intents({ kinds: [kind] });
  expect(intents).toHaveLength(1);
  return intents[0]!;
}

/** Lets time pass in steps of a minute, dispatching as the window's job would. */
async function dispatchFor(minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    world.pass(MINUTE);
    await world.dispatch();
  }
}

/** Three more nights and working days: whatever could still be sent would be. */
async function threeDaysLater(): Promise<void> {
  const start = world.emulator.clock.nowMs();
  for (let day = 1; day <= 3; day += 1) {
    world.moveTo(new Date(start + day * 86_400_000).toISOString());
    await world.night();
    await world.dispatch();
  }
}

describe.each(['xero', 'quickbooks'] as const)('a hold on %s', (platform) => {
  const fault = { server: platform, method: WRITE[platform], path: PATHS[platform].hold };

  it('whose reply is lost is read back, and was placed once', async () => {
    await open(platform, [overLimit]);
    world.emulator.faults.add({ ...fault, cutAtByte: 0, times: 1 });
    await world.night();
    expect(await only('hold.place')).toMatchObject({ state: 'unknown' });
    await dispatchFor(2);
    expect(await only('hold.place')).toMatchObject({ state: 'done' });
    expect(world.staff().held()).toEqual(['Ash']);
    expect(world.holdWrites()).toHaveLength(1);
  });

  it('that failed with 500 is a state: it is looked at and set again', async () => {
    await open(platform, [overLimit]);
    world.emulator.faults.add({ ...fault, status: 500, times: 1 });
    await world.night();
    expect(world.staff().held()).toEqual([]);
    await dispatchFor(2);
    expect(await only('hold.place')).toMatchObject({ state: 'done' });
    expect(world.staff().held()).toEqual(['Ash']);
    expect(world.holdWrites()).toHaveLength(1);
  });

  it('that never succeeds is given up after a few tries, and asked for again the next night', async () => {
    await open(platform, [overLimit]);
    const id = world.emulator.faults.add({ ...fault, status: 500 });
    await world.night();
    await dispatchFor(45);
    expect(await only('hold.place')).toMatchObject({ state: 'refused' });
    expect(world.emulator.faults.list()[0]?.struck).toBe(20);
    world.emulator.faults.clear(id);
    world.moveTo('2026-03-12T03:00:00Z');
    await world.night();
    expect(world.staff().held()).toEqual(['Ash']);
  });

  it('is put off by a limit of the platform, not refused', async () => {
    await open(platform, [overLimit]);
    const body = platform === 'quickbooks' ? { Fault: { Error: [{ code: '3001' }] } } : 'too many';
    world.emulator.faults.add({ ...fault, status: 429, headers: { 'retry-after': '1' }, body, times: 1 });
    await world.night();
    expect(await only('hold.place')).toMatchObject({ state: 'ready' });
    await dispatchFor(2);
    expect(await only('hold.place')).toMatchObject({ state: 'done' });
    expect(world.holdWrites()).toHaveLength(1);
  });
});

describe('a hold on QuickBooks', () => {
  const customerReads = { server: 'quickbooks', method: 'GET', path: '/v3/company/*/customer/*' };

  it('that meets a newer version (5010) is applied to what the other person wrote', async () => {
    await open('quickbooks', [{ ...overLimit, notes: 'first words' }]);
    const { faults } = world.emulator;
    // The preflight's read passes; the one before the write is answered late, and the Notes change meanwhile.
    faults.add({ ...customerReads, after: 1, times: 1, delayMs: 400 });
    const night = world.night();
    while (faults.list()[0]!.struck === 0) await delay(10);
    await delay(100);
    const books = world.emulator.quickbooks('harbour');
    const ash = (): NativeCustomer => books.read<NativeCustomer>('Customer', world.staff().idOf('Ash'))!;
    editNotes(books, ash().Id, 'Kim was faster');
    await night;
    expect(await only('hold.place')).toMatchObject({ state: 'done' });
    expect(ash().Notes).toMatch(/^\[HOLDFAST HOLD [^\n]*\]\nKim was faster$/);
    expect(world.holdWrites()).toHaveLength(1);
  });

  it('that stays stale is tried again by the next dispatch', async () => {
    await open('quickbooks', [overLimit]);
    const body = {
      Fault: { Error: [{ Message: 'Stale Object Error', code: '5010' }], type: 'ValidationFault' },
    };
    const path = PATHS.quickbooks.hold;
    world.emulator.faults.add({ server: 'quickbooks', method: 'POST', path, status: 400, body, times: 2 });
    await world.night();
    expect(await only('hold.place')).toMatchObject({ state: 'ready' });
    await dispatchFor(1);
    expect(await only('hold.place')).toMatchObject({ state: 'done' });
    expect(world.staff().held()).toEqual(['Ash']);
  });
});

describe('a note on Xero', () => {
  const notes = { server: 'xero', method: 'PUT', path: '/api.xro/2.0/Contacts/*/History' };

  it('whose reply is lost is looked up and not written a second time', async () => {
    await open('xero', [overLimit]);
    world.emulator.faults.add({ ...notes, cutAtByte: 0, times: 1 });
    await world.night();
    await dispatchFor(3);
    expect(await only('note')).toMatchObject({ state: 'done' });
    expect(world.emulator.effects.list('history-note')).toHaveLength(1);
  });

  it('that did not arrive is written once more after nobody found it', async () => {
    await open('xero', [overLimit]);
    world.emulator.faults.add({ ...notes, status: 500, times: 1 });
    await world.night();
    await dispatchFor(20);
    expect(await only('note')).toMatchObject({ state: 'done' });
    expect(world.emulator.effects.list('history-note')).toHaveLength(1);
  });
});

describe('a reminder by mail', () => {
  let gate: SmtpGate | null = null;
  afterEach(async () => {
    await gate?.close();
    gate = null;
  });

  async function openGated(debtors: Debtor[]): Promise<SmtpGate> {
    gate = await startSmtpGate();
    await open('quickbooks', debtors, { settings: { SMTP_URL: gate.url } });
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
      expect(await only('reminder')).toMatchObject({ state: 'ready' });
      door.cutAt(null);
      await dispatchFor(1);
      expect(await only('reminder')).toMatchObject({ state: 'done' });
      expect(await world.inbox()).toHaveLength(1);
    },
  );

  it('is given up when the server cannot be reached again and again', async () => {
    const door = await openGated([late]);
    door.cutAt(/^EHLO/im);
    await dispatchFor(24);
    expect(await only('reminder')).toMatchObject({ state: 'refused' });
    expect(door.clients()).toBe(20);
  });

  it('is refused with the server’s own words when the address does not exist', async () => {
    await open('quickbooks', [late]);
    await world.mailFaults([{ then: 'reject-recipient' }]);
    await world.night();
    await dispatchFor(3);
    expect(await only('reminder')).toMatchObject({
      state: 'refused',
      stateReason: expect.stringContaining('No such mailbox') as string,
    });
    expect(await world.inbox()).toEqual([]);
  });

  it('goes to the addresses that the server takes, and says which it did not', async () => {
    await open('quickbooks', [{ ...late, email: 'kim@birch.example,jo@birch.example' }]);
    await world.mailFaults([{ then: 'reject-recipient', recipient: 'jo@birch.example' }]);
    await world.night();
    const { lines } = await world.dispatch();
    expect(lines).toMatchObject([{ state: 'done' }]);
    expect(lines[0]?.detail).toContain('not accepted for jo@birch.example');
    expect((await world.inbox()).map((mail) => mail.recipients)).toEqual([['kim@birch.example']]);
  });

  it('that the server puts off (451) is sent later, once', async () => {
    await open('quickbooks', [late]);
    await world.mailFaults([{ then: 'defer', times: 1 }]);
    await world.night();
    await world.dispatch();
    expect(await only('reminder')).toMatchObject({ state: 'ready' });
    await dispatchFor(2);
    expect(await only('reminder')).toMatchObject({ state: 'done' });
    expect(await world.inbox()).toHaveLength(1);
  });

  it.each([
    { then: 'drop-before-dot', arrived: 0 },
    { then: 'drop-after-dot', arrived: 1 },
  ] as const)(
    'that was lost with its text under way ($then) is for a person, never sent again',
    async ({ then, arrived }) => {
      await open('quickbooks', [late]);
      await world.mailFaults([{ then, times: 1 }]);
      await world.night();
      await world.dispatch();
      expect(await only('reminder')).toMatchObject({ state: 'unknown' });
      await dispatchFor(2);
      expect(await only('reminder')).toMatchObject({ state: 'person' });
      await threeDaysLater();
      expect(await only('reminder')).toMatchObject({ state: 'person' });
      expect(await world.inbox()).toHaveLength(arrived);
    },
  );

  it('is settled by the person who looked it up, and the ladder goes on from there', async () => {
    await open('quickbooks', [late]);
    await world.mailFaults([{ then: 'drop-before-dot', times: 1 }]);
    await world.night();
    await world.dispatch();
    await dispatchFor(2);
    const { store, clock } = world.app;
    const { id } = await only('reminder');
    await settleByHand(store, clock, id, true, 'Kim');
    expect(await only('reminder')).toMatchObject({ state: 'done', decidedBy: 'Kim' });
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
    await open('quickbooks', many);
    await world.mailFaults([{ then: 'delay', delayMs: 300 }]);
    await world.night();
    const batch = world.dispatch();
    while (world.emulator.effects.list('mail').length === 0) await delay(10);
    await world.app.store.write((tx) => setKillSwitch(tx, true, { by: 'Kim', atMs: 0 }));
    const { lines } = await batch;
    expect(lines.map((line) => line.state)).toEqual(['done', 'ready', 'ready', 'ready']);
    expect(await world.inbox()).toHaveLength(1);
  });

  it('is sent once by two dispatchers that start at the same moment', async () => {
    await open('quickbooks', [late]);
    await world.night();
    const both = await Promise.all([world.dispatch(), world.dispatch()]);
    expect(both.flatMap((one) => one.lines)).toHaveLength(1);
    expect(await world.inbox()).toHaveLength(1);
  });
});

describe.each(['xero', 'quickbooks'] as const)('the e-mail of %s', (platform) => {
  const fault = { server: platform, method: 'POST', path: PATHS[platform].send };

  async function openDecided(options: Partial<WorldOptions> = {}): Promise<void> {
    await open(platform, [late], { mail: false, ...options });
    await world.night();
  }

  it('whose reply is lost is found on the platform, and was sent once', async () => {
    await openDecided();
    world.emulator.faults.add({ ...fault, cutAtByte: 0, times: 1 });
    await world.dispatch();
    expect(await only('reminder')).toMatchObject({ state: 'unknown' });
    await dispatchFor(2);
    expect(await only('reminder')).toMatchObject({ state: 'done' });
    await threeDaysLater();
    expect(world.platformMails()).toHaveLength(1);
  });

  it('of which nothing shows after three looks in fifteen minutes is for a person, never sent again', async () => {
    await openDecided();
    const id = world.emulator.faults.add({ ...fault, status: 500 });
    await world.dispatch();
    await dispatchFor(14);
    expect(await only('reminder')).toMatchObject({ state: 'unknown' });
    await dispatchFor(3);
    expect(await only('reminder')).toMatchObject({ state: 'person' });
    expect(world.emulator.faults.list()[0]?.struck).toBe(1);
    world.emulator.faults.clear(id);
    await threeDaysLater();
    expect(world.platformMails()).toEqual([]);
    expect(await only('reminder')).toMatchObject({ state: 'person' });
  });

  it('that was answered by a page of somebody else counts as unknown, not as sent', async () => {
    await openDecided();
    world.emulator.faults.add({ ...fault, status: 200, body: '<html>Please log in to the Wi-Fi</html>' });
    await world.dispatch();
    expect(await only('reminder')).toMatchObject({ state: 'unknown' });
    await dispatchFor(17);
    expect(await only('reminder')).toMatchObject({ state: 'person' });
    expect(world.platformMails()).toEqual([]);
  });

  it('that shows ten minutes late is found by a later look', async () => {
    await openDecided({
      quirks: { xero: { historyDelayMs: 10 * MINUTE }, quickbooks: { sendDelayMs: 10 * MINUTE } },
    });
    world.emulator.faults.add({ ...fault, cutAtByte: 0, times: 1 });
    await world.dispatch();
    await dispatchFor(9);
    expect(await only('reminder')).toMatchObject({ state: 'unknown' });
    await dispatchFor(8);
    expect(await only('reminder')).toMatchObject({ state: 'done' });
    expect(world.platformMails()).toHaveLength(1);
  });

  it.each([
    ['was refused', { status: 400, body: '{}' }],
    ['was put off', { status: 429, headers: { 'retry-after': '0' }, body: '{}' }],
    ['broke off', { cutAtByte: 5 }],
  ])('that the platform took is done and not sent again when the look that follows %s', async (_, how) => {
    await openDecided();
    const look = {
      xero: { method: 'GET', path: '/api.xro/2.0/Invoices/*/History' },
      quickbooks: { method: 'GET', path: '/v3/company/*/invoice/*' },
    }[platform];
    world.emulator.faults.add({ server: platform, ...look, ...how, times: 4 });
    await world.dispatch();
    await dispatchFor(20);
    expect(await only('reminder')).toMatchObject({ state: 'done' });
    expect(world.platformMails()).toHaveLength(1);
  });

  it('is put off by a limit, and refused for good by a no', async () => {
    await openDecided();
    const body = platform === 'quickbooks' ? { Fault: { Error: [{ code: '3001' }] } } : 'too many';
    world.emulator.faults.add({ ...fault, status: 429, headers: { 'retry-after': '1' }, body, times: 1 });
    await world.dispatch();
    expect(await only('reminder')).toMatchObject({ state: 'ready' });
    world.emulator.faults.add({ ...fault, status: 400, body: {} });
    await dispatchFor(3);
    expect(await only('reminder')).toMatchObject({ state: 'refused' });
    expect(world.emulator.faults.list()[1]?.struck).toBe(1);
    expect(world.platformMails()).toEqual([]);
  });
});

describe('two people at one proposal', () => {
  it('make one decision: the second is told what it is already', async () => {
    await open('quickbooks', [late], { mode: 'propose' });
    await world.night();
    const { id } = await only('reminder');
    const { store, clock } = world.app;
    const answers = await Promise.allSettled([
      answerProposals(store, clock, [id], 'approve', 'Kim'),
      answerProposals(store, clock, [id], 'reject', 'Jo'),
      answerProposals(store, clock, [id], 'approve', 'Jo'),
    ]);
    expect(answers.map((answer) => answer.status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    const audit = await readAudit(store.reader, 1000);
    const decided = audit.filter((entry) => /^intent\.(approved|rejected)$/.test(entry.action));
    expect(decided).toHaveLength(1);
    expect(await only('reminder')).toMatchObject({ decidedBy: decided[0]?.actor });
    await world.dispatch();
    await world.dispatch();
    expect((await world.inbox()).length).toBe(decided[0]?.action === 'intent.approved' ? 1 : 0);
  });
});

/** Each effect that was tried has its decision and its attempts in the chain, with the run and policy it rests on. */
async function expectTraced(): Promise<void> {
  const { reader } = world.app.store;
  const { entries } = await verifyAudit(reader);
  const audit = await readAudit(reader, entries);
  const attempts = await reader.selectFrom('attempt').selectAll().execute();
  for (const attempt of attempts) {
    const trail = audit.filter((entry) => entry.subject === `intent ${attempt.intent_id}`);
    const actions = trail.map((entry) => entry.action);
    expect(actions.filter((action) => action === 'effect.attempting').length).toBeGreaterThanOrEqual(
      attempt.number,
    );
    const [intent] = await world.intents({ ids: [attempt.intent_id] });
    if (intent!.kind === 'note') continue;
    const decided = trail.find((entry) => /^intent\.(ready|proposed)$/.test(entry.action));
    expect(decided?.details).toMatchObject({ run: intent!.run, policy: intent!.policyHash });
  }
}
