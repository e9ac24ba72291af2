import { once } from 'node:events';
import { request as httpRequest, type ClientRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { PlatformName } from '../../src/domain/index.ts';
import { openWebhookDoor, send, SIGNATURES, signatureOf, type WebhookDoor } from '../support/webhook-door.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

const PLATFORMS = ['xero', 'quickbooks'] as const;
const MEGABYTE = 1024 * 1024;

let world: World;
let door: WebhookDoor;

beforeAll(async () => {
  const debtors = [{ name: 'Ann', bills: [bill('A-1', 10, 50_000)] }];
  world = await startWorld({
    xero: [smallBook('north', debtors)],
    quickbooks: [smallBook('south', debtors)],
    webhookTicks: 'manual',
    mail: false,
  });
  door = await openWebhookDoor(world, {
    reads: false,
    settings: { HOLDFAST_BASE_URL: 'https://holdfast.example.com/credit' },
  });
}, 60_000);
afterAll(async () => {
  await door?.close();
  await world?.close();
});

beforeEach(async () => {
  await door.app.store.write((tx) => tx.deleteFrom('notice').execute());
});

/** How many notices are kept. */
async function kept(): Promise<number> {
  return (await door.app.store.reader.selectFrom('notice').select('id').execute()).length;
}

const bodyFor = (platform: PlatformName): string =>
  platform === 'xero' ? '{"events": [], "entropy": "A"}' : '[{"type": "qbo.vendor.created.v1"}]';

/** A request whose headers have arrived, but whose body has not. */
interface Begun {
  sent: ClientRequest;
  /** Of the answer; null when there was none. */
  status: Promise<number | null>;
}

async function begin(headers: Record<string, string>): Promise<Begun> {
  const all = { expect: '100-continue', ...headers };
  const sent = httpRequest(door.urlOf('xero'), { method: 'POST', headers: all });
  const status = new Promise<number | null>((resolve) => {
    sent.once('response', (reply) => resolve(reply.statusCode ?? 0)).once('error', () => resolve(null));
  });
  sent.flushHeaders();
  onTestFinished(() => void sent.destroy());
  await once(sent, 'continue');
  return { sent, status };
}

describe("Xero's question whether somebody is here", () => {
  it('fault 83: is answered as it must be: the right signature taken, the wrong ones refused', async () => {
    world.emulator.webhooks.subscribe('xero', { url: door.urlOf('xero') });
    expect(await world.emulator.webhooks.askIntent('xero')).toBe(true);
  });

  it('fails with the key of another app', async () => {
    world.emulator.webhooks.subscribe('xero', { url: door.urlOf('xero'), key: 'of another app' });
    expect(await world.emulator.webhooks.askIntent('xero')).toBe(false);
  });
});

describe.each(PLATFORMS)('the endpoint for %s', (platform) => {
  it('keeps a genuine webhook, then answers 200 with nothing in it and no cookie', async () => {
    const answer = await door.post(platform, bodyFor(platform));
    expect(answer.status).toBe(200);
    expect(answer.body).toHaveLength(0);
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(await kept()).toBe(1);
  });

  it('fault 83: answers 401 with nothing in it to whatever our key did not sign, and keeps none', async () => {
    const body = bodyFor(platform);
    const header = SIGNATURES[platform];
    const right = signatureOf(door.app, platform, body);
    const elsewhere = platform === 'xero' ? 'quickbooks' : 'xero';
    const url = door.urlOf(platform);
    const refused = [
      await send(url, body, {}),
      await send(url, body, { [header]: '' }),
      await send(url, body, { [header]: right.slice(0, 20) }),
      await send(url, body, { [header]: `${right}${right}` }),
      await send(url, body, { [header]: signatureOf(door.app, elsewhere, body) }),
      await send(url, body, { [SIGNATURES[elsewhere]]: right }),
      await send(url, body.replace('"', "'"), { [header]: right }),
      await send(url, JSON.stringify(JSON.parse(body)), { [header]: right }),
      await send(url, 'null', { [header]: right }),
      await send(url, '', { [header]: right }),
      await send(url, '', {}),
    ];
    for (const { status, body: content, headers } of refused) {
      expect([status, content.length]).toEqual([401, 0]);
      expect(headers).not.toHaveProperty('set-cookie');
    }
    expect(await kept()).toBe(0);
  });

  it('fault 83: takes a signed `null` as it is, and makes nothing of it', async () => {
    expect((await door.post(platform, 'null')).status).toBe(200);
  });

  it('judges the bytes alone, whatever the headers say of them', async () => {
    const types = ['text/plain', 'multipart/form-data', 'application/json; charset=utf-16', 'nonsense'];
    for (const [index, type] of types.entries()) {
      const body = `${bodyFor(platform)}${' '.repeat(index)}`;
      expect((await door.post(platform, body, { 'content-type': type })).status).toBe(200);
    }
    const encoded = await door.post(platform, bodyFor(platform), { 'content-encoding': 'gzip' });
    expect(encoded.status).toBe(200);
    expect(await kept()).toBe(types.length);
  });

  it('keeps the same bytes once', async () => {
    for (let turn = 0; turn < 3; turn += 1)
      expect((await door.post(platform, bodyFor(platform))).status).toBe(200);
    expect(await kept()).toBe(1);
  });

  it('is open through the public name, from any page and with any prefix that the proxy leaves', async () => {
    const afar = {
      host: 'holdfast.example.com',
      'x-forwarded-for': '203.0.113.9',
      origin: 'https://elsewhere.example',
      'sec-fetch-site': 'cross-site',
      cookie: 'a=b',
    };
    expect((await door.post(platform, bodyFor(platform), afar)).status).toBe(200);
    const body = bodyFor(platform);
    const prefixed = door.urlOf(platform).replace('/webhooks', '/credit/webhooks');
    const headers = { ...afar, [SIGNATURES[platform]]: signatureOf(door.app, platform, body) };
    expect((await send(prefixed, body, headers)).status).toBe(200);
    expect((await door.post(platform, body, { ...afar, host: 'elsewhere.example' })).status).toBe(421);
  });

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])('does not take %s', async (method) => {
    const { status, headers } = await send(door.urlOf(platform), '', {}, method);
    expect(status).toBe(405);
    expect(headers.allow).toContain('POST');
  });

  it('asks for the webhook again when it cannot be kept', async () => {
    const { store } = door.app;
    await store.writeBulk((db) =>
      db.exec("CREATE TRIGGER full BEFORE INSERT ON notice BEGIN SELECT RAISE (ABORT, 'disk full'); END"),
    );
    onTestFinished(() => store.writeBulk((db) => void db.exec('DROP TRIGGER full')));
    const answer = await door.post(platform, bodyFor(platform));
    expect([answer.status, answer.body.length]).toEqual([503, 0]);
  });
});

describe('an endpoint without a key', () => {
  it('is not there, whoever asks', async () => {
    const settings = { XERO_WEBHOOK_KEY: '', QUICKBOOKS_WEBHOOK_TOKEN: '' };
    const closed = await openWebhookDoor(world, { reads: false, settings });
    onTestFinished(() => closed.close());
    for (const platform of PLATFORMS) {
      const body = bodyFor(platform);
      const headers = { [SIGNATURES[platform]]: signatureOf(door.app, platform, body) };
      const nowhere = await send(closed.urlOf(platform).replace(platform, 'nowhere'), body, headers);
      const answer = await send(closed.urlOf(platform), body, headers);
      expect([answer.status, answer.body]).toEqual([404, nowhere.body]);
      expect((await send(closed.urlOf(platform), '', {}, 'GET')).status).toBe(404);
    }
  });
});

describe('bodies that are too much', () => {
  it('fault 83: 50 MB are refused before they come, by what they say of themselves', async () => {
    const { status } = await begin({ 'content-length': String(50 * MEGABYTE) });
    expect(await status).toBe(413);
  });

  it('fault 83: 50 MB are refused as soon as there are too many of them, said or not', async () => {
    const { sent, status } = await begin({ 'transfer-encoding': 'chunked' });
    for (let piece = 0; piece < 3; piece += 1) sent.write(Buffer.alloc(MEGABYTE, 'x'));
    expect(await status).toBe(413);
    expect(await kept()).toBe(0);
  });

  it('a webhook as large as platforms send them is taken', async () => {
    expect((await door.post('quickbooks', Buffer.alloc(MEGABYTE, ' '))).status).toBe(200);
  });

  it('those that never end give way to the next: a crowd of them does not keep a webhook out', async () => {
    const crowd: Begun[] = [];
    for (let one = 0; one < 40; one += 1) crowd.push(await begin({ 'content-length': '100' }));
    expect((await door.post('xero', bodyFor('xero'))).status).toBe(200);
    const first = crowd.slice(0, 8).map(({ status }) => status);
    expect(await Promise.all(first)).toEqual(Array(8).fill(503));
  });

  it('one that breaks off is forgotten, even if what came of it was signed', async () => {
    const [whole, part] = [bodyFor('xero'), bodyFor('xero').slice(0, 5)];
    const { sent } = await begin({
      'content-length': String(whole.length),
      'x-xero-signature': signatureOf(door.app, 'xero', part),
    });
    await new Promise((resolve) => sent.write(part, resolve));
    const gone = new Promise((resolve) => sent.once('close', resolve));
    sent.destroy();
    await gone;
    expect((await door.post('xero', whole)).status).toBe(200);
    expect(await kept()).toBe(1);
  });
});
