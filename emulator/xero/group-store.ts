import { contactStub } from './native.ts';
import type { Json, XeroContact } from './native.ts';
import { msDate } from './dates.ts';
import type { XeroStore } from './store.ts';

/** A contact group without its members. */
export interface Group {
  id: string;
  name: string;
  status: string;
}

/** An organisation's contact groups; keeps the ContactGroups of every contact right. */
export class GroupStore {
  readonly #store: XeroStore;
  /** Whether joining or leaving counts as a change of the contact. */
  readonly #touches: boolean;

  constructor(store: XeroStore, touches: boolean) {
    this.#store = store;
    this.#touches = touches;
  }

  /** Active groups in the order of their making. */
  list(): Group[] {
    const sql = `SELECT id, name, status FROM xero_group WHERE company = ? AND status = 'ACTIVE' ORDER BY seq`;
    return this.#sql(sql).all(this.#store.tenant) as Group[];
  }

  /** A group by id, or an active one by name; deleted groups are found by id only. */
  find(idOrName: string): Group | undefined {
    const sql = `SELECT id, name, status FROM xero_group WHERE company = @tenant
      AND (id = lower(@key) OR (lower(name) = lower(@key) AND status = 'ACTIVE'))`;
    return this.#sql(sql).get({ tenant: this.#store.tenant, key: idOrName }) as Group | undefined;
  }

  save(group: Group): void {
    const sql = `INSERT INTO xero_group (company, id, name, status) VALUES (?,?,?,?)
      ON CONFLICT (company, id) DO UPDATE SET name = excluded.name, status = excluded.status`;
    this.#sql(sql).run(this.#store.tenant, group.id, group.name, group.status);
    for (const contactId of this.memberIds(group.id)) this.#retouch(contactId);
  }

  memberIds(groupId: string): string[] {
    const sql = 'SELECT contact_id FROM xero_group_member WHERE company = ? AND group_id = ? ORDER BY seq';
    return this.#sql(sql).pluck().all(this.#store.tenant, groupId) as string[];
  }

  /** Returns whether the contact was not in the group before. */
  add(groupId: string, contactId: string): boolean {
    const sql = 'INSERT OR IGNORE INTO xero_group_member (company, group_id, contact_id) VALUES (?,?,?)';
    const isNew = this.#sql(sql).run(this.#store.tenant, groupId, contactId).changes > 0;
    if (isNew) this.#retouch(contactId);
    return isNew;
  }

  /** Returns whether the contact was in the group. */
  remove(groupId: string, contactId: string): boolean {
    const sql = 'DELETE FROM xero_group_member WHERE company = ? AND group_id = ? AND contact_id = ?';
    const was = this.#sql(sql).run(this.#store.tenant, groupId, contactId).changes > 0;
    if (was) this.#retouch(contactId);
    return was;
  }

  /** The group as JSON, with its contacts when asked for. */
  json(group: Group, withContacts: boolean): Json {
    const contacts = withContacts ? this.memberIds(group.id).map((id) => this.#stub(id)) : [];
    return {
      ContactGroupID: group.id,
      Name: group.name,
      Status: group.status,
      Contacts: contacts,
      HasValidationErrors: false,
    };
  }

  #stub(contactId: string): Json {
    return contactStub(contactId, this.#store.read<XeroContact>('Contacts', contactId)?.Name ?? '');
  }

  #retouch(contactId: string): void {
    const contact = this.#store.read<XeroContact>('Contacts', contactId);
    const row = this.#store.world.state.get(this.#store.tenant, 'Contacts', contactId);
    if (!contact || !row) return;
    const sql = `SELECT g.id, g.name, g.status FROM xero_group g JOIN xero_group_member m
      ON m.company = g.company AND m.group_id = g.id
      WHERE m.company = ? AND m.contact_id = ? AND g.status = 'ACTIVE' ORDER BY g.seq`;
    const groups = this.#sql(sql).all(this.#store.tenant, contactId) as Group[];
    const updatedMs = this.#touches ? this.#store.stampMs() : row.updatedMs;
    contact.ContactGroups = groups.map((group) => this.json(group, false));
    if (this.#touches) contact.UpdatedDateUTC = msDate(updatedMs);
    this.#store.put('Contacts', contact, updatedMs);
  }

  #sql(text: string): ReturnType<XeroStore['world']['state']['sql']> {
    return this.#store.world.state.sql(text);
  }
}
