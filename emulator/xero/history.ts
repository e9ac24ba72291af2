import type { Reply } from '../core/http.ts';
import { elements, param, record } from './call.ts';
import type { Endpoint, XeroCall } from './call.ts';
import { msDate } from './dates.ts';
import { notFound, objectsReply, validationError } from './envelope.ts';
import type { Entity, Json } from './native.ts';
import { mayRead, mayWrite } from './scopes.ts';
import type { HistoryEntry } from './store.ts';

const parts = { Contacts: 'contacts', Invoices: 'invoices', CreditNotes: 'invoices' } as const;

/** History & notes of contacts, invoices and credit notes: read, and add a note. Nothing is ever taken back. */
export const historyEndpoints: Endpoint[] = (['Contacts', 'Invoices', 'CreditNotes'] as const).flatMap(
  (entity) => [
    {
      method: 'GET' as const,
      path: `${entity}/:id/History`,
      scopes: mayRead(parts[entity]),
      handler: (call: XeroCall) => read(call, entity),
    },
    {
      method: 'PUT' as const,
      path: `${entity}/:id/History`,
      scopes: mayWrite(parts[entity]),
      handler: (call: XeroCall) => add(call, entity),
    },
  ],
);

function read(call: XeroCall, entity: Entity): Reply {
  const { store } = call.organisation;
  const id = param(call, 'id').toLowerCase();
  if (!store.has(entity, id)) return notFound();
  return objectsReply('HistoryRecords', store.history(entity, id).map(historyJson), store.nowMs());
}

function add(call: XeroCall, entity: Entity): Reply {
  const { store } = call.organisation;
  const id = param(call, 'id').toLowerCase();
  if (!store.has(entity, id)) return notFound();
  const notes = elements(call, 'HistoryRecords').map((sent) => sent['Details']);
  const limit = call.quirks.historyNoteLength;
  if (!notes.every((note) => typeof note === 'string' && note !== '' && note.length <= limit))
    return validationError([`Details must have 1 to ${String(limit)} characters`]);
  const entries = (notes as string[]).map((details) => noteEntry(details, store.nowMs()));
  for (const entry of entries) store.addHistory(entity, id, entry);
  record(call, 'history-note', id);
  return objectsReply('HistoryRecords', entries.map(historyJson), store.nowMs());
}

function noteEntry(details: string, nowMs: number): HistoryEntry {
  return { atMs: nowMs, visibleMs: nowMs, user: 'Robin Owner', changes: 'Note', details };
}

function historyJson(entry: HistoryEntry): Json {
  return {
    Changes: entry.changes,
    DateUTCString: new Date(entry.atMs).toISOString().slice(0, 19),
    DateUTC: msDate(entry.atMs),
    User: entry.user,
    Details: entry.details,
  };
}
