import type { CompanyBooks, TransactionEntity } from './books.ts';
import { createCustomer, updateCustomer } from './customer-writes.ts';
import { schemaOf } from './entity-schema.ts';
import { notFound, unsupported } from './fault-bodies.ts';
import type { NativeEntity } from './native.ts';
import { blank, creatable, currentRecord, idOf, merged } from './record-merge.ts';
import type { Body } from './record-merge.ts';
import { bumped } from './settlement.ts';
import {
  createTransaction,
  deleteTransaction,
  updateTransaction,
  voidTransaction,
} from './transaction-writes.ts';

/** What a POST to an entity did: the record's id, a word for the ledger, and the reply's record. */
export interface Written {
  entity: string;
  id: string;
  deed: 'create' | 'update' | 'void' | 'delete';
  record: unknown;
}

const transactions = new Set(['Invoice', 'CreditMemo', 'Payment']);

/** One record as stored JSON. Throws 610 when it is not there, 500 for an entity that cannot be read. */
export function readRecord(books: CompanyBooks, name: string, id: string): { entity: string; json: string } {
  const entity = entityOf(name);
  const wanted = entity === 'CompanyInfo' && id === books.realm ? '1' : id;
  const row = books.world.state.get(books.realm, entity, wanted);
  if (!row || row.deleted) throw notFound(`${entity} ${id}`);
  return { entity, json: row.json };
}

/** A POST to /{entity}: create without an Id, else update, void or delete. */
export function writeRecord(books: CompanyBooks, name: string, query: URLSearchParams, body: Body): Written {
  const entity = entityOf(name);
  if (transactions.has(entity)) return writeTransaction(books, entity as TransactionEntity, query, body);
  if (query.get('operation') === 'delete') throw unsupported(`delete on ${entity}`);
  if (entity !== 'Customer' && entity !== 'Term') throw unsupported(`write on ${entity}`);
  const creating = idOf(body) === '';
  const record = creating ? created(books, entity, body) : updated(books, entity, body);
  return { entity, id: record.Id, deed: creating ? 'create' : 'update', record };
}

function writeTransaction(
  books: CompanyBooks,
  entity: TransactionEntity,
  query: URLSearchParams,
  body: Body,
): Written {
  const deed = deedOf(query, body);
  if (deed === 'delete') {
    deleteTransaction(books, entity, body);
    const id = idOf(body);
    return { entity, id, deed, record: { domain: 'QBO', status: 'Deleted', Id: id } };
  }
  const write = { create: createTransaction, update: updateTransaction, void: voidTransaction }[deed];
  const record = write(books, entity, body);
  return { entity, id: record.Id, deed, record };
}

function deedOf(query: URLSearchParams, body: Body): Written['deed'] {
  const operation = query.get('operation');
  if (operation === 'delete') return 'delete';
  if (operation === 'void' || query.get('include') === 'void') return 'void';
  return idOf(body) === '' ? 'create' : 'update';
}

function created(books: CompanyBooks, entity: 'Customer' | 'Term', body: Body): NativeEntity {
  if (entity === 'Customer') return createCustomer(books, body);
  return books.save(entity, {
    Type: 'STANDARD',
    Active: true,
    ...creatable(body, []),
    ...blank(books.nextId(entity)),
  });
}

function updated(books: CompanyBooks, entity: 'Customer' | 'Term', body: Body): NativeEntity {
  if (entity === 'Customer') return updateCustomer(books, body);
  return books.save(entity, bumped(merged(currentRecord<NativeEntity>(books, entity, body), body, [])));
}

function entityOf(name: string): string {
  const entity = schemaOf(name);
  if (!entity) throw unsupported(name);
  return entity.name;
}
