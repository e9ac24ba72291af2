import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Subscription } from '../../emulator/core/webhooks.ts';
import type { WebhookOrder } from '../../emulator/core/webhook-control.ts';
import { startEmulator } from '../../emulator/index.ts';
import type { EmulatorOptions, RunningEmulator } from '../../emulator/index.ts';
import { answerMessage } from '../../emulator/messages.ts';
import {
  createCreditMemo,
  createInvoice,
  deleteInvoice,
  editNotes,
  mergeCustomers,
  payInvoice,
  voidInvoice,
} from '../../emulator/quickbooks/edits.ts';
import * as quick from '../support/quickbooks-emulator.ts';
import { bookOf, connect, customer, invoice, worldNowMs } from '../support/xero-emulator.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

interface Received {
  headers: NodeJS.Dict<string | string[]>;
  body: Buffer;
}

/** A receiver of webhooks on loopback that answers as it is told, and checks signatures if it is told a key. */
interface Receiver {
  url: string;
  received: Received[];
  answers: { status: number; body?: string };
  checksKey: string | undefined;
}

let receiver: Receiver;
let server: Server;
let emulator: RunningEmulator;

beforeEach(async () => {
  receiver = { url: '', received: [], answers: { status: 200 }, checksKey: undefined };
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = { headers: request.headers, body: Buffer.concat(chunks) };
      receiver.received.push(one);
      const { checksKey, answers } = receiver;
      const fits = checksKey === undefined || signed(one.body, checksKey) === one.headers['x-xero-signature'];
      response.writeHead(fits ? answers.status : 401).end(fits ? answers.body : undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver.url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/hooks`;
});
afterEach(async () => {
  await emulator.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function signed(body: Buffer, key: string): string {
  return createHmac('sha256', key).update(body).digest('base64');
}

async function start(options: EmulatorOptions = {}): Promise<void> {
  emulator = await startEmulator({
    xero: [bookOf('one', [customer('ann'), customer('bob'), invoice('1', 'ann')])],
    quickbooks: [quick.bookOf([quick.customer('ann'), quick.customer('bob'), quick.invoice('1', 'ann')])],
    nowMs: worldNowMs,
    servers: ['xero', 'quickbooks'],
    webhookTicks: 'manual',
    ...options,
  });
  emulator.clock.freeze(worldNowMs);
}

function subscribe(platform: 'xero' | 'quickbooks', more: Partial<Subscription> = {}): void {
  emulator.webhooks.subscribe(platform, { url: receiver.url, key: 'secret', intentRequired: false, ...more });
}

interface XeroBody {
  events: Record<string, unknown>[];
  firstEventSequence: number;
  lastEventSequence: number;
  entropy: string;
}

function bodies<T>(): T[] {
  return receiver.received.map((one) => JSON.parse(one.body.toString('utf8')) as T);
}

describe('webhooks', () => {
  it('are off until somebody subscribes, and go to loopback only', async () => {
    await start();
    emulator.xero('one').updateContact('Customer ann', { FirstName: 'A' });
    await emulator.webhooks.tick();
    expect(receiver.received).toEqual([]);
    for (const url of ['https://example.com/hooks', 'http://127.0.0.1.example.com/', 'http://10.0.0.1/'])
      expect(() => subscribe('xero', { url })).toThrow('loopback');
    emulator.webhooks.subscribe('xero', { url: receiver.url, key: 'secret' });
    emulator.webhooks.unsubscribe('xero');
    expect(emulator.webhooks.list()).toEqual({ channels: [], deliveries: [] });
  });

  it('leave by themselves from an emulator that runs as a server, ordered over HTTP', async () => {
    await start({ webhookTicks: 'auto' });
    const order = (body: object): Promise<Response> =>
      fetch(`${emulator.quickbooksUrl}/_emulator/webhooks`, { method: 'POST', body: JSON.stringify(body) });
    await order({ subscribe: { url: receiver.url, key: 'secret' } });
    editNotes(emulator.quickbooks(quick.testCompany.id), '1', 'Called');
    await expect.poll(() => receiver.received.length).toBe(1);
    const listed = (await (await fetch(`${emulator.quickbooksUrl}/_emulator/webhooks`)).json()) as {
      deliveries: { url: string; state: string; attempts: { status: number }[] }[];
    };
    expect(listed.deliveries).toMatchObject([
      { url: receiver.url, state: 'delivered', attempts: [{ status: 200 }] },
    ]);
    expect((await order({ subscribe: { url: 'http://example.com', key: 'k' } })).status).toBe(400);
  });
});

describe('webhooks over the channel of a parent process', () => {
  it('are subscribed, sent and listed', async () => {
    await start();
    const order = (more: WebhookOrder): Promise<unknown> =>
      answerMessage(emulator, { id: 1, type: 'webhooks', platform: 'xero', ...more });
    await order({ subscribe: { url: receiver.url, key: 'secret' } });
    receiver.checksKey = 'secret';
    emulator.xero('one').updateContact('Customer ann', { FirstName: 'A' });
    expect(await order({ intent: true, tick: true })).toMatchObject({
      intent: true,
      channels: [{ platform: 'xero', status: 'open' }],
    });
    expect(bodies<XeroBody>().at(-1)!.events).toHaveLength(1);
    expect(await order({ unsubscribe: true })).toMatchObject({ channels: [] });
  });
});

describe("Xero's webhooks", () => {
  it('are signed over the raw bytes and tell of contacts, invoices and credit notes made and changed', async () => {
    await start();
    subscribe('xero');
    const people = emulator.xero('one');
    const contact = people.createContact({ Name: 'Cy' });
    people.archiveContact('Customer bob');
    const note = people.createCreditNote({ contactId: 'Customer ann', amountMinor: 500 });
    people.payInvoice('INV-1', 1000);
    await emulator.webhooks.tick();
    const [one] = receiver.received;
    expect(one!.headers['x-xero-signature']).toBe(signed(one!.body, 'secret'));
    const [body] = bodies<XeroBody>();
    expect(body).toMatchObject({ firstEventSequence: 1, lastEventSequence: 4 });
    expect(body!.entropy).toMatch(/^[A-Z]{20}$/);
    expect(body!.events.map((event) => [event['eventCategory'], event['eventType']])).toEqual([
      ['CONTACT', 'CREATE'],
      ['CONTACT', 'UPDATE'],
      ['CREDITNOTE', 'CREATE'],
      ['INVOICE', 'UPDATE'],
    ]);
    expect(body!.events[0]).toEqual({
      resourceUrl: `${emulator.xeroUrl}/api.xro/2.0/Contacts/${contact}`,
      resourceId: contact,
      tenantId: people.store.tenant,
      tenantType: 'ORGANISATION',
      eventCategory: 'CONTACT',
      eventType: 'CREATE',
      eventDateUtc: '2026-03-11T10:00:00.000',
    });
    expect(body!.events[2]).toMatchObject({
      resourceId: note,
      data: { Type: 'ACCRECCREDIT', Status: 'AUTHORISED' },
    });
  });

  it('say nothing of group membership, and go on counting in the next request', async () => {
    await start();
    subscribe('xero');
    const people = emulator.xero('one');
    people.updateContact('Customer ann', { FirstName: 'A' });
    await emulator.webhooks.tick();
    await makeGroup();
    people.addToGroup('Hold', 'Customer ann');
    expect(await emulator.webhooks.tick()).toEqual([]);
    people.voidInvoice('INV-1');
    await emulator.webhooks.tick();
    expect(bodies<XeroBody>().map((body) => body.firstEventSequence)).toEqual([1, 2]);
  });

  it('wait for the intent to receive: right signatures to be taken, wrong ones to be refused', async () => {
    await start();
    subscribe('xero', { intentRequired: true });
    emulator.xero('one').updateContact('Customer ann', { FirstName: 'A' });
    await emulator.webhooks.tick();
    expect(receiver.received).toEqual([]);
    expect(await emulator.webhooks.askIntent('xero')).toBe(false);
    receiver.checksKey = 'secret';
    expect(await emulator.webhooks.askIntent('xero')).toBe(true);
    const intents = bodies<XeroBody>();
    expect(intents).toHaveLength(8);
    for (const one of intents)
      expect(one).toMatchObject({ events: [], firstEventSequence: 0, lastEventSequence: 0 });
    await emulator.webhooks.tick();
    expect(bodies<XeroBody>().at(-1)!.events).toHaveLength(1);
  });

  it('take an answer with a body for no intent', async () => {
    await start();
    subscribe('xero', { intentRequired: true });
    receiver.checksKey = 'secret';
    receiver.answers = { status: 200, body: 'OK' };
    expect(await emulator.webhooks.askIntent('xero')).toBe(false);
    expect(emulator.webhooks.list().channels).toMatchObject([{ status: 'intent required' }]);
  });

  it('are tried again ever more seldom, for a day at most, and then are switched off', async () => {
    await start();
    subscribe('xero');
    receiver.answers = { status: 500 };
    emulator.xero('one').updateContact('Customer ann', { FirstName: 'A' });
    const startMs = emulator.clock.nowMs();
    await emulator.webhooks.tick();
    const [delivery] = emulator.webhooks.deliveries;
    while (delivery!.nextMs !== null) {
      emulator.clock.set(delivery!.nextMs - 1);
      expect(await emulator.webhooks.tick()).toEqual([]);
      emulator.clock.set(delivery!.nextMs);
      await emulator.webhooks.tick();
    }
    const times = delivery!.attempts.map((one) => one.atMs - startMs);
    const waits = times.slice(1).map((at, index) => at - times[index]!);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits[0]).toBe(minuteMs);
    expect(times.at(-1)).toBeLessThanOrEqual(24 * hourMs);
    expect(new Set(receiver.received.map((one) => one.body.toString())).size).toBe(1);
    expect(emulator.webhooks.list().channels).toMatchObject([{ status: 'disabled' }]);
    receiver.answers = { status: 200 };
    receiver.checksKey = 'secret';
    expect(await emulator.webhooks.askIntent('xero')).toBe(true);
  });

  it('can be replayed as often as one likes, byte by byte', async () => {
    await start();
    subscribe('xero');
    emulator.xero('one').updateContact('Customer ann', { FirstName: 'A' });
    const [delivery] = await emulator.webhooks.tick();
    for (let turn = 0; turn < 20; turn += 1) await emulator.webhooks.replay(delivery!.id);
    expect(receiver.received).toHaveLength(21);
    expect(delivery!.attempts.map((one) => one.status)).toEqual(Array.from({ length: 21 }, () => 200));
  });

  it('note that nobody answered', async () => {
    await start();
    subscribe('xero', { url: 'http://127.0.0.1:9/hooks' });
    emulator.xero('one').updateContact('Customer ann', { FirstName: 'A' });
    const [delivery] = await emulator.webhooks.tick();
    expect(delivery!.attempts).toMatchObject([{ status: null, error: 'TypeError' }]);
    expect(delivery!.state).toBe('waiting');
  });
});

describe("Intuit's webhooks", () => {
  it('are CloudEvents in a bare array, signed with the verifier token', async () => {
    await start();
    subscribe('quickbooks');
    const books = emulator.quickbooks(quick.testCompany.id);
    const { Id } = createInvoice(books, { customerId: '1', amountMinor: 5000 });
    await emulator.webhooks.tick();
    const [one] = receiver.received;
    expect(one!.headers['intuit-signature']).toBe(signed(one!.body, 'secret'));
    const [events] = bodies<Record<string, unknown>[]>();
    expect(events!.map((event) => event['type'])).toEqual([
      'qbo.invoice.created.v1',
      'qbo.customer.updated.v1',
    ]);
    expect(events![0]).toMatchObject({
      specversion: '1.0',
      datacontenttype: 'application/json',
      time: '2026-03-11T10:00:00.000Z',
      intuitentityid: Id,
      intuitaccountid: books.realm,
      data: {},
    });
    expect(String(events![0]!['source'])).toMatch(/^intuit\.[0-9a-f]+$/);
    expect(new Set(events!.map((event) => event['id'])).size).toBe(2);
  });

  it('name what happened: created, updated, voided, emailed, deleted, merged', async () => {
    await start();
    subscribe('quickbooks', { format: 'notifications' });
    const books = emulator.quickbooks(quick.testCompany.id);
    const operations = async (act: () => unknown): Promise<string[]> => {
      await act();
      await emulator.webhooks.tick();
      const [note] = bodies<{ eventNotifications: Notification[] }>().at(-1)!.eventNotifications;
      return note!.dataChangeEvent.entities.map(({ name, id, operation }) => `${name} ${id} ${operation}`);
    };
    const made = createInvoice(books, { customerId: '2', amountMinor: 5000 });
    const gone = createInvoice(books, { customerId: '2', amountMinor: 5000 });
    const token = await quickBooksToken();
    const send = (): Promise<Response> =>
      emulator.fetch(`${emulator.quickbooksUrl}/v3/company/${books.realm}/invoice/1/send`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
      });
    await emulator.webhooks.tick();
    expect(await operations(() => editNotes(books, '1', 'Called'))).toEqual(['Customer 1 Update']);
    expect(await operations(send)).toEqual(['Invoice 1 Emailed']);
    expect(await operations(() => voidInvoice(books, made.Id))).toContain(`Invoice ${made.Id} Void`);
    expect(await operations(() => deleteInvoice(books, gone.Id))).toContain(`Invoice ${gone.Id} Delete`);
    const paid = await operations(() => payInvoice(books, '1', 1000));
    expect(paid).toEqual(expect.arrayContaining(['Invoice 1 Update', 'Customer 1 Update']));
    expect(paid.some((one) => /^Payment \d+ Create$/.test(one))).toBe(true);
    const credit = await operations(() => createCreditMemo(books, { customerId: '1', amountMinor: 100 }));
    expect(credit.some((one) => /^CreditMemo \d+ Create$/.test(one))).toBe(true);
    expect(await operations(() => mergeCustomers(books, '2', '1'))).toContain('Customer 1 Merge');
    const [note] = bodies<{ eventNotifications: Notification[] }>().at(-1)!.eventNotifications;
    expect(note!.realmId).toBe(books.realm);
    expect(note!.dataChangeEvent.entities.at(-1)).toMatchObject({ operation: 'Merge', deletedId: '2' });
  });

  it('are tried again after 10, 20 and 30 seconds, 5 and 20 minutes, 2, 4 and 6 hours', async () => {
    await start();
    subscribe('quickbooks');
    receiver.answers = { status: 503 };
    editNotes(emulator.quickbooks(quick.testCompany.id), '1', 'Called');
    await emulator.webhooks.tick();
    const [delivery] = emulator.webhooks.deliveries;
    const waits: number[] = [];
    for (let turn = 0; turn < 9; turn += 1) {
      waits.push((delivery!.nextMs ?? 0) - emulator.clock.nowMs());
      emulator.clock.set(delivery!.nextMs ?? 0);
      await emulator.webhooks.tick();
    }
    expect(waits.map((ms) => ms / 1000)).toEqual([10, 20, 30, 300, 1200, 7200, 14_400, 21_600, 21_600]);
    receiver.answers = { status: 200 };
    emulator.clock.set(delivery!.nextMs ?? 0);
    await emulator.webhooks.tick();
    expect(delivery).toMatchObject({ state: 'delivered', nextMs: null });
  });

  it('come at most a hundred to a request', async () => {
    await start();
    subscribe('quickbooks');
    const books = emulator.quickbooks(quick.testCompany.id);
    for (let made = 0; made < 120; made += 1) createInvoice(books, { customerId: '1', amountMinor: 100 });
    await emulator.webhooks.tick();
    expect(bodies<object[]>().map((events) => events.length)).toEqual([100, 100, 40]);
  });
});

async function makeGroup(): Promise<void> {
  const { access_token } = await connect(emulator);
  await emulator.fetch(`${emulator.xeroUrl}/api.xro/2.0/ContactGroups`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${access_token}`,
      'xero-tenant-id': emulator.xero('one').store.tenant,
    },
    body: JSON.stringify({ Name: 'Hold' }),
  });
}

interface Notification {
  realmId: string;
  dataChangeEvent: { entities: { name: string; id: string; operation: string }[] };
}

async function quickBooksToken(): Promise<string> {
  const location = await quick.authorize(emulator.quickbooksUrl);
  const reply = await quick.requestToken(emulator.quickbooksUrl, {
    grant_type: 'authorization_code',
    code: location.searchParams.get('code') ?? '',
    redirect_uri: 'http://127.0.0.1:9/callback',
  });
  return ((await reply.json()) as { access_token: string }).access_token;
}
