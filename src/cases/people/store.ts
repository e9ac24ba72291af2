import { timingSafeEqual } from 'node:crypto';
import type { Reader, Tx } from '../../store/index.ts';
import { sha256Hex } from '../../lib/index.ts';
import { HoldfastError } from '../../domain/index.ts';
import { keyIdOf, type ApiScope, type NewApiKey } from '../api-key.ts';
import { findPerson, type Person } from '../approval.ts';
import type { Change } from '../change.ts';
import { nameKey } from '../name-key.ts';

/** Everybody who is registered now, in the order of the alphabet. Empty: everybody may decide. */
export async function readPeople(reader: Reader): Promise<Person[]> {
  const people = new Map<string, Person>();
  for (const version of await readPeopleHistory(reader)) {
    const { name, role, upTo, state } = version;
    if (state === 'gone') people.delete(nameKey(name));
    else people.set(nameKey(name), { name, role, upTo });
  }
  return [...people.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** One word on a person, with who said it and when. */
export interface PersonVersion extends Person {
  state: 'present' | 'gone';
  by: string;
  atMs: number;
}

/** Everything that was ever said of anybody, oldest first. */
export async function readPeopleHistory(reader: Reader): Promise<PersonVersion[]> {
  const rows = await reader.selectFrom('person').selectAll().orderBy('seq').execute();
  return rows.map((row) => ({
    name: row.name,
    role: row.role,
    upTo: row.up_to,
    state: row.state === 'gone' ? 'gone' : 'present',
    by: row.set_by,
    atMs: row.at_ms,
  }));
}

/** The registered person of a name, however it is spelled; null when there is none. */
export async function readPerson(reader: Reader, name: string): Promise<Person | null> {
  return findPerson(await readPeople(reader), name);
}

/** The name as it is registered; any name while nobody is. Throws PERSON_UNKNOWN. */
export async function readDecider(reader: Reader, name: string): Promise<string> {
  const people = await readPeople(reader);
  if (people.length === 0) return name;
  const person = findPerson(people, name);
  if (person !== null) return person.name;
  const known = people.map((one) => one.name).join(', ');
  throw new HoldfastError('PERSON_UNKNOWN', `"${name}" is not one of the people who may decide: ${known}.`, {
    hint: 'Say who you are with --as NAME. `holdfast people add` registers somebody.',
  });
}

/** Writes down that a person is there, with a role; again with another role or amount to change them. */
export async function savePerson(tx: Tx, person: Person, change: Change): Promise<void> {
  await insertPerson(tx, person, 'present', change);
}

/** Writes down that a person is gone; what they decided stays. */
export async function removePerson(tx: Tx, person: Person, change: Change): Promise<void> {
  await insertPerson(tx, person, 'gone', change);
}

async function insertPerson(
  tx: Tx,
  person: Person,
  state: 'present' | 'gone',
  change: Change,
): Promise<void> {
  const { name, role, upTo } = person;
  await tx
    .insertInto('person')
    .values({
      name_key: nameKey(name),
      name,
      role,
      up_to: upTo,
      state,
      at_ms: change.atMs,
      set_by: change.by,
    })
    .execute();
}

/** A key of a program, without its secret. */
export interface ApiKey {
  id: string;
  name: string;
  scopes: ApiScope[];
  expiresAtMs: number | null;
  createdAtMs: number;
  createdBy: string;
  revokedAtMs: number | null;
  revokedBy: string | null;
}

/** Every key that was ever made, oldest first. */
export async function readApiKeys(reader: Reader): Promise<ApiKey[]> {
  const rows = await reader
    .selectFrom('api_key')
    .leftJoin('api_key_end', 'api_key_end.id', 'api_key.id')
    .selectAll('api_key')
    .select(['api_key_end.at_ms', 'api_key_end.set_by'])
    .orderBy('created_at_ms')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    scopes: JSON.parse(row.scopes) as ApiScope[],
    expiresAtMs: row.expires_at_ms,
    createdAtMs: row.created_at_ms,
    createdBy: row.created_by,
    revokedAtMs: row.at_ms,
    revokedBy: row.set_by,
  }));
}

/**
 * Who presents a key, and what for; null for one that is unknown, altered, past its end or revoked. The secret is
 * compared by its hash, in constant time: how long the answer takes says nothing of how much of it was right.
 */
export async function readApiKey(
  reader: Reader,
  presentedKey: string,
  nowMs: number,
): Promise<{ person: string; scopes: ApiScope[] } | null> {
  const id = keyIdOf(presentedKey);
  if (id === null) return null;
  const row = await reader
    .selectFrom('api_key')
    .leftJoin('api_key_end', 'api_key_end.id', 'api_key.id')
    .selectAll('api_key')
    .select('api_key_end.at_ms as revoked_at_ms')
    .where('api_key.id', '=', id)
    .executeTakeFirst();
  const presented = Buffer.from(sha256Hex(presentedKey), 'hex');
  const isRight = timingSafeEqual(presented, Buffer.from(row?.hash ?? sha256Hex(''), 'hex'));
  if (row === undefined || !isRight || row.revoked_at_ms !== null) return null;
  if (row.expires_at_ms !== null && row.expires_at_ms <= nowMs) return null;
  return { person: row.name, scopes: JSON.parse(row.scopes) as ApiScope[] };
}

/** Keeps the hash of a new key. */
export async function saveApiKey(
  tx: Tx,
  key: NewApiKey,
  of: { name: string; scopes: ApiScope[]; expiresAtMs: number | null },
  change: Change,
): Promise<void> {
  const { name, scopes, expiresAtMs } = of;
  const row = {
    id: key.id,
    hash: key.hash,
    name,
    scopes: JSON.stringify(scopes),
    expires_at_ms: expiresAtMs,
  };
  await tx
    .insertInto('api_key')
    .values({ ...row, created_at_ms: change.atMs, created_by: change.by })
    .execute();
}

/** Ends a key for good. False when it was revoked before. */
export async function revokeApiKey(tx: Tx, id: string, change: Change): Promise<boolean> {
  const result = await tx
    .insertInto('api_key_end')
    .values({ id, at_ms: change.atMs, set_by: change.by })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}
