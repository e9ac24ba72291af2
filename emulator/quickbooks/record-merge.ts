import { missing, notFound, staleObject } from './fault-bodies.ts';
import type { CompanyBooks } from './books.ts';
import type { NativeEntity } from './native.ts';

/** A body as a client sent it. */
export type Body = Record<string, unknown>;

/** What the server alone decides. */
const serverFields = ['Id', 'SyncToken', 'MetaData', 'domain', 'sparse', 'status', 'time'];

/** A new record's outer fields; `save` puts the times. */
export function blank(id: string): NativeEntity {
  return { domain: 'QBO', sparse: false, Id: id, SyncToken: '0', MetaData: { LastUpdatedTime: '' } };
}

/**
 * The record that an update is about. Throws 610 when there is none, 2020 without a SyncToken, 5010 when it was
 * changed since.
 */
export function currentRecord<T extends NativeEntity>(books: CompanyBooks, entity: string, body: Body): T {
  const id = idOf(body);
  const record = books.read<T>(entity, id);
  if (!record) throw notFound(`${entity} ${id}`);
  const token = body['SyncToken'];
  if (typeof token !== 'string' && typeof token !== 'number') throw missing('SyncToken');
  if (String(token) !== record.SyncToken) throw staleObject();
  return record;
}

/**
 * A record with an update laid over it: a sparse one keeps what it does not name, a full one clears it. Empty text
 * clears a field, null leaves it alone. `kept` are fields that no client may change.
 */
export function merged<T extends NativeEntity>(record: T, body: Body, kept: readonly string[]): T {
  const fixed = new Set([...serverFields, ...kept]);
  const base = body['sparse'] === true || body['sparse'] === 'true' ? record : only(record, fixed);
  const result: Body = { ...base };
  for (const [name, value] of Object.entries(body)) {
    if (fixed.has(name) || value === null) continue;
    if (value === '') delete result[name];
    else result[name] = value;
  }
  return result as T;
}

/** What a client may say of a new record. */
export function creatable(body: Body, kept: readonly string[]): Body {
  const fixed = new Set([...serverFields, ...kept]);
  return Object.fromEntries(
    Object.entries(body).filter(([name, value]) => !fixed.has(name) && value !== null && value !== ''),
  );
}

/** The id in a body, '' when it names none. */
export function idOf(body: Body): string {
  const id = body['Id'];
  return typeof id === 'string' || typeof id === 'number' ? String(id) : '';
}

function only(record: Body, names: ReadonlySet<string>): Body {
  return Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name)));
}
