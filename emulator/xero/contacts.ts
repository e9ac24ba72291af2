import type { Reply } from '../core/http.ts';
import { elements, param, record } from './call.ts';
import type { Endpoint, XeroCall } from './call.ts';
import { writeContact } from './contact-write.ts';
import { localDay } from './dates.ts';
import { listReply, notFound, objectsReply, validationError } from './envelope.ts';
import { list } from './list.ts';
import type { Json, XeroContact } from './native.ts';
import { mayRead, mayWrite } from './scopes.ts';
import type { OpenBalance } from './store.ts';

const read = mayRead('contacts');
const write = mayWrite('contacts');

/** Contacts: list, one, create, sparse update. */
export const contactEndpoints: Endpoint[] = [
  {
    method: 'GET',
    path: 'Contacts',
    scopes: read,
    handler: (call) => list(call, 'Contacts', withBalances(call)),
  },
  { method: 'GET', path: 'Contacts/:id', scopes: read, handler: one },
  { method: 'POST', path: 'Contacts', scopes: write, handler: (call) => save(call) },
  { method: 'PUT', path: 'Contacts', scopes: write, handler: (call) => save(call) },
  { method: 'POST', path: 'Contacts/:id', scopes: write, handler: (call) => save(call, param(call, 'id')) },
];

function one(call: XeroCall): Reply {
  const { store } = call.organisation;
  const id = findContact(call, param(call, 'id'));
  const contact = id === undefined ? undefined : store.read<XeroContact>('Contacts', id);
  if (!contact) return notFound();
  return listReply('Contacts', withBalances(call)([JSON.stringify(contact)], true), store.nowMs());
}

function findContact(call: XeroCall, key: string): string | undefined {
  const { store } = call.organisation;
  return store.has('Contacts', key) ? key.toLowerCase() : store.findId('Contacts', 'ContactNumber', key);
}

function save(call: XeroCall, id?: string): Reply {
  const { store } = call.organisation;
  if (id !== undefined && !store.has('Contacts', id)) return notFound();
  const sent = elements(call, 'Contacts');
  if (sent.length === 0) return validationError(['No contacts were sent']);
  const results = sent.map((fields) =>
    writeContact(store, { ...fields, ...(id === undefined ? {} : { ContactID: id }) }),
  );
  const failed = results.find((result) => 'faults' in result);
  if (failed && 'faults' in failed) return validationError(failed.faults, failed.sent);
  const saved = results.flatMap((result) => ('contact' in result ? [result] : []));
  for (const result of saved)
    record(call, result.created ? 'contact-create' : 'contact-update', result.contact.ContactID);
  return objectsReply(
    'Contacts',
    saved.map((result) => result.contact),
    store.nowMs(),
  );
}

/** Sets Balances into detailed contacts, as of now: no copy of them is stored that could grow stale. */
function withBalances(call: XeroCall): (items: string[], detailed: boolean) => string[] {
  const { store, served } = call.organisation;
  return (items, detailed) => {
    if (!detailed) return items;
    const ids = items.map((item) =>
      item.slice(item.indexOf('"ContactID":"') + 13, item.indexOf('"ContactID":"') + 49),
    );
    const todayMs = Date.parse(`${localDay(store.nowMs(), served.company.timeZone)}T00:00:00Z`);
    const open = new Map(store.balances(ids, todayMs).map((balance) => [balance.contactId, balance]));
    return items.map((item, index) => {
      const balance = open.get(ids[index] ?? '');
      if (!balance || item.includes('"Balances":')) return item;
      return `${item.slice(0, -1)},"Balances":${JSON.stringify(balances(balance, call.quirks.balancesIncludeCredits))}}`;
    });
  };
}

function balances(open: OpenBalance, includeCredits: boolean): Json {
  const outstanding = open.outstanding - (includeCredits ? open.credits : 0);
  return {
    AccountsReceivable: { Outstanding: rounded(outstanding), Overdue: rounded(open.overdue) },
    AccountsPayable: { Outstanding: 0, Overdue: 0 },
  };
}

function rounded(amount: number): number {
  return Number(amount.toFixed(4));
}
