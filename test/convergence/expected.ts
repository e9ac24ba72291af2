/**
 * What the mirror should hold, in the words of its tables. Read straight from the emulator's own rows, by code that
 * shares nothing with the connectors: two readings that agree are worth more than one.
 */
export interface ExpectedRow {
  table: 'customer' | 'invoice' | 'credit' | 'payment';
  /** Key within the connection: 'id', or 'kind/id' of a credit. */
  key: string;
  /** The platform deleted it and left a tombstone: only its being gone is compared. */
  gone: boolean;
  /** It says nothing that its absence would not say: the unapplied part of a payment that has none. */
  dispensable?: boolean;
  /** Columns by name. Allocations are sorted; a rate is a number or null. */
  columns: Record<string, string | number | null>;
  /** Last change by the platform's clock. */
  updatedMs: number;
}

export interface ExpectedAllocation {
  invoiceId: string;
  amountMinor: number;
  date: string;
}

/** Allocations as one text, whatever their order. */
export function allocationsText(list: readonly ExpectedAllocation[]): string {
  const lines = list.map(({ invoiceId, amountMinor, date }) => `${invoiceId} ${amountMinor} ${date}`);
  return lines.sort().join('; ');
}

/** Addresses one by one, as a person would read them off a field of several. */
export function addressesIn(text: unknown): string[] {
  if (typeof text !== 'string') return [];
  return text
    .split(/[;,]/)
    .map((one) => one.trim())
    .filter(Boolean);
}

/** An amount of JSON in minor units. */
export function minor(amount: unknown, currency: string): number {
  const digits = { JPY: 0, KWD: 3 }[currency] ?? 2;
  return Math.round(Number(amount ?? 0) * 10 ** digits);
}

export type Fields = Record<string, unknown>;

/** A field of a field, as text; '' when there is none. */
export function textIn(record: unknown, ...path: string[]): string {
  let value = record;
  for (const name of path) value = (value as Fields | null | undefined)?.[name];
  return typeof value === 'string' ? value : '';
}
