import { Decimal } from 'decimal.js';
import { afterEach, describe, expect, it } from 'vitest';
import { applyCredit, createCreditMemo, payInvoice } from '../../emulator/quickbooks/edits.ts';
import { factsOf, quarantined } from './data-judged.ts';
import { idOf, records, rewrite, setFigures } from './data-records.ts';
import { bill, smallBook, type Debtor } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const debtors: Debtor[] = [
  { name: 'Ash', limit: '5000', bills: [bill('A1', 2, 700_00), bill('A2', -20, 100_00)] },
];

describe.each(['xero', 'quickbooks'] as const)('what lowers a debt on %s', (platform) => {
  async function open(): Promise<void> {
    world = await startWorld({ [platform]: [smallBook('harbour', debtors)] });
  }
  const xero = () => world.emulator.xero('harbour');
  const books = () => world.emulator.quickbooks('harbour');

  /** Syncs and shows that every invoice's open amount is the source's own; then exposure and what is unapplied. */
  async function settled(): Promise<{
    exposureMinor: number | undefined;
    unappliedMinor: number | undefined;
  }> {
    world.pass(60_000);
    await world.sync();
    expect(await quarantined(world)).toEqual([]);
    const { own } = await factsOf(world, 'Ash');
    const ours = own.invoices.map((invoice) => [invoice.number, invoice.openMinor]);
    const source = records(world, 'invoice').flatMap((invoice) => {
      const due = new Decimal(Number(invoice['AmountDue'] ?? invoice['Balance'])).times(100).toNumber();
      return due === 0 ? [] : [[invoice['InvoiceNumber'] ?? invoice['DocNumber'], due]];
    });
    expect(ours.sort()).toEqual(source.sort());
    return { exposureMinor: own.base?.exposureMinor, unappliedMinor: own.base?.unappliedMinor };
  }

  it('fault 34: a credit that is set against nothing counts once, and pays no invoice', async () => {
    await open();
    if (platform === 'xero') xero().createCreditNote({ contactId: 'Ash', number: 'C1', amountMinor: 50_05 });
    else
      createCreditMemo(books(), {
        customerId: idOf(world, 'customer', 'Ash'),
        number: 'C1',
        amountMinor: 50_05,
      });
    expect(await settled()).toEqual({ exposureMinor: 749_95, unappliedMinor: 50_05 });
  });

  it('fault 34: a credit that is set in part against an invoice counts each part once', async () => {
    await open();
    if (platform === 'xero') {
      const credit = xero().createCreditNote({ contactId: 'Ash', number: 'C1', amountMinor: 50_00 });
      xero().allocate(credit, 'A1', 20_00);
    } else {
      const credit = createCreditMemo(books(), {
        customerId: idOf(world, 'customer', 'Ash'),
        amountMinor: 50_00,
      });
      applyCredit(books(), credit.Id, idOf(world, 'invoice', 'A1'), 20_00);
    }
    expect(await settled()).toEqual({ exposureMinor: 750_00, unappliedMinor: 30_00 });
  });

  it('fault 34: an overpayment is credit until it is set against something', async () => {
    await open();
    world.staff().receive('Ash', 30_00);
    expect(await settled()).toEqual({ exposureMinor: 770_00, unappliedMinor: 30_00 });
  });

  it('fault 34: a prepayment is credit as well', async () => {
    await open();
    if (platform === 'xero') xero().createPrepayment({ contactId: 'Ash', amountMinor: 45_00 });
    else world.staff().receive('Ash', 45_00);
    expect(await settled()).toEqual({ exposureMinor: 755_00, unappliedMinor: 45_00 });
  });

  it('fault 34: a part payment leaves the rest, a second one leaves nothing', async () => {
    await open();
    world.staff().pay('A1', 699_99);
    expect(await settled()).toEqual({ exposureMinor: 100_01, unappliedMinor: 0 });
    world.staff().pay('A1', 1);
    expect(await settled()).toEqual({ exposureMinor: 100_00, unappliedMinor: 0 });
  });

  it('fault 34: a payment of a day to come counts as the source counts it, from the moment it is booked', async () => {
    await open();
    if (platform === 'xero') xero().payInvoice('A1', 200_00, '2026-04-30');
    else {
      const payment = payInvoice(books(), idOf(world, 'invoice', 'A1'), 200_00);
      rewrite(world, 'payment', payment.Id, (record) => void (record['TxnDate'] = '2026-04-30'));
    }
    expect(await settled()).toEqual({ exposureMinor: 600_00, unappliedMinor: 0 });
  });

  it('fault 34: a discount or a write-off lowers the debt without any payment', async () => {
    await open();
    setFigures(world, 'A1', { due: 693.0 });
    setFigures(world, 'A2', { due: 0 });
    if (platform === 'xero') rewrite(world, 'invoice', 'A2', (record) => void (record['Status'] = 'PAID'));
    expect(await settled()).toEqual({ exposureMinor: 693_00, unappliedMinor: 0 });
  });
});
