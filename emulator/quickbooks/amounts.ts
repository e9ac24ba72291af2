import { Decimal } from 'decimal.js';
import { minorDigits } from '../core/money.ts';

const names = new Intl.DisplayNames('en', { type: 'currency' });
const ownNames: Record<string, string> = { USD: 'United States Dollar', GBP: 'British Pound Sterling' };

/** A transaction's minor units in the home currency's, at `rate` home units for one, half up. */
export function homeMinor(minor: number, currency: string, rate: string, home: string): number {
  if (currency === home) return minor;
  const shift = minorDigits(home) - minorDigits(currency);
  return new Decimal(minor)
    .mul(rate)
    .mul(new Decimal(10).pow(shift))
    .toDecimalPlaces(0, Decimal.ROUND_HALF_UP)
    .toNumber();
}

/** A currency's name as QuickBooks writes it beside the code. */
export function currencyName(code: string): string {
  return ownNames[code] ?? names.of(code) ?? code;
}
