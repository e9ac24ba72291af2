import type { Reply } from '../core/http.ts';
import { param } from './call.ts';
import type { Endpoint, XeroCall } from './call.ts';
import { listReply, notFound, objectsReply } from './envelope.ts';
import { list } from './list.ts';
import type { Entity } from './native.ts';
import { mayRead } from './scopes.ts';

const invoices = mayRead('invoices');
const payments = mayRead('payments');

/** Lists and single reads of invoices, credits and payments. */
export const documentEndpoints: Endpoint[] = [
  ...readers('Invoices', invoices, 'InvoiceNumber'),
  ...readers('CreditNotes', invoices, 'CreditNoteNumber'),
  ...readers('Payments', payments),
  ...readers('Overpayments', payments),
  ...readers('Prepayments', payments),
  ...readers('Quotes', invoices, 'QuoteNumber'),
  { method: 'GET', path: 'Invoices/:id/OnlineInvoice', scopes: invoices, handler: online },
];

function readers(entity: Entity, scopes: string[], numberField?: string): Endpoint[] {
  return [
    { method: 'GET', path: entity, scopes, handler: (call) => list(call, entity) },
    { method: 'GET', path: `${entity}/:id`, scopes, handler: (call) => one(call, entity, numberField) },
  ];
}

function one(call: XeroCall, entity: Entity, numberField: string | undefined): Reply {
  const { store } = call.organisation;
  const id = findDocument(call, entity, numberField);
  const text = id === undefined ? undefined : store.text(entity, id);
  return text === undefined ? notFound() : listReply(entity, [text], store.nowMs());
}

/** The id meant by the path's `:id`: a GUID, or a number where the platform takes one. */
export function findDocument(
  call: XeroCall,
  entity: Entity,
  numberField: string | undefined,
): string | undefined {
  const { store } = call.organisation;
  const key = param(call, 'id');
  if (store.has(entity, key)) return key.toLowerCase();
  return numberField === undefined ? undefined : store.findId(entity, numberField, key);
}

function online(call: XeroCall): Reply {
  const { store } = call.organisation;
  const id = findDocument(call, 'Invoices', 'InvoiceNumber');
  if (id === undefined) return notFound();
  const url = `${call.request.origin}/online/${store.tenant}/${id}`;
  return objectsReply('OnlineInvoices', [{ OnlineInvoiceUrl: url }], store.nowMs());
}
