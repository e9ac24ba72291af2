import { guid } from './ids.ts';
import { textField } from './call.ts';
import { msDate } from './dates.ts';
import type { Json, XeroContact } from './native.ts';
import { retouchContactName } from './renames.ts';
import type { XeroStore } from './store.ts';

export type ContactResult = { contact: XeroContact; created: boolean } | { faults: string[]; sent: Json };

const writable = [
  'Name',
  'FirstName',
  'LastName',
  'EmailAddress',
  'AccountNumber',
  'ContactNumber',
  'CompanyNumber',
  'ContactStatus',
  'ContactPersons',
  'Addresses',
  'Phones',
  'PaymentTerms',
  'DefaultCurrency',
  'XeroNetworkKey',
  'Website',
];
const longest: Record<string, number> = {
  Name: 255,
  AccountNumber: 50,
  ContactNumber: 50,
  EmailAddress: 255,
};

/** Creates a contact, or changes only the fields that were sent. Names are unique among active contacts. */
export function writeContact(store: XeroStore, sent: Json): ContactResult {
  const id = typeof sent['ContactID'] === 'string' ? sent['ContactID'].toLowerCase() : undefined;
  const existing = id === undefined ? undefined : store.read<XeroContact>('Contacts', id);
  if (id !== undefined && !existing) return { faults: ['The contact does not exist'], sent };
  const before = existing ?? blankContact(store);
  const faults = contactFaults(store, before, sent);
  if (faults.length > 0) return { faults, sent };
  const nowMs = store.stampMs();
  const changed = Object.fromEntries(
    writable.filter((name) => name in sent).map((name) => [name, sent[name]]),
  );
  const contact: XeroContact = { ...before, ...changed, UpdatedDateUTC: msDate(nowMs) };
  store.put('Contacts', contact, nowMs);
  if (existing && existing.Name !== contact.Name) retouchContactName(store, contact);
  return { contact, created: !existing };
}

function contactFaults(store: XeroStore, before: XeroContact, sent: Json): string[] {
  const name = sent['Name'] ?? before.Name;
  if (typeof name !== 'string' || name.trim() === '') return ['The Contact Name is mandatory.'];
  const faults = Object.entries(longest)
    .filter(([field, length]) => textField(sent, field).length > length)
    .map(([field, length]) => `${field} must not be longer than ${String(length)} characters.`);
  const namesake = store.findId('Contacts', 'Name', name);
  const active =
    namesake !== undefined && store.read<XeroContact>('Contacts', namesake)?.ContactStatus === 'ACTIVE';
  if (active && namesake !== before.ContactID)
    faults.push(
      `The contact name ${name} is already assigned to another contact. The contact name must be unique.`,
    );
  return faults;
}

/** Counts the contacts that were made, so that the same edits at the same instants give the same ids. */
function nextMade(store: XeroStore): number {
  const key = `xero/${store.tenant}/contacts-made`;
  const made = (store.world.state.getValue<number>(key) ?? 0) + 1;
  store.world.state.setValue(key, made);
  return made;
}

function blankContact(store: XeroStore): XeroContact {
  return {
    ContactID: guid(store.tenant, 'contact', 'made', String(store.nowMs()), String(nextMade(store))),
    ContactStatus: 'ACTIVE',
    Name: '',
    FirstName: '',
    LastName: '',
    EmailAddress: '',
    BankAccountDetails: '',
    Addresses: [],
    Phones: [],
    UpdatedDateUTC: msDate(store.nowMs()),
    ContactGroups: [],
    IsSupplier: false,
    IsCustomer: false,
    ContactPersons: [],
    HasAttachments: false,
    HasValidationErrors: false,
  };
}
