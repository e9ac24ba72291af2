/** One figure that is not what it was: where in a document, what it said then, and what it says now. */
export interface FieldDifference {
  /** 'ageing.d1_30', 'inputs.invoices.0.openMinor'; '' = the whole document. */
  field: string;
  /** Undefined = it was not there. */
  then: unknown;
  now: unknown;
}

/** Where two plain JSON values differ, leaf by leaf; empty when they are the same to the byte. Pure. */
export function differencesOf(then: unknown, now: unknown, field = ''): FieldDifference[] {
  if (JSON.stringify(then) === JSON.stringify(now)) return [];
  if (!isBranch(then) || !isBranch(now) || Array.isArray(then) !== Array.isArray(now))
    return [{ field, then, now }];
  const keys = new Set([...Object.keys(then), ...Object.keys(now)]);
  const within = [...keys].flatMap((key) =>
    differencesOf(then[key], now[key], field === '' ? key : `${field}.${key}`),
  );
  // Only the order of the fields is another: then the bytes differ and no figure does.
  return within.length > 0 ? within : [{ field, then, now }];
}

const isBranch = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
