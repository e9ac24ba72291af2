import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../src/audit/index.ts';
import type { Fault } from '../../emulator/core/faults.ts';
import type { MailMisbehaviour } from '../../emulator/mail/index.ts';
import { sha256Hex } from '../../src/lib/index.ts';
import type { Intent } from '../../src/outbox/index.ts';
import { EFFECT_CALLS } from '../support/outbox-steps.ts';
import { bill, smallBook, type Debtor } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World | null = null;
afterEach(() => world?.close());

/** Two to be reminded, one of them to be held as well. */
const debtors: Debtor[] = [
  { name: 'Ash', limit: '100', bills: [bill('A1', 2, 500_00)] },
  { name: 'Birch', bills: [bill('B1', 3, 200_00)] },
];

/** What may go wrong with one call: the reply lost after the deed, or an answer instead of it. */
const ailment = fc.constantFrom<Fault>(
  { cutAtByte: 0 },
  { status: 500 },
  { status: 503, body: '<html>down</html>' },
  { status: 429, headers: { 'retry-after': '0' }, body: '{}' },
  { status: 400, body: '{}' },
  { status: 200, body: 'hello' },
);
const callFault = fc.record({
  call: fc.constantFrom('send', 'look', 'hold'),
  ailment,
  after: fc.integer({ min: 0, max: 1 }),
  times: fc.integer({ min: 1, max: 3 }),
});
const mailFault = fc.record({
  then: fc.constantFrom<MailMisbehaviour>('reject-recipient', 'defer', 'drop-before-dot', 'drop-after-dot'),
  after: fc.integer({ min: 0, max: 2 }),
  times: fc.integer({ min: 1, max: 3 }),
});
const scenario = fc.record({
  platform: fc.constantFrom('xero', 'quickbooks'),
  mail: fc.boolean(),
  callFaults: fc.array(callFault, { maxLength: 3 }),
  mailFaults: fc.array(mailFault, { maxLength: 2 }),
  /** Minutes between one dispatch and the next. */
  pauses: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 4 }),
  paidAfter: fc.option(fc.integer({ min: 0, max: 3 })),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

describe('whatever goes wrong on the way', () => {
  it(
    'no reminder is delivered twice, none is forgotten, and what is done was done',
    { timeout: 120_000 },
    async () => {
      await fc.assert(fc.asyncProperty(scenario, survives), { numRuns: 12, seed: 20260311 });
    },
  );
});

async function survives(some: Scenario): Promise<void> {
  world = await startWorld({
    [some.platform]: [smallBook('harbour', debtors)],
    mail: some.mail,
    // The platforms' own memory of requests must not hide a second one.
    quirks: { xero: { idempotencyMinutes: 0 }, quickbooks: { requestIdMemoryMs: 0 } },
  });
  await play(world, some);
  await heal(world);
  for (const intent of await world.intents({ kinds: ['reminder'] })) expectOnce(world, intent);
  expect(world.staff().held()).toEqual(['Ash']);
  await verifyAudit(world.app.store.reader);
  await world.close();
  world = null;
}

async function play(on: World, some: Scenario): Promise<void> {
  const { faults } = on.emulator;
  const calls = EFFECT_CALLS[some.platform];
  for (const { call, ailment: how, after, times } of some.callFaults)
    faults.add({ ...calls[call], ...how, after, times });
  if (some.mail) await on.mailFaults(some.mailFaults);
  await on.night();
  for (const [round, minutes] of some.pauses.entries()) {
    if (some.paidAfter === round) on.staff().pay('B1');
    on.pass(minutes * 60_000);
    await on.dispatch();
  }
}

/** The faults end, and three quiet days pass. */
async function heal(on: World): Promise<void> {
  on.emulator.faults.clear();
  if (on.emulator.smtpUrl !== '') await on.mailFaults([]);
  for (let minutes = 0; minutes < 20; minutes += 5) {
    on.pass(5 * 60_000);
    await on.dispatch();
  }
  for (const day of ['12', '13', '16']) {
    on.moveTo(`2026-03-${day}T10:00:00Z`);
    await on.night();
    await on.dispatch();
  }
}

/** A message's own id is made of its intent, so that the ledger of what arrived can be held against the outbox. */
function expectOnce(on: World, intent: Intent): void {
  const hash = sha256Hex(`${intent.connectionId}:${intent.key}`);
  const arrived = on.emulator.effects
    .list()
    .filter(({ requestId }) => requestId?.startsWith(hash.slice(0, 32)) === true);
  expect(arrived.length, `deliveries of ${intent.key}`).toBeLessThanOrEqual(1);
  const after = arrived.length === 1 ? ['done', 'person'] : ['refused', 'superseded', 'expired', 'person'];
  expect(after, `state of ${intent.key}, delivered ${arrived.length} times`).toContain(intent.state);
}
