import type { Clearing, ClearingPart } from '../../src/decisions/index.ts';
import { documentId } from '../../src/domain/index.ts';
import type { FactsInput } from '../../src/facts/index.ts';
import type { OpenCredit, OpenInvoice } from '../../src/mirror/index.ts';
import { AS_OF } from './facts-builders.ts';

/** The ledger after these parts were paid, each on its invoice or on account. */
export function afterParts(input: FactsInput, parts: readonly ClearingPart[]): FactsInput {
  const paid = new Map(parts.map((part) => [part.remoteId, part.amountMinor]));
  const invoices = input.invoices.map((one): OpenInvoice => {
    return { ...one, openMinor: one.openMinor - (paid.get(one.id) ?? 0) };
  });
  if (invoices.some((one) => one.openMinor < 0)) throw new Error('more was paid than is open');
  const onAccount = parts
    .filter((part) => part.remoteId === null)
    .map((part, i): OpenCredit => {
      const { customerId, currency, amountMinor } = part;
      const id = documentId(`on-account-${i + 1}`);
      return {
        id,
        kind: 'prepayment',
        customerId,
        number: id,
        date: AS_OF,
        currency,
        openMinor: amountMinor,
      };
    });
  return {
    ...input,
    invoices: invoices.filter((one) => one.openMinor > 0),
    credits: [...input.credits, ...onAccount],
  };
}

/** The same payment with one minor unit less on the part of this index. */
export function oneLess({ parts }: Clearing, index: number): ClearingPart[] {
  return parts.flatMap((part, i) => {
    const amountMinor = part.amountMinor - (i === index ? 1 : 0);
    return amountMinor === 0 ? [] : [{ ...part, amountMinor }];
  });
}
