import { bill, type Debtor } from '../support/small-book.ts';

/** Customers that share so many open invoices, each of another amount; some are late, some are not due. */
export function busyDebtors(invoices: number, customers = 10): Debtor[] {
  return Array.from({ length: customers }, (_, index) => ({
    name: `Customer ${index}`,
    bills: Array.from({ length: Math.ceil((invoices - index) / customers) }, (_unused, at) =>
      bill(`N${index + at * customers}`, ((index + at) % 90) - 60, 1_00 + index + at * customers),
    ),
  }));
}
