import type { CustomerId } from '../domain/index.ts';
import type { CustomerFacts } from './compute-facts.ts';

/** One customer whose balance the platform gives otherwise than the mirror. Minor units of `currency`. */
export interface Difference {
  customerId: CustomerId;
  customerName: string;
  currency: string;
  mirrorMinor: number;
  platformMinor: number;
}

/** The mirror's open items against the platform's own balances. */
export interface Reconciliation {
  /** Customers whose balances were compared. */
  compared: number;
  /** Customers that owe but cannot be compared: several currencies, or the platform gives no balance. */
  notCompared: number;
  /** Sums over the compared, per currency. */
  totals: { currency: string; mirrorMinor: number; platformMinor: number }[];
  differences: Difference[];
}

/**
 * Compares each customer's own open balance with the platform's figure, to the minor unit. Whether Xero's figure has
 * unapplied credits taken off is not documented: with `creditsMayCount` either answer is right. Pure.
 */
export function reconcile(facts: CustomerFacts[], options: { creditsMayCount: boolean }): Reconciliation {
  const result: Reconciliation = { compared: 0, notCompared: 0, totals: [], differences: [] };
  for (const one of facts) {
    const { customer } = one;
    const figures = ownFigures(one);
    if (customer.platformBalanceMinor === null || figures === null) {
      if (one.own.byCurrency.length > 0) result.notCompared += 1;
      continue;
    }
    const platformMinor = customer.platformBalanceMinor;
    const { netMinor, grossMinor } = figures;
    const mirrorMinor = options.creditsMayCount && platformMinor === grossMinor ? grossMinor : netMinor;
    result.compared += 1;
    addTotal(result.totals, customer.currency, mirrorMinor, platformMinor);
    if (mirrorMinor === platformMinor) continue;
    const { id: customerId, name: customerName, currency } = customer;
    result.differences.push({ customerId, customerName, currency, mirrorMinor, platformMinor });
  }
  return result;
}

/** Open less unapplied, and open alone, in the customer's currency; null when it owes in another as well. */
function ownFigures({ customer, own }: CustomerFacts): { netMinor: number; grossMinor: number } | null {
  const [figures, ...others] = own.byCurrency;
  if (figures === undefined) return { netMinor: 0, grossMinor: 0 };
  if (others.length > 0 || figures.currency !== customer.currency) return null;
  return { netMinor: figures.balanceMinor, grossMinor: figures.balanceMinor + figures.unappliedMinor };
}

function addTotal(
  totals: Reconciliation['totals'],
  currency: string,
  mirrorMinor: number,
  platformMinor: number,
): void {
  const total = totals.find((one) => one.currency === currency);
  if (total === undefined) {
    totals.push({ currency, mirrorMinor, platformMinor });
    return;
  }
  total.mirrorMinor += mirrorMinor;
  total.platformMinor += platformMinor;
}
