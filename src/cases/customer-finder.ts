import type { CustomerId } from '../domain/index.ts';

/** Enough of a customer to find the one that a row means. */
export interface NamedCustomer {
  id: CustomerId;
  name: string;
  accountNumber: string | null;
  status: string;
}

/** The customer that a text means, or why it cannot be said. */
export type Found = { customer: NamedCustomer } | { fault: string };

export const isLive = ({ status }: NamedCustomer): boolean => status !== 'merged' && status !== 'deleted';

/**
 * Finds customers by the platform's id, else by account number, else by exact name; those that are gone are not
 * found. Spreadsheets take leading zeros away and put odd spaces in: what they may have done is said, not guessed.
 * `texts`: all that the file has to say, for an id of digits in a file of ids alone is no mangled account number.
 */
export function customerFinder(customers: NamedCustomer[], texts: string[]): (text: string) => Found {
  const live = customers.filter(isLive);
  const index = (keyOf: (customer: NamedCustomer) => string | null) =>
    Map.groupBy(
      live.filter((one) => keyOf(one) !== null),
      (one) => keyOf(one) ?? '',
    );
  const exact = [index((one) => one.id), index((one) => one.accountNumber), index((one) => one.name)];
  const byBareNumber = index((one) => (one.accountNumber === null ? null : withoutZeros(one.accountNumber)));
  const byLooseName = index((one) => loose(one.name));
  const hasIdsOnly = texts.every((text) => text === '' || exact[0]?.has(text) === true);
  return (text) => {
    if (text === '') return { fault: 'no customer is named' };
    const found = exact.map((one) => one.get(text)).find((some) => some !== undefined) ?? [];
    const [only] = found;
    const mangled = (byBareNumber.get(withoutZeros(text)) ?? []).filter((one) => one.accountNumber !== text);
    if (only === undefined) return { fault: unknown(text, mangled, byLooseName.get(loose(text)) ?? []) };
    if (found.length > 1) return { fault: severalOf(text, found) };
    const other = hasIdsOnly ? undefined : mangled.find((one) => one.id !== only.id);
    return other === undefined ? { customer: only } : { fault: eitherOf(text, only, other) };
  };
}

function unknown(text: string, mangled: NamedCustomer[], similar: NamedCustomer[]): string {
  const sentence = `no customer has the id, account number or name "${text}"`;
  const [zeros] = mangled;
  if (zeros !== undefined)
    return `${sentence}: a spreadsheet took its leading zeros if "${zeros.accountNumber ?? ''}" (${zeros.name}) is meant; format the column as text and write them`;
  const [name] = similar;
  return name === undefined
    ? sentence
    : `${sentence}: write "${name.name}" if that is meant, letter by letter`;
}

function severalOf(text: string, found: NamedCustomer[]): string {
  const ids = found.map((customer) => customer.id).join(', ');
  return `${found.length} customers are called "${text}": use one of the ids ${ids}`;
}

const eitherOf = (text: string, one: NamedCustomer, other: NamedCustomer): string =>
  `"${text}" is ${one.name}, or the account number "${other.accountNumber ?? ''}" of ${other.name} without its leading zeros: use the id ${one.id === text ? other.id : one.id} or ${one.id === text ? 'the ids of all rows' : other.id}`;

const withoutZeros = (text: string): string => text.replace(/^0+(?=\d)/, '');

/** As a reader would see it: one kind of space, no capitals, no invisible characters. */
const loose = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
