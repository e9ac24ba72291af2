import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { customerId } from '../../src/domain/index.ts';
import type { HoldWish } from '../../src/decisions/index.ts';
import type { Connection } from '../../src/mirror/index.ts';
import { planEffects, readIntents, type PlanSummary } from '../../src/outbox/index.ts';
import type { Store } from '../../src/store/index.ts';
import { connect } from '../support/fake-platform.ts';
import { policyWith } from '../support/facts-builders.ts';
import { day, NOW_MS } from '../support/mirror-records.ts';
import { sharedStore } from '../support/temp-store.ts';

let store: Store;
let close: () => Promise<void>;
beforeAll(() => ({ store, close } = sharedStore()));
afterAll(() => close());

const DOUBT = 'probably already paid: 500.00 GBP of 2026-03-09 (P-1) is not allocated yet';
const wish = (doubt: string | null, action: HoldWish['action'] = 'place'): HoldWish => ({
  customerId: customerId('c1'),
  customerName: 'Customer c1',
  action,
  episode: 1,
  since: '2026-03-11',
  reason: 'Customer c1 is overdue',
  doubt,
});

let companies = 0;
async function company(mode: Connection['mode'] = 'automatic'): Promise<Connection> {
  const connection = await connect(store, { company: `doubts-${(companies += 1)}` });
  return { ...connection, mode };
}

function plan(connection: Connection, wishes: HoldWish[], asOf = '2026-03-11'): Promise<PlanSummary> {
  const basis = { connection, policy: policyWith(), asOf: day(asOf), run: 1, nowMs: NOW_MS };
  return planEffects(store, { ...basis, customers: 100, mailConfigured: false }, wishes, []);
}

const intentsOf = async ({ id }: Connection): Promise<string[]> =>
  (await readIntents(store.reader, { connectionId: id })).map((one) => `${one.state}: ${one.stateReason}`);

describe('a hold that is probably for money already received', () => {
  it('waits for a person, however automatic everything is, and says which money', async () => {
    const connection = await company();
    await plan(connection, [wish(DOUBT)]);
    expect(await intentsOf(connection)).toEqual([`proposed: waits for approval: ${DOUBT}`]);
  });

  it('goes on by itself when the doubt is gone', async () => {
    const connection = await company();
    await plan(connection, [wish(DOUBT)]);
    await plan(connection, [wish(null)], '2026-03-12');
    expect(await intentsOf(connection)).toEqual(['ready: automatic by policy: the doubt is gone']);
  });

  it('does not go on by itself where a person approves everything', async () => {
    const connection = await company('propose');
    await plan(connection, [wish(DOUBT)]);
    await plan(connection, [wish(null)], '2026-03-12');
    expect(await intentsOf(connection)).toEqual(['proposed: waits for approval']);
  });

  it('is called back to a person when the doubt comes while it waits to be placed', async () => {
    const connection = await company();
    await plan(connection, [wish(null)]);
    expect(await intentsOf(connection)).toEqual(['ready: automatic by policy']);
    await plan(connection, [wish(DOUBT)], '2026-03-12');
    expect(await intentsOf(connection)).toEqual([`proposed: waits for approval: ${DOUBT}`]);
  });

  it('is taken back when its cause is gone', async () => {
    const connection = await company();
    await plan(connection, [wish(DOUBT)]);
    expect((await plan(connection, [], '2026-03-12')).superseded).toBe(1);
  });
});
