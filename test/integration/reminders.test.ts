import { afterEach, describe, expect, it } from 'vitest';
import type { NativeTransaction } from '../../emulator/quickbooks/native.ts';
import type { XeroInvoice } from '../../emulator/xero/native.ts';
import { bill, smallBook, type Debtor } from '../support/small-book.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

describe.each(['xero', 'quickbooks'] as const)('reminders on %s', (platform) => {
  async function open(debtors: Debtor[], options: Partial<WorldOptions> = {}): Promise<void> {
    world = await startWorld({ [platform]: [smallBook('harbour', debtors)], ...options });
  }

  const recipients = async (): Promise<string[]> =>
    (await world.inbox()).map((mail) => mail.recipients.join());

  it('go out inside the window only, however late the night decided them', async () => {
    await open([{ name: 'Birch', bills: [bill('B1', 2, 200_00)] }], { now: '2026-03-11T18:30:00Z' });
    await world.night();
    for (const closed of ['2026-03-11T18:40:00Z', '2026-03-12T08:59:30Z']) {
      world.moveTo(closed);
      expect((await world.dispatch()).lines).toEqual([]);
    }
    expect(await recipients()).toEqual([]);
    world.moveTo('2026-03-12T09:00:10Z');
    await world.dispatch();
    expect(await recipients()).toEqual(['accounts@birch.example']);
  });

  it('wait for Monday when a weekend lies between, and are not sent in a burst after a long silence', async () => {
    await open([{ name: 'Birch', bills: [bill('B1', 2, 200_00)] }], { now: '2026-03-13T18:30:00Z' });
    await world.night();
    for (const day of ['14', '15']) {
      world.moveTo(`2026-03-${day}T10:00:00Z`);
      await world.night();
      await world.dispatch();
    }
    expect(await recipients()).toEqual([]);
    world.moveTo('2026-03-16T03:00:00Z');
    await world.night();
    world.moveTo('2026-03-16T09:30:00Z');
    await world.dispatch();
    expect(await recipients()).toEqual(['accounts@birch.example']);
    // Two weeks without a single night, as when the machine was off: one message is due then, not three.
    world.moveTo('2026-03-31T09:30:00Z');
    await world.night();
    await world.dispatch();
    expect(await recipients()).toHaveLength(2);
  });

  it(
    'climb the ladder step by step over forty days, each step once, and end when the debt is paid',
    {
      timeout: 60_000,
    },
    async () => {
      await open([{ name: 'Birch', bills: [{ number: 'B1', due: '2026-03-14', amountMinor: 200_00 }] }], {
        now: '2026-03-10T03:00:00Z',
      });
      const firstDay = Date.parse('2026-03-10T00:00:00Z');
      for (let day = 0; day < 41; day += 1) {
        world.moveTo(new Date(firstDay + day * 86_400_000 + 3 * 3_600_000).toISOString());
        await world.night();
        world.pass(7 * 3_600_000);
        await world.dispatch();
      }
      const sent = (await world.inbox()).map((mail) => [
        new Date(mail.receivedMs).toISOString().slice(0, 10),
        mail.subject.replace(/ \(.*$/, ''),
      ]);
      // Due on Saturday 14 March. Steps that fall on a weekend leave on the Monday; summer time begins on the 29th.
      expect(sent).toEqual([
        ['2026-03-11', 'Coming due: 200.00 GBP'],
        ['2026-03-16', 'Payment reminder: 200.00 GBP'],
        ['2026-03-23', 'Second reminder: 200.00 GBP overdue'],
        ['2026-03-30', 'Overdue: 200.00 GBP, please reply'],
        ['2026-04-13', 'Final reminder: 200.00 GBP'],
      ]);
      world.staff().pay('B1');
      world.moveTo('2026-04-20T03:00:00Z');
      await world.night();
      world
        .staff()
        .bill('Birch', { number: 'B2', amountMinor: 50_00, date: '2026-03-20', due: '2026-04-19' });
      world.moveTo('2026-04-21T03:00:00Z');
      await world.night();
      world.pass(7 * 3_600_000);
      await world.dispatch();
      expect((await world.inbox()).at(-1)?.subject).toMatch(/^Payment reminder: 50\.00 GBP/);
    },
  );

  it('reach an address once a day, whichever of its customers it is about', async () => {
    // A Xero contact has one address of its own; further ones belong to persons.
    const alsoShared =
      platform === 'xero' ? 'clerk@office.example' : 'kim@dogwood.example,clerk@office.example';
    await open([
      { name: 'Birch', email: 'Clerk@office.example', bills: [bill('B1', 5, 200_00)] },
      { name: 'Cedar', email: 'clerk@OFFICE.example', bills: [bill('C1', 3, 100_00)] },
      { name: 'Dogwood', email: alsoShared, bills: [bill('D1', 2, 10_00)] },
    ]);
    await world.night();
    await world.dispatch();
    expect(await recipients()).toHaveLength(1);
    world.moveTo('2026-03-12T10:00:00Z');
    await world.night();
    await world.dispatch();
    expect(await recipients()).toHaveLength(2);
    world.moveTo('2026-03-13T10:00:00Z');
    await world.night();
    await world.dispatch();
    const about = (await world.inbox()).map((mail) => /[BCD]1/.exec(mail.text)?.[0]);
    expect(about.sort()).toEqual(['B1', 'C1', 'D1']);
  });

  it('are not sent for what was paid between the decision and the window', async () => {
    await open([
      { name: 'Birch', bills: [bill('B1', 2, 200_00)] },
      { name: 'Cedar', bills: [bill('C1', 9, 80_00), bill('C2', 3, 90_00)] },
    ]);
    await world.night();
    world.staff().pay('B1');
    world.staff().pay('C2');
    const { lines } = await world.dispatch();
    expect(lines.find((line) => line.customerName === 'Birch')).toMatchObject({
      state: 'superseded',
      detail: 'nothing of it is due any more',
    });
    const inbox = await world.inbox();
    expect(inbox.map((mail) => mail.recipients)).toEqual([['accounts@cedar.example']]);
    expect(inbox[0]?.text).toContain('C1');
    expect(inbox[0]?.text).not.toContain('C2');
    expect(inbox[0]?.subject).toContain('80.00 GBP');
  });

  it('do not take a step that the oldest item had earned, when that was paid and the rest is younger', async () => {
    await open([{ name: 'Cedar', bills: [bill('C1', 9, 80_00), bill('C2', -2, 90_00)] }]);
    await world.night();
    await world.dispatch();
    world.moveTo('2026-03-16T10:00:00Z');
    await world.night();
    world.staff().pay('C1');
    const { lines } = await world.dispatch();
    expect(lines.find((line) => line.kind === 'reminder')).toMatchObject({
      state: 'superseded',
      detail: 'the oldest item was paid; what is left is younger',
    });
    expect(await recipients()).toHaveLength(1);
  });

  it('say what the platform says at that moment, not what was decided', async () => {
    await open([{ name: 'Birch', bills: [bill('B1', 2, 200_00)] }]);
    await world.night();
    world.staff().pay('B1', 60_00);
    world.staff().setEmail('Birch', 'new@birch.example');
    await world.dispatch();
    expect(await world.inbox()).toMatchObject([
      { recipients: ['new@birch.example'], subject: expect.stringContaining('140.00 GBP') as string },
    ]);
  });

  it('are left to a person when money of the customer lies unallocated that reaches the debt', async () => {
    await open([
      { name: 'Birch', bills: [bill('B1', 2, 200_00)], unappliedMinor: 200_00 },
      { name: 'Cedar', bills: [bill('C1', 2, 200_00)], unappliedMinor: 199_99 },
      { name: 'Dogwood', email: null, bills: [bill('D1', 2, 200_00)] },
    ]);
    const { judgement } = await world.night();
    expect(judgement.reminders.tasks.map((task) => [task.billToName, task.kind])).toEqual([
      ['Birch', 'allocate'],
      ['Dogwood', 'no-address'],
    ]);
    await world.dispatch();
    expect(await recipients()).toEqual(['accounts@cedar.example']);
    // What the debtor must still pay is net of its credit.
    expect((await world.inbox())[0]?.subject).toContain(' 0.01 GBP');
  });

  it('are withdrawn when such money arrived after the decision and was seen by a sync', async () => {
    await open([{ name: 'Birch', bills: [bill('B1', 2, 200_00)] }]);
    await world.night();
    world.staff().receive('Birch', 200_00);
    world.pass(60_000);
    await world.sync();
    const { lines } = await world.dispatch();
    expect(lines).toMatchObject([
      { state: 'superseded', detail: 'unapplied money reaches the sum: allocate it first' },
    ]);
    expect(await recipients()).toEqual([]);
  });

  it('are exactly one invoice e-mail of the platform per customer and day without a mail server', async () => {
    await open(
      [
        { name: 'Birch', bills: [bill('B1', 2, 200_00), bill('B2', 12, 90_00), bill('B3', 1, 10_00)] },
        { name: 'Cedar', email: null, bills: [bill('C1', 5, 10_00)] },
      ],
      { mail: false },
    );
    await world.night();
    for (let round = 0; round < 3; round += 1) {
      await world.dispatch();
      world.pass(10 * 60_000);
      await world.night();
    }
    expect(world.platformMails().map((mail) => mail.target)).toEqual([world.staff().invoiceId('B2')]);
    expect(await world.intents({ kinds: ['reminder'] })).toMatchObject([{ state: 'done' }]);
  });

  it('go to nobody of whom a document could not be understood', async () => {
    await open([
      { name: 'Birch', bills: [bill('B1', 2, 200_00)] },
      { name: 'Cedar', limit: '10', bills: [bill('C1', 40, 600_00), bill('C2', 2, 10_00)] },
    ]);
    garble('C2');
    const { judgement } = await world.night();
    expect(judgement.flags.filter((flag) => flag.rule === 'cannot-decide')).toHaveLength(1);
    await world.dispatch();
    expect(await recipients()).toEqual(['accounts@birch.example']);
    expect(world.holdWrites()).toEqual([]);
  });

  /** Puts something into an invoice that the platform never says there. */
  function garble(number: string): void {
    const id = world.staff().invoiceId(number);
    if (platform === 'quickbooks') {
      const books = world.emulator.quickbooks('harbour');
      books.replace('Invoice', { ...books.read<NativeTransaction>('Invoice', id)!, TxnDate: 'yesterday' });
      return;
    }
    const { store } = world.emulator.xero('harbour');
    const nowMs = store.nowMs();
    const changed = { Status: 'HALF-PAID', UpdatedDateUTC: `/Date(${nowMs}+0000)/` };
    store.put('Invoices', { ...store.read<XeroInvoice>('Invoices', id), ...changed }, nowMs);
  }
});
