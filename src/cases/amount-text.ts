import { exponentOf, toMinor } from '../domain/index.ts';

/** An amount as somebody wrote it: its minor units, or what is wrong with it. */
export type AmountText = { minor: number } | { fault: string };

/** No limit, promise or release is larger: twelve digits before the point. */
const DIGITS = 12;

/**
 * Reads a plain decimal of the currency's places, such as 1200.00. Whatever can be read in two ways is refused: the
 * same text must never be a thousand times more in another country.
 */
export function readAmountText(text: string, currency: string): AmountText {
  const places = exponentOf(currency);
  const decimals = places === 0 ? '' : `(\\.\\d{1,${places}})?`;
  if (new RegExp(`^\\d{1,${DIGITS}}${decimals}$`).test(text)) return { minor: toMinor(text, currency) };
  return { fault: amountFault(text, places) };
}

const FAULTS: [pattern: RegExp, fault: string][] = [
  [/^$/, 'nothing is there'],
  [/[\u00A0\u202F\u2007]/, 'it has a non-breaking space in it, as spreadsheets put between thousands'],
  [/\s/, 'it has a space in it'],
  [
    /\p{Sc}|\d[A-Za-z]{3}$|^[A-Za-z]{3}\d/u,
    'leave currency signs and words out: it is the company’s base currency',
  ],
  [/^[-(−]/, 'it is negative'],
  [/^\d+(\.\d+)?[eE][+-]?\d+$/, 'a spreadsheet wrote it with an exponent: show the column as a number'],
  [/,/, 'a comma may mean thousands or decimals: write a point for decimals and nothing for thousands'],
  [/\..*\./, 'points between thousands are not taken: write nothing there'],
];

function amountFault(text: string, places: number): string {
  const known = FAULTS.find(([pattern]) => pattern.test(text));
  if (known !== undefined) return known[1];
  if (/^\d+\.\d+$/.test(text))
    return places === 0 ? 'this currency has no decimals' : `this currency has ${places} decimals`;
  return /^\d+$/.test(text) ? `more than ${DIGITS} digits` : 'it is not a number';
}
