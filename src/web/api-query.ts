import type { Request } from 'express';
import { QueryFault } from './api-fault.ts';

/** A query that can be used: each name at most once and none that is not known. */
export type Query<Name extends string> = Partial<Record<Name, string>>;

/** Reads a query's values. Throws QueryFault naming what is unknown, doubled, empty or missing. */
export function readQuery<Name extends string>(
  req: Request,
  names: readonly Name[],
  required: readonly Name[],
): Query<Name> {
  const query: Query<Name> = {};
  for (const [field, value] of Object.entries(req.query)) {
    const name = names.find((one) => one === field);
    if (name === undefined) throw unknown(field, names);
    if (typeof value !== 'string') throw fault(field, `"${field}" is given several times.`, 'Give it once.');
    if (value.length > 500) throw fault(field, `"${field}" is too long.`, 'Give at most 500 characters.');
    if (value !== '') query[name] = value;
  }
  const missing = required.find((name) => query[name] === undefined);
  if (missing === undefined) return query;
  throw fault(missing, `"${missing}" is missing.`, `Add ${missing}=… to the address.`);
}

const fault = (field: string, detail: string, hint: string): QueryFault =>
  new QueryFault({ code: 'BAD_QUERY', detail, field, hint });

const unknown = (field: string, names: readonly string[]): QueryFault =>
  fault(field.slice(0, 40), `"${field.slice(0, 40)}" is not known here.`, `Known are ${names.join(', ')}.`);
