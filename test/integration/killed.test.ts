import { afterEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../src/audit/index.ts';
import type { IntentKind } from '../../src/outbox/index.ts';
import { killDuring } from '../support/second-process.ts';
import { bill, smallBook, type Debtor } from '../support/small-book.ts';
import { startSmtpGate, type SmtpGate } from '../support/smtp-gate.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';

let world: World;
let gate: SmtpGate | null = null;
afterEach(async () => {
  await verifyAudit(world.app.store.reader);
  await world.close();
  await gate?.close();
  gate = null;
});

/** Held for its limit, and something is late. */
const debtor: Debtor = {
  name: 'Ash',
  limit: '1000',
  bills: [bill('A1', 2, 200_00), bill('A2', -20, 1200_00)],
};
const MINUTE = 60_000;
/** Longer than any test: the answer does not come before the end. */
const NEVER_MS = 600_000;

async function open(platform: 'xero' | 'quickbooks', options: Partial<WorldOptions> = {}): Promise<void> {
  world = await startWorld({ [platform]: [smallBook('harbour', [debtor])], ...options });
}

const struck = (): boolean => (world.emulator.faults.list()[0]?.struck ?? 0) > 0;
const states = async (kind: IntentKind): Promise<string[]> =>
  (await world.intents({ kinds: [kind] })).map((intent) => intent.state);

/** What a restarted Holdfast does: the night again when it was not finished, then the window's job every minute. */
async function recover(minutes: number): Promise<void> {
  world.emulator.faults.clear();
  await world.night();
  for (let minute = 0; minute < minutes; minute += 1) {
    world.pass(MINUTE);
    await world.dispatch();
  }
}

/** Two more nights and days: whatever could be done twice would be by now. */
async function twoDaysLater(): Promise<void> {
  for (const day of ['12', '13']) {
    world.moveTo(`2026-03-${day}T10:00:00Z`);
    await world.night();
    await world.dispatch();
  }
}

describe.each(['xero', 'quickbooks'] as const)('a process killed with %s half-way', (platform) => {
  const paths = {
    xero: {
      list: '/api.xro/2.0/Payments',
      customer: '^/api.xro/2.0/Contacts\\?.*IDs=',
      hold: { method: 'PUT', path: '/api.xro/2.0/ContactGroups/*/Contacts' },
      send: '/api.xro/2.0/Invoices/*/Email',
    },
    quickbooks: {
      list: '^/v3/company/[^/]+/(query\\?.*Payment|cdc\\?)',
      customer: '^/v3/company/[^/]+/query\\?.*FROM\\W+Customer.*\\bId\\W+IN',
      hold: { method: 'POST', path: '/v3/company/*/customer' },
      send: '/v3/company/*/invoice/*/send',
    },
  }[platform];

  it('fault 29: in its sync leaves nothing decided, and the next night goes on at once', async () => {
    await open(platform);
    world.emulator.faults.add({ method: 'GET', path: paths.list, delayMs: NEVER_MS });
    await killDuring(world, 'night', struck);
    expect(await world.intents()).toEqual([]);
    await recover(1);
    expect(world.staff().held()).toEqual(['Ash']);
    expect(await world.inbox()).toHaveLength(1);
  });

  it('between the decision and the first attempt does then what was decided', async () => {
    await open(platform);
    world.emulator.faults.add({ method: 'GET', path: paths.customer, delayMs: NEVER_MS });
    await killDuring(world, 'night', struck);
    expect(await states('hold.place')).toEqual(['ready']);
    await recover(1);
    await twoDaysLater();
    expect(world.staff().held()).toEqual(['Ash']);
    expect(world.holdWrites()).toHaveLength(1);
    expect(await world.inbox()).toHaveLength(1);
  });

  it('while its hold was under way finds it placed, and places it once', async () => {
    await open(platform);
    world.emulator.faults.add({ ...paths.hold, delayMs: NEVER_MS });
    await killDuring(world, 'night', struck);
    expect(await states('hold.place')).toEqual(['attempting']);
    await recover(2);
    await twoDaysLater();
    expect(await states('hold.place')).toEqual(['done']);
    expect(world.holdWrites()).toHaveLength(1);
  });

  it('before its hold reached the platform finds it missing, and places it', async () => {
    await open(platform);
    world.emulator.faults.add({ ...paths.hold, status: 503, delayMs: NEVER_MS });
    await killDuring(world, 'night', struck);
    await recover(2);
    expect(world.staff().held()).toEqual(['Ash']);
    expect(world.holdWrites()).toHaveLength(1);
  });

  it('while its e-mail was under way finds that it was sent, and sends no second', async () => {
    await open(platform, { mail: false });
    await world.night();
    world.emulator.faults.add({ method: 'POST', path: paths.send, delayMs: NEVER_MS });
    await killDuring(world, 'dispatch', struck);
    expect(await states('reminder')).toEqual(['attempting']);
    await recover(3);
    await twoDaysLater();
    expect(await states('reminder')).toEqual(['done']);
    expect(world.platformMails()).toHaveLength(1);
  });

  it('before its e-mail reached the platform asks a person, and sends none by itself', async () => {
    await open(platform, { mail: false });
    await world.night();
    world.emulator.faults.add({ method: 'POST', path: paths.send, status: 503, delayMs: NEVER_MS });
    await killDuring(world, 'dispatch', struck);
    await recover(18);
    await twoDaysLater();
    expect(await states('reminder')).toEqual(['person']);
    expect(world.platformMails()).toEqual([]);
  });
});

describe('a process killed in the middle of a mail', () => {
  it('that the server had already taken leaves the doubt to a person: no second mail', async () => {
    await open('quickbooks');
    await world.night();
    await world.mailFaults([{ then: 'delay', delayMs: NEVER_MS }]);
    await killDuring(world, 'dispatch', () => world.emulator.effects.list('mail').length > 0);
    await world.mailFaults([]);
    await recover(3);
    await twoDaysLater();
    expect(await states('reminder')).toEqual(['person']);
    expect(await world.inbox()).toHaveLength(1);
  });

  it('before the server said a word leaves the doubt to a person: no mail by itself', async () => {
    gate = await startSmtpGate();
    await open('quickbooks', { settings: { SMTP_URL: gate.url } });
    gate.behind(world.emulator.smtpUrl);
    await world.night();
    gate.fallSilent(true);
    const before = gate.clients();
    await killDuring(world, 'dispatch', () => gate!.clients() > before);
    gate.fallSilent(false);
    await recover(3);
    await twoDaysLater();
    expect(await states('reminder')).toEqual(['person']);
    expect(await world.inbox()).toEqual([]);
  });
});
