import type { Reply } from '../core/http.ts';
import { elements, param, record, textField } from './call.ts';
import type { Endpoint, XeroCall } from './call.ts';
import { notFound, objectsReply, validationError } from './envelope.ts';
import { GroupStore } from './group-store.ts';
import type { Group } from './group-store.ts';
import { guid } from './ids.ts';
import type { Json } from './native.ts';
import { mayRead, mayWrite } from './scopes.ts';

const read = mayRead('contacts');
const write = mayWrite('contacts');

/** Contact groups: list, make, read, rename or delete, add and remove contacts. Group-wide DELETE empties it. */
export const groupEndpoints: Endpoint[] = [
  {
    method: 'GET',
    path: 'ContactGroups',
    scopes: read,
    handler: (call) => reply(call, groups(call).list(), false),
  },
  { method: 'PUT', path: 'ContactGroups', scopes: write, handler: create },
  { method: 'GET', path: 'ContactGroups/:id', scopes: read, handler: (call) => withGroup(call, one) },
  { method: 'POST', path: 'ContactGroups/:id', scopes: write, handler: (call) => withGroup(call, update) },
  {
    method: 'PUT',
    path: 'ContactGroups/:id/Contacts',
    scopes: write,
    handler: (call) => withGroup(call, add),
  },
  {
    method: 'DELETE',
    path: 'ContactGroups/:id/Contacts',
    scopes: write,
    handler: (call) => withGroup(call, empty),
  },
  {
    method: 'DELETE',
    path: 'ContactGroups/:id/Contacts/:contact',
    scopes: write,
    handler: (call) => withGroup(call, remove),
  },
];

function groups(call: XeroCall): GroupStore {
  return new GroupStore(call.organisation.store, call.quirks.groupEditTouchesContact);
}

function reply(call: XeroCall, found: Group[], withContacts: boolean): Reply {
  const items = found.map((group) => groups(call).json(group, withContacts));
  return objectsReply('ContactGroups', items, call.organisation.store.nowMs());
}

function withGroup(call: XeroCall, act: (call: XeroCall, group: Group) => Reply): Reply {
  const group = groups(call).find(param(call, 'id'));
  return group && group.id === param(call, 'id').toLowerCase() ? act(call, group) : notFound();
}

function one(call: XeroCall, group: Group): Reply {
  return reply(call, [group], true);
}

function create(call: XeroCall): Reply {
  const { store } = call.organisation;
  const made: Group[] = [];
  for (const sent of elements(call, 'ContactGroups')) {
    const name = textField(sent, 'Name').trim();
    const fault = nameFault(call, name);
    if (fault !== undefined) return groupError(fault, name);
    const group = { id: guid(store.tenant, 'group', name, String(store.nowMs())), name, status: 'ACTIVE' };
    groups(call).save(group);
    record(call, 'group-create', group.id);
    made.push(group);
  }
  return reply(call, made, false);
}

function nameFault(call: XeroCall, name: string): string | undefined {
  if (name === '') return 'The contact group name is mandatory.';
  if (groups(call).find(name)) return `The contact group name ${name} is already in use.`;
  const { groupLimit } = call.quirks;
  return groups(call).list().length >= groupLimit
    ? `You’ve reached the limit of ${String(groupLimit)} contact groups.`
    : undefined;
}

function groupError(message: string, name: string): Reply {
  return validationError([message], {
    ContactGroupID: '00000000-0000-0000-0000-000000000000',
    Name: name,
    Contacts: [],
  });
}

function update(call: XeroCall, group: Group): Reply {
  const sent: Json = elements(call, 'ContactGroups')[0] ?? {};
  const name = textField(sent, 'Name').trim() || group.name;
  const renamed = name.toLowerCase() !== group.name.toLowerCase();
  if (renamed && groups(call).find(name))
    return groupError(`The contact group name ${name} is already in use.`, name);
  const status = sent['Status'] === 'DELETED' ? 'DELETED' : group.status;
  const changed = { ...group, name, status };
  groups(call).save(changed);
  record(call, status === 'DELETED' ? 'group-delete' : 'group-rename', group.id);
  return reply(call, [changed], false);
}

function add(call: XeroCall, group: Group): Reply {
  const { store } = call.organisation;
  const ids = elements(call, 'Contacts').map((sent) => textField(sent, 'ContactID').toLowerCase());
  const strange = ids.find((id) => !store.has('Contacts', id));
  if (strange !== undefined) return validationError(['The contact does not exist'], { ContactID: strange });
  for (const id of ids) {
    groups(call).add(group.id, id);
    record(call, 'group-add', id);
  }
  const items = ids.map((id) => ({
    ContactID: id,
    Addresses: [],
    Phones: [],
    ContactGroups: [],
    ContactPersons: [],
    HasValidationErrors: false,
    ValidationErrors: [],
  }));
  return objectsReply('Contacts', items, store.nowMs());
}

function remove(call: XeroCall, group: Group): Reply {
  const id = param(call, 'contact').toLowerCase();
  const was = groups(call).remove(group.id, id);
  if (was) {
    record(call, 'group-remove', id);
    return { status: 204 };
  }
  const { removeNonMemberStatus: status } = call.quirks;
  if (status === 404) return notFound();
  return status === 400
    ? validationError(['The contact is not in the group'], { ContactID: id })
    : { status: 204 };
}

function empty(call: XeroCall, group: Group): Reply {
  for (const id of groups(call).memberIds(group.id)) groups(call).remove(group.id, id);
  record(call, 'group-empty', group.id);
  return { status: 204 };
}
