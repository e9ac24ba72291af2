import { afterEach, describe, expect, it } from 'vitest';
import { deleteInvoice, deletePayment } from '../../emulator/quickbooks/edits.ts';
import { dayAt } from '../../src/domain/index.ts';
import { readCustomers, readLastRun } from '../../src/mirror/index.ts';
import { judge, type Judgement } from '../../src/nightly.ts';
import { mirrored, type Mirrored } from '../support/mirrored.ts';
import { bill, smallBook, type Debtor } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const debtors: Debtor[] = [
  { name: 'Ash', limit: '1000', bills: [bill('A1', 40, 700_00), bill('A2', -10, 200_00)] },
  { name: 'Birch', limit: '1000', bills: [bill('B1', 2, 200_00)] },
];

describe.each(['xero', 'quickbooks'] as const)('what people change on %s', (platform) => {
  async function open(): Promise<void> {
    world = await startWorld({ [platform]: [smallBook('harbour', debtors)] });
    await world.night();
    world.pass(3_600_000);
  }

  /** Follows the changes, and shows that a full look from the beginning finds the same. */
  async function follow(): Promise<Judgement> {
    await world.sync();
    const { app, ids } = world;
    expect(await readLastRun(app.store.reader, ids[0]!)).toMatchObject({ mode: 'incremental' });
    const followed = await mirrored(app, ids[0]!);
    await world.sync(ids[0], { full: true });
    expect(withoutStamps(await mirrored(app, ids[0]!))).toEqual(withoutStamps(followed));
    const connection = await world.connection();
    return judge(app, connection, dayAt(app.clock.nowMs(), connection.timeZone));
  }

  const exposures = ({ day }: Judgement): Record<string, number | undefined> =>
    Object.fromEntries(day.facts.map((one) => [one.customer.name, one.own.base?.exposureMinor]));

  const invoiceStatus = async (number: string): Promise<unknown> =>
    (await mirrored(world.app, world.ids[0]!)).invoices.find((row) => row['number'] === number)?.['status'];

  it('is followed when an invoice is voided', async () => {
    await open();
    world.staff().voidInvoice('A1');
    expect(exposures(await follow())).toEqual({ Ash: 200_00, Birch: 200_00 });
    expect(await invoiceStatus('A1')).toBe('voided');
  });

  it('is followed when a part of an invoice is paid, a new one written and money left unallocated', async () => {
    await open();
    world.staff().pay('A1', 100_00);
    world.staff().bill('Birch', { number: 'B2', amountMinor: 55_55, date: '2026-03-11', due: '2026-04-10' });
    world.staff().receive('Birch', 20_00);
    expect(exposures(await follow())).toEqual({ Ash: 800_00, Birch: 235_55 });
  });

  it('is followed when a payment bounces', async () => {
    await open();
    let takeBack: () => void;
    if (platform === 'xero') {
      const edits = world.emulator.xero('harbour');
      const payment = edits.payInvoice('A1');
      takeBack = () => edits.deletePayment(payment);
    } else {
      world.staff().pay('A1');
      const books = world.emulator.quickbooks('harbour');
      const payment = books.transactionsOf('Payment', world.staff().idOf('Ash')).at(-1)!;
      takeBack = () => deletePayment(books, payment.Id);
    }
    expect(exposures(await follow())).toEqual({ Ash: 200_00, Birch: 200_00 });
    world.pass(3_600_000);
    takeBack();
    expect(exposures(await follow())).toEqual({ Ash: 900_00, Birch: 200_00 });
  });

  it('is followed when a customer is archived: its debt stays, and nobody reminds it', async () => {
    await open();
    world.staff().archive('Birch');
    const judgement = await follow();
    expect(judgement.day.facts.map((one) => one.customer.status).sort()).toEqual(['active', 'archived']);
    expect(Object.values(exposures(judgement)).sort()).toEqual([200_00, 900_00]);
    const { lines } = await world.dispatch();
    expect(lines.find((line) => line.kind === 'reminder' && line.customerName === 'Birch')).toMatchObject({
      state: 'superseded',
    });
    expect((await world.inbox()).map((mail) => mail.recipients)).toEqual([['accounts@ash.example']]);
  });

  it('is followed when two customers are merged: the debt is the survivor’s, the message too', async () => {
    await open();
    world.staff().merge('Birch', 'Ash');
    const judgement = await follow();
    expect(exposures(judgement)).toEqual({ Ash: 1100_00 });
    const gone = (await readCustomers(world.app.store.reader, world.ids[0]!)).find(
      (customer) => customer.name === 'Birch',
    );
    expect(gone?.status).toBe(platform === 'xero' ? 'merged' : 'deleted');
    await world.dispatch();
    expect((await world.inbox()).map((mail) => mail.recipients)).toEqual([['accounts@ash.example']]);
  });
});

describe('what people delete on QuickBooks', () => {
  it('is gone from the facts and its reminder is withdrawn', async () => {
    world = await startWorld({ quickbooks: [smallBook('harbour', debtors)] });
    await world.night();
    world.pass(60_000);
    deleteInvoice(world.emulator.quickbooks('harbour'), world.staff().invoiceId('B1'));
    const { lines } = await world.dispatch();
    expect(lines.find((line) => line.customerName === 'Birch')).toMatchObject({ state: 'superseded' });
    world.pass(86_400_000);
    const { judgement } = await world.night();
    const birch = judgement.day.facts.find((one) => one.customer.name === 'Birch');
    expect(birch?.own.base?.exposureMinor).toBe(0);
    expect((await world.inbox()).map((mail) => mail.recipients)).toEqual([['accounts@ash.example']]);
  });
});

/**
 * A full run sees the same rows; that a row was looked at again is no difference. Nor is the balance that Xero keeps on
 * a contact: its documents change without the contact, so that a run of changes does not bring it.
 */
function withoutStamps(rows: Mirrored): unknown {
  const passing = ['updated_at', 'platform_balance_minor'];
  return JSON.parse(
    JSON.stringify(rows, (key, value: unknown) => (passing.includes(key) ? undefined : value)),
  );
}
