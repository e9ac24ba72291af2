import { afterEach, describe, expect, it } from 'vitest';
import { saveDispute, saveManualStanding, savePromise, saveRelease } from '../../src/cases/index.ts';
import { readStandings, readStandingsBefore } from '../../src/decisions/index.ts';
import { addDays, dayAt, type CustomerId, type Day } from '../../src/domain/index.ts';
import { readCustomers, readOpenItems, type OpenInvoice } from '../../src/mirror/index.ts';
import { decideOnly, judge } from '../../src/nightly.ts';
import { dispute, holdRelease, manualStanding, promise } from '../support/case-notes.ts';
import { bill, smallBook, type Debtor } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const overLimit: Debtor = { name: 'Ash', limit: '1000', bills: [bill('A1', -20, 1200_00)] };
const late: Debtor = { name: 'Birch', limit: '5000', bills: [bill('B1', 40, 600_00)] };
const reminded: Debtor = { name: 'Cedar', bills: [bill('C1', 2, 200_00)] };

describe.each(['xero', 'quickbooks'] as const)('what people note, on %s,', (platform) => {
  async function open(debtors: Debtor[]): Promise<void> {
    world = await startWorld({ [platform]: [smallBook('harbour', debtors)] });
  }
  const today = async (): Promise<Day> =>
    dayAt(world.emulator.clock.nowMs(), (await world.connection()).timeZone);
  async function nextNight(): ReturnType<World['night']> {
    world.moveTo(`${addDays(await today(), 1)}T03:00:00Z`);
    return world.night();
  }
  const idOf = async (name: string): Promise<CustomerId> => {
    const customers = await readCustomers(world.app.store.reader, (await world.connection()).id);
    return customers.find((one) => one.name === name)!.id;
  };
  const invoiceOf = async (number: string): Promise<OpenInvoice> => {
    const { reader } = world.app.store;
    const day = await today();
    const items = await readOpenItems(reader, (await world.connection()).id, day, day);
    return items.invoices.find((one) => one.number === number)!;
  };
  const change = async () => {
    return { by: 'Ann Example', atMs: world.emulator.clock.nowMs(), day: await today() };
  };
  async function disputeOf(number: string, approvedBy: string | null = null): Promise<void> {
    const { id: invoiceId, customerId, currency } = await invoiceOf(number);
    const days = { openedOn: await today(), reviewBy: addDays(await today(), 3) };
    const one = dispute(number, { customerId, invoiceId, approvedBy, ...days });
    const version = { ...one, currency, openedBy: 'Ann Example', state: 'open' as const };
    const { id } = await world.connection();
    const by = await change();
    await world.app.store.write((tx) => saveDispute(tx, id, version, by));
  }

  it('a dispute of the morning keeps back the reminder that the night planned, until its review', async () => {
    await open([reminded]);
    await world.night();
    await disputeOf('C1');
    expect((await world.dispatch()).lines).toMatchObject([
      { kind: 'reminder', state: 'superseded', detail: 'all of it is disputed or promised now' },
    ]);
    for (let night = 1; night <= 3; night += 1)
      expect((await nextNight()).judgement.reminders.due).toEqual([]);
    const { judgement } = await nextNight();
    expect(judgement.reminders.due.map(({ step, invoices }) => [step, invoices[0]?.number])).toEqual([
      [1, 'C1'],
    ]);
    expect(await world.inbox()).toEqual([]);
  });

  it('a promise rests the chase until two days after its day', async () => {
    await open([reminded]);
    await world.night();
    const day = await today();
    const made = promise({ customerId: await idOf('Cedar'), promisedOn: day, dueOn: addDays(day, 1) });
    const { id } = await world.connection();
    const by = await change();
    await world.app.store.write((tx) => savePromise(tx, id, { ...made, state: 'open' }, by));
    expect((await world.dispatch()).lines).toMatchObject([{ state: 'superseded' }]);
    for (let night = 1; night <= 3; night += 1)
      expect((await nextNight()).judgement.reminders.due).toEqual([]);
    expect((await nextNight()).judgement.reminders.due).toMatchObject([{ step: 1 }]);
  });

  it('a dispute lifts its hold in the night after somebody approves it', async () => {
    await open([late]);
    await world.night();
    expect(world.staff().held()).toEqual(['Birch']);
    await disputeOf('B1');
    const waiting = await nextNight();
    expect(waiting.judgement.standings[0]?.reasons[0]).toMatchObject({ rule: 'disputed', standing: 'hold' });
    expect(world.staff().held()).toEqual(['Birch']);
    await disputeOf('B1', 'Bo Example');
    await nextNight();
    expect(world.staff().held()).toEqual([]);
  });

  it('a stop is placed although nothing is owed, and a release lifts a hold until it ends', async () => {
    await open([overLimit, { name: 'Dahl' }]);
    await world.night();
    expect(world.staff().held()).toEqual(['Ash']);
    const [ash, dahl, day] = [await idOf('Ash'), await idOf('Dahl'), await today()];
    const { id } = await world.connection();
    const by = await change();
    await world.app.store.write(async (tx) => {
      await saveManualStanding(tx, id, manualStanding({ customerId: dahl, from: day }), by);
      const days = { from: day, until: addDays(day, 1) };
      const release = holdRelease({ customerId: ash, upToExposureMinor: 1200_00, ...days });
      await saveRelease(tx, id, { ...release, state: 'open' }, by);
    });
    const { judgement } = await nextNight();
    expect(world.staff().held()).toEqual(['Dahl']);
    expect(judgement.wishes[0]?.reason).toContain('released Ash until');
    await nextNight();
    expect(world.staff().held().sort()).toEqual(['Ash', 'Dahl']);
  });

  it('a hold for arrears waits for a person while the money is there and not allocated', async () => {
    await open([{ ...late, unappliedMinor: 600_00 }, overLimit]);
    await world.night();
    expect(world.staff().held()).toEqual(['Ash']);
    const [waiting] = await world.intents({ states: ['proposed'], kinds: ['hold.place'] });
    expect(waiting).toMatchObject({ content: { customerName: 'Birch' } });
    expect(waiting?.stateReason).toMatch(
      /^waits for approval: probably already paid: 600\.00 GBP of 2026-03-02 /,
    );
  });
});

describe('a night that is judged again', () => {
  const open = async (debtors: Debtor[]): Promise<void> => {
    world = await startWorld({ xero: [smallBook('harbour', debtors)] });
  };
  const written = async () => {
    const { reader } = world.app.store;
    const rows = async (
      table: 'standing' | 'standing_before' | 'decision' | 'flag' | 'hold' | 'intent' | 'audit',
    ) => reader.selectFrom(table).selectAll().execute();
    return Promise.all(
      (['standing', 'standing_before', 'decision', 'flag', 'hold', 'intent', 'audit'] as const).map(rows),
    );
  };

  it('changes nothing at all when nothing came in between', async () => {
    await open([overLimit, late, reminded]);
    await world.night();
    const before = await written();
    await decideOnly(world.app, await world.connection());
    expect(await written()).toEqual(before);
  });

  it('rests on what stood before the day, so that its last judgement can be made again from there', async () => {
    await open([overLimit, late]);
    const connection = await world.connection();
    const asOf = dayAt(world.emulator.clock.nowMs(), connection.timeZone);
    await world.night();
    world.staff().pay('B1');
    await world.sync();
    await decideOnly(world.app, await world.connection());
    const judgement = await judge(world.app, await world.connection(), asOf);
    expect(judgement.standings.map(({ from, standing }) => `${from} → ${standing}`)).toEqual([
      'clear → hold',
      'clear → clear',
    ]);
    const { reader } = world.app.store;
    expect(await readStandingsBefore(reader, connection.id, asOf)).toEqual(new Map());
    const now = await readStandings(reader, connection.id);
    expect([...now.values()].map(({ standing }) => standing).sort()).toEqual(['clear', 'hold']);
  });
});
