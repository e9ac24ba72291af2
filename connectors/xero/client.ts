import type { AccountingApi } from 'xero-node/dist/gen/api/accountingApi.js';
import { HoldfastError, PlatformError } from '../../src/domain/index.ts';
import { badReply } from '../kit/errors.ts';
import type { CallKind } from '../kit/errors.ts';
import type { Http } from '../kit/http.ts';
import { checked } from '../kit/rows.ts';
import { SdkTransport } from '../kit/sdk-transport.ts';
import { wireGroup } from './wire.ts';

/** A contact group as far as holds need it. */
export interface ContactGroup {
  id: string;
  name: string;
  contactIds: string[];
}

/** What every call of xero-node answers: the reply as it came, beside a deserialised copy that loses dates. */
interface SdkAnswer {
  response: { data: unknown };
}

/**
 * The calls that xero-node words: contact groups, which carry the holds. Only this file loads it, at the first call (it costs
 * 40 MB). It never gets a token or a socket: our own Http carries its requests, and the JSON that is used is the raw
 * one, since its deserialiser drops DateString and turns calendar days into instants.
 */
export class XeroClient {
  readonly #http: Http;
  readonly #apiUrl: string;
  readonly #tenantId: string;

  constructor(http: Http, apiUrl: string, tenantId: string) {
    this.#http = http;
    this.#apiUrl = apiUrl;
    this.#tenantId = tenantId;
  }

  /** GET /ContactGroups: every group, without its members. */
  async groups(): Promise<ContactGroup[]> {
    const data = await this.#call('read', (api, tenant) => api.getContactGroups(tenant));
    return list(data, 'ContactGroups').map(toGroup);
  }

  /** GET /ContactGroups/{id} with its members; null when it is gone. */
  async group(groupId: string): Promise<ContactGroup | null> {
    const call = this.#call('read', (api, tenant) => api.getContactGroup(tenant, groupId));
    const group = await call.then((data) => only(data, 'ContactGroups'), nullWhenMissing);
    if (group === null || checked(wireGroup, group).Status === 'DELETED') return null;
    return toGroup(group);
  }

  /** PUT /ContactGroups. */
  async createGroup(name: string): Promise<ContactGroup> {
    const body = { contactGroups: [{ name }] };
    const data = await this.#call('write', (api, tenant) => api.createContactGroup(tenant, body));
    return toGroup(only(data, 'ContactGroups'));
  }

  /** PUT /ContactGroups/{id}/Contacts with one contact. */
  async addToGroup(groupId: string, contactId: string): Promise<void> {
    const body = { contacts: [{ contactID: contactId }] };
    await this.#call('write', (api, tenant) => api.createContactGroupContacts(tenant, groupId, body));
  }

  /** DELETE /ContactGroups/{id}/Contacts/{ContactID}: one contact, never the group's whole list. */
  async removeFromGroup(groupId: string, contactId: string): Promise<void> {
    if (contactId.trim() === '') {
      throw new HoldfastError('CALL_FORBIDDEN', 'A contact must be named to be taken out of a group.', {
        kind: 'internal',
      });
    }
    await this.#call('write', (api, tenant) => api.deleteContactGroupContact(tenant, groupId, contactId));
  }

  async #call(
    kind: CallKind,
    call: (api: AccountingApi, tenant: string) => Promise<SdkAnswer>,
  ): Promise<unknown> {
    const sdk = await import('xero-node/dist/gen/api/accountingApi.js');
    const api = new sdk.AccountingApi(`${this.#apiUrl}/api.xro/2.0`);
    const transport = new SdkTransport(this.#http, this.#apiUrl, kind);
    api.setDefaultAuthentication({
      applyToRequest(request) {
        Object.assign(request, { adapter: transport.adapter });
      },
    });
    const answer = await transport.run(() => call(api, this.#tenantId));
    return answer.response.data;
  }
}

/** Calls that must never leave, whatever asks for them: a DELETE without a contact id would empty the group. */
export function forbiddenCall(request: { method: string; path: string }): string | null {
  if (request.method !== 'DELETE') return null;
  if (/\/ContactGroups\/[^/]+\/Contacts\/[^/]+$/.test(request.path)) return null;
  return `DELETE ${request.path} is never sent: only one contact at a time leaves a group.`;
}

function toGroup(row: unknown): ContactGroup {
  const wire = checked(wireGroup, row);
  const contactIds = (wire.Contacts ?? []).map((contact) => contact.ContactID);
  return { id: wire.ContactGroupID, name: wire.Name, contactIds };
}

function list(data: unknown, name: string): unknown[] {
  const rows: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, name) : undefined;
  if (!Array.isArray(rows)) throw badReply(`Xero's ${name}`, 'it has no such list');
  return rows;
}

function only(data: unknown, name: string): unknown {
  const [first] = list(data, name);
  if (first === undefined) throw badReply(`Xero's ${name}`, 'its list is empty');
  return first;
}

function nullWhenMissing(error: unknown): null {
  if (error instanceof PlatformError && error.code === 'PLATFORM_NOT_FOUND') return null;
  throw error;
}
