import { describe, expect, it } from 'vitest';
import { computeFacts, reconcile } from '../../src/facts/index.ts';
import { factsInput, ledgerCustomer, openCredit, openInvoice } from '../support/facts-builders.ts';

const compare = (
  platformBalanceMinor: number | null,
  fields: Parameters<typeof factsInput>[0],
  creditsMayCount = false,
) => {
  const customers = [ledgerCustomer('c1', { platformBalanceMinor })];
  return reconcile(computeFacts(factsInput({ customers, ...fields })), { creditsMayCount });
};
const owing = {
  invoices: [openInvoice('1', 100_00), openInvoice('2', 20_00)],
  credits: [openCredit('3', 30_00)],
};

describe('the reconciliation with the platform’s own balances', () => {
  it('finds nothing where both say the same, to the minor unit', () => {
    expect(compare(90_00, owing)).toEqual({
      compared: 1,
      notCompared: 0,
      totals: [{ currency: 'GBP', mirrorMinor: 90_00, platformMinor: 90_00 }],
      differences: [],
    });
  });

  it('lists a difference of a single penny, with both figures', () => {
    const { differences, totals } = compare(90_01, owing);
    expect(differences).toMatchObject([{ customerId: 'c1', mirrorMinor: 90_00, platformMinor: 90_01 }]);
    expect(totals).toEqual([{ currency: 'GBP', mirrorMinor: 90_00, platformMinor: 90_01 }]);
  });

  it('takes a figure without the credits taken off as right only where the platform may give it so', () => {
    expect(compare(120_00, owing).differences).toHaveLength(1);
    expect(compare(120_00, owing, true).differences).toEqual([]);
    expect(compare(90_00, owing, true).differences).toEqual([]);
  });

  it('does not compare several currencies in one figure, and says so', () => {
    const invoices = [openInvoice('1', 100_00), openInvoice('2', 20_00, { currency: 'EUR' })];
    expect(compare(120_00, { invoices })).toMatchObject({ compared: 0, notCompared: 1, differences: [] });
  });

  it('compares a customer that owes nothing: the platform may think otherwise', () => {
    expect(compare(5_00, {}).differences).toMatchObject([{ mirrorMinor: 0, platformMinor: 5_00 }]);
    expect(compare(null, {})).toMatchObject({ compared: 0, notCompared: 0 });
  });
});
