import { PlatformError } from '../../src/domain/index.ts';
import type {
  CustomerId,
  DocumentId,
  HoldState,
  PlatformErrorCode,
  SendEvidence,
} from '../../src/domain/index.ts';
import { sha256Hex } from '../../src/lib/index.ts';
import { badReply } from '../kit/errors.ts';
import { skewMs, type Http, type HttpReply } from '../kit/http.ts';
import type { ContactGroup, XeroClient } from './client.ts';
import { msOf } from './map.ts';
import { wireHistory } from './wire.ts';

/** What a note may hold; Xero's own maximum is not published, 250 is known to pass. */
const NOTE_LENGTH = 250;
/** Xero keeps at most so many characters of an Idempotency-Key. */
const KEY_LENGTH = 128;
/** History stamps may be cut to the second. */
const COARSE_MS = 1_000;

/** The hold as membership of one contact group, found by its name or made once. */
export class HoldGroup {
  readonly #client: XeroClient;
  readonly #name: string;
  #id: string | null = null;

  constructor(client: XeroClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  async read(contact: CustomerId): Promise<HoldState> {
    const group = await this.#load();
    const held = group?.contactIds.includes(contact) === true;
    return { held, marker: held && group !== null ? group.name : null };
  }

  async members(): Promise<string[]> {
    return (await this.#load())?.contactIds ?? [];
  }

  /** Adds the contact. A refusal is settled by looking: a member already is what was wanted. */
  async add(contact: CustomerId): Promise<void> {
    const id = (await this.#find()) ?? (await this.#create());
    await this.#settle(this.#client.addToGroup(id, contact), contact, true);
  }

  /** Takes the one contact out; not being in it is what was wanted. */
  async remove(contact: CustomerId): Promise<void> {
    const id = await this.#find();
    if (id !== null) await this.#settle(this.#client.removeFromGroup(id, contact), contact, false);
  }

  async #settle(write: Promise<void>, contact: CustomerId, wanted: boolean): Promise<void> {
    try {
      await write;
    } catch (error) {
      if (!isCode(error, 'PLATFORM_REFUSED', 'PLATFORM_NOT_FOUND')) throw error;
      if ((await this.read(contact)).held !== wanted) throw error;
    }
  }

  async #load(): Promise<ContactGroup | null> {
    const id = await this.#find();
    const group = id === null ? null : await this.#client.group(id);
    if (group === null) this.#id = null;
    return group;
  }

  async #find(): Promise<string | null> {
    if (this.#id !== null) return this.#id;
    const wanted = this.#name.toLowerCase();
    const found = (await this.#client.groups()).find((group) => group.name.trim().toLowerCase() === wanted);
    this.#id = found?.id ?? null;
    return this.#id;
  }

  async #create(): Promise<string> {
    this.#id = (await this.#client.createGroup(this.#name)).id;
    return this.#id;
  }
}

/** PUT /Contacts/{id}/History: one note that carries `[hf:ID]`; our own text is cut to fit, the id never. */
export async function addNote(
  http: Http,
  contact: CustomerId,
  note: { id: string; text: string },
): Promise<void> {
  const tag = ` ${noteTag(note.id)}`;
  const text = note.text.replaceAll(noteTag(note.id), '').trim();
  const body = { HistoryRecords: [{ Details: text.slice(0, NOTE_LENGTH - tag.length) + tag }] };
  await http.send({
    method: 'PUT',
    path: `/api.xro/2.0/Contacts/${encodeURIComponent(contact)}/History`,
    headers: jsonHeaders(`note-${note.id}`),
    body: JSON.stringify(body),
    kind: 'write',
    expect: 'json',
  });
}

export async function findNote(http: Http, contact: CustomerId, noteId: string): Promise<boolean> {
  const { records } = await history(http, `Contacts/${encodeURIComponent(contact)}`);
  return records.some((record) => (record.Details ?? '').includes(noteTag(noteId)));
}

/**
 * POST /Invoices/{id}/Email: Xero's own words to the contact's addresses. Sent once. Only a 204 says that it was taken:
 * a 200 with a page is somebody else's answer, after which nobody knows.
 */
export async function sendInvoice(http: Http, invoice: DocumentId, idempotencyKey: string): Promise<void> {
  const reply = await http.send({
    method: 'POST',
    path: `/api.xro/2.0/Invoices/${encodeURIComponent(invoice)}/Email`,
    headers: jsonHeaders(idempotencyKey),
    body: '{}',
    kind: 'write',
    expect: 'none',
  });
  if (reply.status !== 204)
    throw badReply('POST /Invoices/{id}/Email', 'it is not the 204 that Xero answers', reply.status);
}

/** Looks for an e-mail in the invoice's history at or after `sinceMs` (our clock; the platform's may differ). SentToContact proves nothing: it stays true. */
export async function findSend(
  http: Http,
  invoice: DocumentId,
  sinceMs: number,
  nowMs: number,
): Promise<SendEvidence> {
  const { records, reply } = await history(http, `Invoices/${encodeURIComponent(invoice)}`);
  const fromMs = sinceMs + skewMs(reply, nowMs) - COARSE_MS;
  for (const record of records) {
    const atMs = record.DateUTC ? msOf(record.DateUTC, 'DateUTC') : 0;
    if (atMs < fromMs || !isEmail(record.Changes ?? '', record.Details ?? '')) continue;
    return { found: true, atMs, detail: `${record.Changes ?? ''}: ${record.Details ?? ''}`.slice(0, 200) };
  }
  return {
    found: false,
    atMs: null,
    detail: `${records.length} history entries, no e-mail since the attempt`,
  };
}

/** GET /Invoices/{id}/OnlineInvoice; null when the invoice has none. */
export async function onlineInvoiceUrl(http: Http, invoice: DocumentId): Promise<string | null> {
  try {
    const reply = await http.send({
      method: 'GET',
      path: `/api.xro/2.0/Invoices/${encodeURIComponent(invoice)}/OnlineInvoice`,
      kind: 'read',
      expect: 'json',
    });
    const url = /"OnlineInvoiceUrl":"(https?:[^"\s]+)"/.exec(JSON.stringify(reply.json))?.[1];
    return url ?? null;
  } catch (error) {
    if (isCode(error, 'PLATFORM_NOT_FOUND', 'PLATFORM_REFUSED')) return null;
    throw error;
  }
}

/** The mark by which a note of ours is found again. */
export const noteTag = (id: string): string => `[hf:${id}]`;

type HistoryRecords = ReturnType<typeof wireHistory.parse>['HistoryRecords'];

async function history(http: Http, of: string): Promise<{ records: HistoryRecords; reply: HttpReply }> {
  const path = `/api.xro/2.0/${of}/History`;
  const reply = await http.send({ method: 'GET', path, kind: 'read', expect: 'json' });
  const parsed = wireHistory.safeParse(reply.json);
  if (!parsed.success) throw badReply(`GET ${of}/History`, 'it has no list of HistoryRecords', reply.status);
  return { records: parsed.data.HistoryRecords, reply };
}

/** Xero's wording is not documented: an entry that speaks of mail or of sending, and is no note of a person or ours. */
function isEmail(changes: string, details: string): boolean {
  if (/^note$/i.test(changes) || details.includes('[hf:')) return false;
  return /e-?mail|\bsent\b/i.test(changes) || /e-?mailed|\bsent (by email )?to\b/i.test(details);
}

function jsonHeaders(idempotencyKey: string): Record<string, string> {
  const key = idempotencyKey.length > KEY_LENGTH ? sha256Hex(idempotencyKey) : idempotencyKey;
  return { 'Content-Type': 'application/json', 'Idempotency-Key': key };
}

function isCode(error: unknown, ...codes: PlatformErrorCode[]): boolean {
  return error instanceof PlatformError && codes.some((code) => code === error.code);
}
