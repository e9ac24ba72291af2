import { afterEach, describe, expect, it } from 'vitest';
import type { NativeCustomer } from '../../emulator/quickbooks/native.ts';
import { editNotes } from '../../emulator/quickbooks/edits.ts';
import { bill, smallBook, type Debtor } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

/** Over 110 % of its limit with something that is not due yet: held for the limit alone. */
const overLimit: Debtor = { name: 'Ash', limit: '1000', bills: [bill('A1', -20, 1200_00)] };
/** Held because something is 40 days overdue. */
const late: Debtor = { name: 'Birch', limit: '5000', bills: [bill('B1', 40, 600_00)] };

describe.each(['xero', 'quickbooks'] as const)('a hold on %s', (platform) => {
  async function open(debtors: Debtor[]): Promise<World> {
    world = await startWorld({ [platform]: [smallBook('harbour', debtors)] });
    return world;
  }

  /** The night of the next day, at three in the morning. */
  async function nextNight(): ReturnType<World['night']> {
    const day = new Date(world.emulator.clock.nowMs() + 86_400_000).toISOString().slice(0, 10);
    world.moveTo(`${day}T03:00:00Z`);
    return world.night();
  }

  it('is placed once and released the night after the debt was paid', async () => {
    await open([overLimit, late]);
    await world.night();
    expect(world.staff().held()).toEqual(['Ash', 'Birch']);
    const placed = world.holdWrites().length;
    world.staff().pay('B1');
    const { dispatched } = await nextNight();
    expect(dispatched.lines).toMatchObject([
      { kind: 'hold.release', customerName: 'Birch', state: 'done', confirmed: true },
      ...(platform === 'xero' ? [{ kind: 'note', customerName: 'Birch', state: 'done' }] : []),
    ]);
    expect(world.staff().held()).toEqual(['Ash']);
    expect(world.holdWrites()).toHaveLength(placed + 1);
    await nextNight();
    expect(world.holdWrites()).toHaveLength(placed + 1);
  });

  it('does not flap: it stays at 96 % of the limit and goes at 95 %', async () => {
    await open([overLimit]);
    await world.night();
    world.staff().pay('A1', 240_00);
    await nextNight();
    expect(world.staff().held()).toEqual(['Ash']);
    world.staff().pay('A1', 10_00);
    await nextNight();
    expect(world.staff().held()).toEqual([]);
  });

  it('is not placed again after a person took it away, until a new cause comes', async () => {
    await open([overLimit]);
    await world.night();
    world.staff().liftHold('Ash');
    expect((await nextNight()).drifted).toBe(1);
    expect(world.staff().held()).toEqual([]);
    expect((await nextNight()).drifted).toBe(0);
    expect(world.staff().held()).toEqual([]);
    world.staff().pay('A1');
    await nextNight();
    const { judgement } = await nextNight();
    expect(judgement.standings.map((decision) => decision.standing)).toEqual(['clear']);
    world.staff().bill('Ash', { number: 'A2', amountMinor: 1500_00, date: '2026-03-15', due: '2026-04-14' });
    await nextNight();
    expect(world.staff().held()).toEqual(['Ash']);
  });

  it('that a person placed by hand is nobody else’s: it is neither adopted nor released', async () => {
    await open([{ name: 'Cedar', limit: '1000', bills: [bill('C1', -10, 100_00)] }, overLimit]);
    await world.night();
    const { emulator } = world;
    if (platform === 'xero') emulator.xero('harbour').addToGroup('Credit hold', 'Cedar');
    else editNotes(emulator.quickbooks('harbour'), world.staff().idOf('Cedar'), '[ON HOLD says Kim]');
    const written = world.holdWrites().length;
    await nextNight();
    expect(world.holdWrites()).toHaveLength(written);
  });

  it('is not placed on a customer that was archived meanwhile, whose debt still counts', async () => {
    await open([late]);
    world.staff().archive('Birch');
    const { judgement, dispatched } = await world.night();
    expect(judgement.standings).toMatchObject([{ standing: 'hold' }]);
    expect(judgement.day.facts[0]?.own.base?.exposureMinor).toBe(600_00);
    expect(dispatched.lines).toEqual([]);
    expect(world.holdWrites()).toEqual([]);
  });

  it('is given up when the customer was archived between the decision and the act', async () => {
    await open([late]);
    const { emulator } = world;
    const id = emulator.faults.add({
      server: platform,
      method: 'GET',
      path: CUSTOMER[platform],
      status: 503,
    });
    await world.night();
    expect(await world.intents()).toMatchObject([{ kind: 'hold.place', state: 'ready' }, {}]);
    emulator.faults.clear(id);
    world.staff().archive('Birch');
    const { lines } = await world.dispatch();
    expect(lines[0]).toMatchObject({
      state: 'superseded',
      detail: 'the customer is archived on the platform',
    });
    expect(world.holdWrites()).toEqual([]);
  });

  it('is taken back when its cause went before it was approved', async () => {
    world = await startWorld({ [platform]: [smallBook('harbour', [overLimit])], mode: 'propose' });
    await world.night();
    world.staff().pay('A1');
    expect((await nextNight()).plan.superseded).toBe(1);
    expect(await world.intents()).toMatchObject([{ state: 'superseded', stateReason: 'its cause is gone' }]);
  });
});

/** One customer's own record, which a preflight reads. */
const CUSTOMER = {
  xero: '^/api.xro/2.0/Contacts\\?.*IDs=',
  quickbooks: '^/v3/company/[^/]+/query\\?.*FROM\\W+Customer.*\\bId\\W+IN',
};

describe('a hold in the Notes of QuickBooks', () => {
  const own = 'Ring first!\r\n\r\n  [HOLD] is what Kim wrote: “500 €” 🚚\n\tlast line, no end ';

  const notes = (): string | undefined => {
    const books = world.emulator.quickbooks('harbour');
    return books.read<NativeCustomer>('Customer', world.staff().idOf('Ash'))?.Notes;
  };

  async function open(debtor: Debtor): Promise<void> {
    world = await startWorld({ quickbooks: [smallBook('harbour', [debtor])] });
    await world.night();
  }

  async function paidUp(): Promise<void> {
    world.staff().pay('A1');
    world.moveTo('2026-03-12T03:00:00Z');
    await world.night();
    expect(world.staff().held()).toEqual([]);
  }

  it('leaves the words of the user byte for byte as they were, above and after', async () => {
    await open({ ...overLimit, notes: own });
    expect(notes()).toMatch(/^\[HOLDFAST HOLD 2026-03-11 #[0-9a-f]{8}: Ash owes 1,200\.00 GBP[^\n]*\]\n/);
    expect(notes()?.endsWith(`]\n${own}`)).toBe(true);
    await paidUp();
    expect(notes()).toBe(own);
  });

  it('keeps what the user wrote around it meanwhile', async () => {
    await open({ ...overLimit, notes: own });
    const books = world.emulator.quickbooks('harbour');
    editNotes(books, world.staff().idOf('Ash'), `Spoke to Jo.\n${notes() ?? ''}\r\nPays Fridays.`);
    await paidUp();
    expect(notes()).toBe(`Spoke to Jo.\n${own}\r\nPays Fridays.`);
  });

  it('is not written when the user’s own words leave no room: a person is told instead', async () => {
    await open({ ...overLimit, notes: 'x'.repeat(1_950) });
    expect(notes()).toBe('x'.repeat(1_950));
    expect(world.staff().held()).toEqual([]);
    const [intent] = await world.intents({ kinds: ['hold.place'] });
    expect(intent?.stateReason).toMatch(/leave no room for the hold line/);
    world.moveTo('2026-03-12T03:00:00Z');
    await world.night();
    expect(await world.intents({ kinds: ['hold.place'] })).toHaveLength(1);
  });

  it('falls to the parent, not to the branch that made the debt, and the parent gets the letter', async () => {
    const family: Debtor[] = [
      { name: 'Northgate', limit: '1000', email: 'head@northgate.example' },
      { name: 'Harbour', parent: 'Northgate', email: null, bills: [bill('H1', 40, 1500_00)] },
      { name: 'Airport', parent: 'Northgate', email: null, bills: [bill('P1', 3, 100_00)] },
    ];
    world = await startWorld({ quickbooks: [smallBook('harbour', family)] });
    await world.night();
    expect(world.staff().held()).toEqual(['Northgate']);
    await world.dispatch();
    const inbox = await world.inbox();
    expect(inbox.map((mail) => mail.recipients)).toEqual([['head@northgate.example']]);
    expect(inbox[0]?.text).toMatch(/H1[\s\S]*P1/);
  });
});

describe('a hold in the group of Xero', () => {
  it('never touches the other members, and says in the history what it did', async () => {
    world = await startWorld({ xero: [smallBook('harbour', [overLimit, late])] });
    await world.night();
    world.staff().pay('B1');
    world.moveTo('2026-03-12T03:00:00Z');
    await world.night();
    const kinds = world.emulator.effects.list().map((effect) => effect.kind);
    expect(kinds.filter((kind) => kind === 'group-create')).toHaveLength(1);
    expect(kinds).not.toContain('group-empty');
    const history = world.emulator.xero('harbour').store.history('Contacts', world.staff().idOf('Birch'));
    expect(history.map((entry) => entry.details.replace(/\[hf:\w+\]$/, '[hf:…]'))).toEqual([
      'Credit hold released by Holdfast. The cause of the hold is gone: the standing is clear. [hf:…]',
      expect.stringMatching(
        /^Credit hold placed by Holdfast\. Birch is overdue with 600\.00 GBP.* \[hf:…\]$/,
      ),
    ]);
  });
});

describe('a hold on Xero', () => {
  it('that a person placed before us is left to them, and outlives its cause', async () => {
    const owing = [bill('A1', -10, 500_00)];
    world = await startWorld({ xero: [smallBook('harbour', [{ ...overLimit, bills: owing }, late])] });
    await world.night();
    const written = world.holdWrites().length;
    world.emulator.xero('harbour').addToGroup('Credit hold', 'Ash');
    world.staff().bill('Ash', { number: 'A2', amountMinor: 900_00, date: '2026-03-11', due: '2026-04-10' });
    world.moveTo('2026-03-12T03:00:00Z');
    const { dispatched } = await world.night();
    expect(dispatched.lines).toMatchObject([{ kind: 'hold.place', state: 'superseded' }]);
    world.staff().pay('A2');
    world.moveTo('2026-03-13T03:00:00Z');
    await world.night();
    expect(world.holdWrites()).toHaveLength(written);
    expect(world.staff().held()).toEqual(['Ash', 'Birch']);
  });
});
