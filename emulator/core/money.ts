const withoutMinorUnit = new Set(['CLP', 'ISK', 'JPY', 'KRW', 'PYG', 'UGX', 'VND', 'XAF', 'XOF', 'XPF']);
const withThreeDigits = new Set(['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND']);

/** How many decimals a currency has (ISO 4217): 2 unless it is one of the exceptions. */
export function minorDigits(currency: string): number {
  if (withoutMinorUnit.has(currency)) return 0;
  return withThreeDigits.has(currency) ? 3 : 2;
}

/** Minor units as the number that the platforms put into JSON: 4600 GBP → 46, 4601 GBP → 46.01. */
export function toMajor(amountMinor: number, currency: string): number {
  return Number((amountMinor / 10 ** minorDigits(currency)).toFixed(minorDigits(currency)));
}

/** The inverse of `toMajor`; float noise is rounded away. */
export function toMinor(amount: number, currency: string): number {
  return Math.round(amount * 10 ** minorDigits(currency));
}
