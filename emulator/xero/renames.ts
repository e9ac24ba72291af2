import { instantString, msDate } from './dates.ts';
import type { Entity, XeroContact, XeroDocument } from './native.ts';
import type { XeroStore } from './store.ts';

const documents = `company = ? AND entity IN ('Invoices', 'CreditNotes', 'Overpayments', 'Prepayments', 'Quotes')
  AND json_extract(json, '$.Contact.ContactID') = ?`;

/** Puts a contact's new name into the documents that carry it; their update time stays. */
export function retouchContactName(store: XeroStore, contact: XeroContact): void {
  const { state } = store.world;
  state
    .sql(`UPDATE row SET json = json_set(json, '$.Contact.Name', ?) WHERE ${documents}`)
    .run(contact.Name, store.tenant, contact.ContactID);
  state.touch(store.tenant);
}

/** Gives all documents of one contact to another, as merging does; they count as changed now. */
export function moveDocuments(store: XeroStore, from: XeroContact, to: XeroContact): void {
  const { state } = store.world;
  const found = state
    .sql(`SELECT entity, id FROM row WHERE ${documents} ORDER BY seq`)
    .all(store.tenant, from.ContactID) as { entity: Entity; id: string }[];
  const nowMs = store.stampMs();
  const times = { UpdatedDateUTC: msDate(nowMs), UpdatedDateUTCString: instantString(nowMs) };
  state.db.transaction(() => {
    for (const { entity, id } of found) {
      const document = store.read<XeroDocument>(entity, id);
      if (!document) continue;
      const Contact = { ...document.Contact, ContactID: to.ContactID, Name: to.Name };
      store.put(entity, { ...document, Contact, ...times }, nowMs);
    }
  })();
}
