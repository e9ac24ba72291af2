import type { BookCompany } from '../core/book.ts';
import { addCompany } from '../core/companies.ts';
import type { World } from '../core/control.ts';
import { parseMsDate } from './dates.ts';
import type { Entity, Json } from './native.ts';
import { XeroStore } from './store.ts';

/** One record as Xero published it. `json` is served as it is; `record` is the same, parsed. */
export interface NativeRecord {
  entity: Entity;
  record: Json;
  json: string;
}

/** A company whose records are served exactly as they were published: samples, recordings. */
export interface XeroNativeCompany {
  tenant: string;
  company: BookCompany;
  /** What GET Organisation answers; made from `company` when absent. */
  organisation?: Json;
  /** Groups as Xero lists them, with their Contacts. */
  contactGroups?: Json[];
  records(): Iterable<NativeRecord>;
}

/** Loads such a company. A record without UpdatedDateUTC counts as changed at the start of 1970. */
export function loadXeroNative(world: World, native: XeroNativeCompany): void {
  const served = { platform: 'xero', remoteId: native.tenant, company: native.company };
  const store = new XeroStore(world, served);
  world.state.db.transaction(() => {
    for (const { entity, record, json } of native.records()) {
      store.putText(entity, record, json, parseMsDate(record['UpdatedDateUTC']) ?? 0);
    }
    for (const group of native.contactGroups ?? []) putGroup(store, group);
  })();
  if (native.organisation) world.state.setValue(organisationKey(native.tenant), native.organisation);
  addCompany(world.state, served, []);
}

/** Where an organisation's own JSON is kept when it was given. */
export function organisationKey(tenant: string): string {
  return `xero organisation ${tenant}`;
}

function putGroup(store: XeroStore, group: Json): void {
  const id = String(group['ContactGroupID']);
  const { state } = store.world;
  state
    .sql('INSERT OR IGNORE INTO xero_group (company, id, name, status) VALUES (?,?,?,?)')
    .run(store.tenant, id, group['Name'], group['Status']);
  for (const contact of (group['Contacts'] as Json[] | undefined) ?? []) {
    state
      .sql('INSERT OR IGNORE INTO xero_group_member (company, group_id, contact_id) VALUES (?,?,?)')
      .run(store.tenant, id, contact['ContactID']);
  }
}
