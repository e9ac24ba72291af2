import type { XeroContact } from './native.ts';
import type { XeroStore } from './store.ts';

const documents = `company = ? AND entity IN ('Invoices', 'CreditNotes', 'Overpayments', 'Prepayments')
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
  const nowMs = store.stampMs();
  state
    .sql(
      `UPDATE row SET updated_ms = ?, json = json_set(json, '$.Contact.ContactID', ?, '$.Contact.Name', ?,
         '$.UpdatedDateUTC', ?) WHERE ${documents}`,
    )
    .run(nowMs, to.ContactID, to.Name, `/Date(${String(nowMs)}+0000)/`, store.tenant, from.ContactID);
  state
    .sql('UPDATE xero_open SET contact_id = ? WHERE company = ? AND contact_id = ?')
    .run(to.ContactID, store.tenant, from.ContactID);
  state.touch(store.tenant);
}
