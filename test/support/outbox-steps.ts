import { expect } from 'vitest';
import { readAudit, verifyAudit } from '../../src/audit/index.ts';
import type { PlatformName } from '../../src/domain/index.ts';
import type { Intent } from '../../src/outbox/index.ts';
import { bill, smallBook, type Debtor } from './small-book.ts';
import { startWorld, type World, type WorldOptions } from './world.ts';

/** To be held for its limit; nothing of it is due. */
export const overLimit: Debtor = { name: 'Ash', limit: '1000', bills: [bill('A1', -20, 1200_00)] };
/** To be reminded. */
export const late: Debtor = { name: 'Birch', bills: [bill('B1', 2, 200_00)] };

/** The calls that have effects, for faults. */
export const EFFECT_CALLS = {
  xero: {
    hold: { server: 'xero', method: 'PUT', path: '/api.xro/2.0/ContactGroups/*/Contacts' },
    note: { server: 'xero', method: 'PUT', path: '/api.xro/2.0/Contacts/*/History' },
    send: { server: 'xero', method: 'POST', path: '/api.xro/2.0/Invoices/*/Email' },
    look: { server: 'xero', method: 'GET', path: '/api.xro/2.0/Invoices/*/History' },
  },
  quickbooks: {
    hold: { server: 'quickbooks', method: 'POST', path: '/v3/company/*/customer' },
    note: { server: 'quickbooks', method: 'POST', path: '/v3/company/*/customer' },
    send: { server: 'quickbooks', method: 'POST', path: '/v3/company/*/invoice/*/send' },
    look: { server: 'quickbooks', method: 'GET', path: '/v3/company/*/invoice/*' },
  },
} as const;

/** One small company on one platform. */
export function oneCompany(
  platform: PlatformName,
  debtors: Debtor[],
  options: Partial<WorldOptions> = {},
): Promise<World> {
  return startWorld({ [platform]: [smallBook('harbour', debtors)], ...options });
}

/** The one intent of a kind. */
export async function only(world: World, kind: Intent['kind']): Promise<Intent> {
  const intents = await world.intents({ kinds: [kind] });
  expect(intents).toHaveLength(1);
  return intents[0]!;
}

/** Lets time pass in steps of a minute, dispatching as the window's job would. */
export async function dispatchFor(world: World, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    world.pass(60_000);
    await world.dispatch();
  }
}

/** Three more nights and working days: whatever could still be sent would be. */
export async function threeDaysLater(world: World): Promise<void> {
  const start = world.emulator.clock.nowMs();
  for (let day = 1; day <= 3; day += 1) {
    world.moveTo(new Date(start + day * 86_400_000).toISOString());
    await world.night();
    await world.dispatch();
  }
}

/**
 * Whatever happened, the audit chain holds, and each effect that was tried has its decision and its attempts in it,
 * with the run and the policy that it rests on.
 */
export async function expectTraced(world: World): Promise<void> {
  const { reader } = world.app.store;
  const { entries } = await verifyAudit(reader);
  const audit = await readAudit(reader, entries);
  const attempts = await reader.selectFrom('attempt').selectAll().execute();
  for (const attempt of attempts) {
    const trail = audit.filter((entry) => entry.subject === `intent ${attempt.intent_id}`);
    const tries = trail.filter((entry) => entry.action === 'effect.attempting');
    expect(tries.map((entry) => entry.details['attempt'])).toContain(attempt.number);
    const [intent] = await world.intents({ ids: [attempt.intent_id] });
    if (intent!.kind === 'note') continue;
    const decided = trail.find((entry) => /^intent\.(ready|proposed)$/.test(entry.action));
    expect(decided?.details).toMatchObject({ run: intent!.run, policy: intent!.policyHash });
  }
}
