import { HoldfastError, exponentOf, toMinor } from '../domain/index.ts';
import type { Order } from './order-answer.ts';

/** An order as it is written on a command line or in an address. */
export interface OrderText {
  amount: string;
  currency: string;
  reference: string | undefined;
}

const REFERENCE_CHARS_MAX = 100;

/**
 * Reads an order: an amount above 0 with no more places than its currency has, no thousands signs. Throws
 * ORDER_CURRENCY, ORDER_AMOUNT and ORDER_REFERENCE.
 */
export function parseOrder({ amount, currency, reference }: OrderText): Order {
  const code = currency.trim().toUpperCase();
  if (!/^[A-Z]{3}$/.test(code)) throw bad('ORDER_CURRENCY', `"${shown(currency)}" is not a currency.`, 'GBP');
  const places = exponentOf(code);
  const example = places === 0 ? '1200' : `1200.${'0'.repeat(places)}`;
  const pattern = places === 0 ? /^\d{1,12}$/ : new RegExp(`^\\d{1,12}(\\.\\d{1,${places}})?$`);
  if (!pattern.test(amount))
    throw bad('ORDER_AMOUNT', `"${shown(amount)}" is not an amount of ${code}.`, example);
  const amountMinor = toMinor(amount, code);
  if (amountMinor === 0) throw bad('ORDER_AMOUNT', 'The amount of an order must be above 0.', example);
  return { amountMinor, currency: code, reference: parseReference(reference) };
}

function parseReference(text: string | undefined): string | null {
  const reference = text?.trim() ?? '';
  if (reference.length > REFERENCE_CHARS_MAX) {
    const message = `The reference has ${reference.length} characters; ${REFERENCE_CHARS_MAX} at most.`;
    throw bad('ORDER_REFERENCE', message, 'SO-1042');
  }
  return reference === '' ? null : reference;
}

const shown = (text: string): string => text.slice(0, 40);

const bad = (code: string, message: string, example: string): HoldfastError =>
  new HoldfastError(code, message, { hint: `Write it as ${example}.` });
