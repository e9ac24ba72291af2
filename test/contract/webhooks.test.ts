import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Subscription } from '../../emulator/core/webhooks.ts';
import { startEmulator, type RunningEmulator } from '../../emulator/index.ts';
import {
  createInvoice,
  deleteInvoice,
  mergeCustomers,
  voidInvoice,
} from '../../emulator/quickbooks/edits.ts';
import type { PlatformName, WebhookReader } from '../../src/domain/index.ts';
import { present } from '../../src/lib/index.ts';
import { buildConnector, SkippingClock } from '../support/connected-platform.ts';
import * as quick from '../support/quickbooks-emulator.ts';
import { bookOf, customer, invoice, worldNowMs } from '../support/xero-emulator.ts';

let emulator: RunningEmulator;
let sent: { body: Buffer; headers: Headers }[];

beforeEach(async () => {
  sent = [];
  emulator = await startBooks();
});
afterEach(() => emulator.close());

/** The same books on both platforms; what their webhooks send is gathered in `sent`. */
async function startBooks(): Promise<RunningEmulator> {
  const started = await startEmulator({
    xero: [bookOf('one', [customer('ann'), customer('bob'), invoice('1', 'ann')])],
    quickbooks: [quick.bookOf([quick.customer('ann'), quick.customer('bob'), quick.invoice('1', 'ann')])],
    nowMs: worldNowMs,
    inProcess: true,
    webhookTicks: 'manual',
    webhookSend: async (url, init) => {
      const request = new Request(url, init);
      sent.push({ body: Buffer.from(await request.arrayBuffer()), headers: request.headers });
      return new Response(null, { status: 200 });
    },
  });
  started.clock.freeze(worldNowMs);
  return started;
}

/** The reader of a platform, with the key that the emulator's environment names or another one. */
function readerOf(platform: PlatformName, settings: Record<string, string> = {}): WebhookReader | null {
  const clock = new SkippingClock(() => worldNowMs);
  return buildConnector(platform, { ...emulator.env(), ...settings }, clock).webhooks;
}

const reader = (platform: PlatformName): WebhookReader => present(readerOf(platform), 'a reader');

function subscribe(platform: PlatformName, more: Partial<Subscription> = {}): void {
  const url = 'http://127.0.0.1:9/webhooks';
  emulator.webhooks.subscribe(platform, { url, intentRequired: false, ...more });
}

/** What a platform sends of some changes, as it was sent. */
async function sentOf(changes: () => unknown): Promise<(typeof sent)[number]> {
  changes();
  await emulator.webhooks.tick();
  return present(sent.at(-1), 'something sent');
}

const headerOf =
  (headers: Headers) =>
  (name: string): string | undefined =>
    headers.get(name) ?? undefined;

const json = (content: unknown): Buffer => Buffer.from(JSON.stringify(content));

const PLATFORMS = [
  { platform: 'xero' as const, header: 'x-xero-signature', setting: 'XERO_WEBHOOK_KEY' },
  { platform: 'quickbooks' as const, header: 'intuit-signature', setting: 'QUICKBOOKS_WEBHOOK_TOKEN' },
];

describe.each(PLATFORMS)('$platform: whether a webhook is genuine', ({ platform, header, setting }) => {
  const change = (): unknown =>
    platform === 'xero'
      ? emulator.xero('one').updateContact('Customer ann', { FirstName: 'A' })
      : createInvoice(emulator.quickbooks(quick.testCompany.id), { customerId: '1', amountMinor: 500 });

  it('takes what the platform signed', async () => {
    subscribe(platform);
    const { body, headers } = await sentOf(change);
    expect(reader(platform).isGenuine(body, headerOf(headers))).toBe(true);
  });

  it('fault 83: refuses it with any one bit changed', async () => {
    subscribe(platform);
    const { body, headers } = await sentOf(change);
    const judge = reader(platform);
    for (let bit = 0; bit < body.length * 8; bit += 1) {
      const changed = Buffer.from(body);
      changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7));
      expect(judge.isGenuine(changed, headerOf(headers))).toBe(false);
    }
  });

  it('fault 83: refuses the same content written anew, and bytes around it', async () => {
    subscribe(platform);
    const { body, headers } = await sentOf(change);
    const judge = reader(platform);
    const anew = Buffer.from(JSON.stringify(JSON.parse(body.toString()), null, 1));
    for (const other of [anew, Buffer.concat([body, Buffer.from('\n')]), body.subarray(1), Buffer.alloc(0)])
      expect(judge.isGenuine(other, headerOf(headers))).toBe(false);
  });

  it("fault 83: refuses another app's key", async () => {
    subscribe(platform, { key: "another app's key" });
    const { body, headers } = await sentOf(change);
    expect(reader(platform).isGenuine(body, headerOf(headers))).toBe(false);
  });

  it('fault 83: refuses a signature that is missing, empty, cut, longer, in hex, or of the wrong header', () => {
    const body = Buffer.from('null');
    const hmac = createHmac('sha256', present(emulator.env()[setting], setting)).update(body);
    const right = hmac.digest('base64');
    const judge = reader(platform);
    const hex = Buffer.from(right, 'base64').toString('hex');
    const wrong = [undefined, '', right.slice(0, -1), `${right}=`, `${right}, ${right}`, hex, 'é'];
    for (const signature of wrong) expect(judge.isGenuine(body, () => signature)).toBe(false);
    expect(judge.isGenuine(body, (name) => (name === header ? right : undefined))).toBe(true);
    expect(judge.isGenuine(body, (name) => (name === header ? undefined : right))).toBe(false);
  });

  it('takes none without a key', () => {
    expect(readerOf(platform, { [setting]: '' })).toBeNull();
  });

  it.each(['', 'null', '[1', '"events"', '{"events":null}', '[null]', '[{}]', '{"eventNotifications":[{}]}'])(
    'fault 83: says that a genuine %j cannot be used',
    (text) => {
      expect(() => reader(platform).read(Buffer.from(text))).toThrow(
        expect.objectContaining({ code: 'PLATFORM_BAD_REPLY' }),
      );
    },
  );

  it('repeats nothing of a body when it cannot be used, for it holds ids of companies', () => {
    const messageOf = (text: string): string => {
      try {
        return `${reader(platform).read(Buffer.from(text)).length} notices`;
      } catch (error) {
        return String(error);
      }
    };
    for (const text of ['{"events":"SECRET"}', 'SECRET', '[{"type":["SECRET"]}]', '{"SECRET":1}']) {
      expect(messageOf(text)).toContain('cannot be used');
      expect(messageOf(text)).not.toContain('SECRET');
    }
  });

  it('does not take bytes that are no UTF-8 for text', () => {
    const body = Buffer.concat([Buffer.from('{"events":[],"x":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    expect(() => reader(platform).read(body)).toThrow('it is not JSON');
  });
});

describe("what Xero's webhooks say", () => {
  const read = (...events: object[]): unknown => reader('xero').read(json({ events }));
  const event = (fields: object = {}): object => ({
    resourceUrl: 'https://api.xero.com/api.xro/2.0/Invoices/i-1',
    resourceId: 'i-1',
    tenantId: 't-1',
    tenantType: 'ORGANISATION',
    eventCategory: 'INVOICE',
    eventType: 'UPDATE',
    eventDateUtc: '2026-03-11T10:00:00.123',
    ...fields,
  });

  it('hints at the customers, invoices and credit notes that changed', async () => {
    subscribe('xero');
    const people = emulator.xero('one');
    const made: string[] = [];
    const { body } = await sentOf(() => {
      made.push(people.createContact({ Name: 'Cy' }));
      made.push(people.createCreditNote({ contactId: 'Customer ann', amountMinor: 500 }));
      people.payInvoice('INV-1', 1000);
    });
    const [contact, note] = made;
    const of = { companyId: people.store.tenant, atMs: worldNowMs };
    const [first, second, third, ...rest] = reader('xero').read(body);
    expect(first).toEqual({ ...of, row: { kind: 'customer', remoteId: contact } });
    expect(second).toEqual({ ...of, row: { kind: 'credit', creditKind: 'credit-note', remoteId: note } });
    expect(third).toMatchObject({ ...of, row: { kind: 'invoice' } });
    expect(rest).toEqual([]);
  });

  it('finds nothing in the question whether somebody is here', async () => {
    subscribe('xero', { intentRequired: true });
    await emulator.webhooks.askIntent('xero');
    expect(sent).toHaveLength(4);
    for (const { body } of sent) expect(reader('xero').read(body)).toEqual([]);
    const verdicts = sent.map(({ body, headers }) => reader('xero').isGenuine(body, headerOf(headers)));
    expect(verdicts).toEqual([false, true, false, false]);
  });

  it('takes a time without a zone for UTC, and knows when there is none', () => {
    const times = ['2026-03-11T10:00:00.123', '2026-03-11T10:00:00.123Z', '2026-03-11T11:00:00.123+01:00'];
    const at = Date.parse('2026-03-11T10:00:00.123Z');
    for (const eventDateUtc of times) expect(read(event({ eventDateUtc }))).toMatchObject([{ atMs: at }]);
    for (const eventDateUtc of [undefined, null, '', 'soon'])
      expect(read(event({ eventDateUtc }))).toMatchObject([{ atMs: null }]);
  });

  it('reads categories in any case, as samples have them', () => {
    expect(read(event({ eventCategory: 'Invoice', eventType: 'Update' }))).toHaveLength(1);
    expect(read(event({ eventCategory: 'CreditNote' }))).toMatchObject([{ row: { kind: 'credit' } }]);
  });

  it('leaves out what is not mirrored, whatever it looks like', () => {
    const bill = event({ eventCategory: 'CREDITNOTE', data: { Type: 'ACCPAYCREDIT' } });
    const strangers = ['SUBSCRIPTION', 'PAYMENT', '__proto__', 'constructor', ''].map((eventCategory) => ({
      eventCategory,
    }));
    expect(read(...strangers, bill, event())).toHaveLength(1);
  });

  it('does not read past an event of a record that it cannot name', () => {
    expect(() => read(event(), event({ tenantId: null }))).toThrow('tenantId');
    expect(() => read(event({ resourceId: '' }))).toThrow('resourceId');
  });
});

describe("what Intuit's webhooks say", () => {
  const books = (): ReturnType<RunningEmulator['quickbooks']> => emulator.quickbooks(quick.testCompany.id);

  /** Made, voided, deleted, merged: told in one of the two forms. */
  async function told(format: 'cloudevents' | 'notifications'): Promise<Buffer> {
    subscribe('quickbooks', { format });
    const { body } = await sentOf(() => {
      const one = createInvoice(books(), { customerId: '1', amountMinor: 5000 });
      const two = createInvoice(books(), { customerId: '1', amountMinor: 5000 });
      voidInvoice(books(), one.Id);
      deleteInvoice(books(), two.Id);
      mergeCustomers(books(), '2', '1');
    });
    return body;
  }

  it('are the same in both forms', async () => {
    const modern = await told('cloudevents');
    expect(modern.toString()).toContain('qbo.invoice.deleted.v1');
    expect(modern.toString()).toContain('qbo.invoice.voided.v1');
    const notices = reader('quickbooks').read(modern);
    await emulator.close();
    emulator = await startBooks();
    const older = await told('notifications');
    expect(older.toString()).toContain('eventNotifications');
    expect(reader('quickbooks').read(older)).toEqual(notices);
    expect(notices.length).toBeGreaterThan(4);
  });

  it('hint at both customers of a merge: the one that stays and the one that is gone', async () => {
    const notices = reader('quickbooks').read(await told('cloudevents'));
    const merged = notices.slice(-2);
    const { realm } = books();
    expect(merged).toEqual([
      { companyId: realm, row: { kind: 'customer', remoteId: '1' }, atMs: worldNowMs },
      { companyId: realm, row: { kind: 'customer', remoteId: '2' }, atMs: worldNowMs },
    ]);
  });

  it('leave out entities that are not mirrored and products that are not QuickBooks', () => {
    const of = { intuitaccountid: '1', intuitentityid: '7', time: '2026-03-11T10:00:00Z', data: {} };
    const types = ['qbo.vendor.created.v1', 'payroll.customer.updated.v1', 'qbo', '', 'qbo.__proto__.x.v1'];
    const events = types.map((type) => ({ type })).concat({ ...of, type: 'qbo.creditmemo.updated.v1' });
    expect(reader('quickbooks').read(json(events))).toEqual([
      {
        companyId: '1',
        row: { kind: 'credit', creditKind: 'credit-note', remoteId: '7' },
        atMs: Date.parse(of.time),
      },
    ]);
  });

  it('may come from several companies at once, and without entities', () => {
    const entities = [
      { name: 'Payment', id: 5, operation: 'Delete', lastUpdated: '2026-03-11T03:00:00-07:00' },
    ];
    const eventNotifications = [
      { realmId: '1', dataChangeEvent: { entities } },
      { realmId: '2', dataChangeEvent: { entities } },
      { realmId: '3' },
    ];
    const row = { kind: 'payment', remoteId: '5' };
    expect(reader('quickbooks').read(json({ eventNotifications }))).toEqual([
      { companyId: '1', row, atMs: worldNowMs },
      { companyId: '2', row, atMs: worldNowMs },
    ]);
    expect(reader('quickbooks').read(json([]))).toEqual([]);
  });
});
