import { rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect as connectSocket, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createApp, type App } from '../../src/app.ts';
import { setKillSwitch } from '../../src/cases/index.ts';
import { parseConfig } from '../../src/config.ts';
import { beginConnect } from '../../src/connect.ts';
import { readConnections, setConnectionState } from '../../src/mirror/index.ts';
import { startWeb, type Health, type RunningWeb } from '../../src/web/index.ts';
import { freePort } from '../support/free-port.ts';
import { startWorld, type World } from '../support/world.ts';
import { bookOf, customer, invoice } from '../support/xero-emulator.ts';

const HOSTILE = `<script>alert(1)</script>"'><img src=x onerror=alert(2)> & Sons`;

let world: World;
let app: App;
let web: RunningWeb;

beforeAll(async () => {
  const book = bookOf(
    'acme',
    [customer('one', { name: HOSTILE }), invoice('1', 'one', { totalMinor: 500_000, openMinor: 500_000 })],
    { name: 'Acme <b>& Daughters</b>' },
  );
  world = await startWorld({ xero: [{ ...book, limits: () => [] }], mode: 'propose' });
  await world.night();
  app = await secondApp({});
  web = await startWeb(app);
}, 60_000);

afterAll(async () => {
  await web?.close();
  await app?.close();
  await world?.close();
});

/** Another process on the same data, with a web door of its own. */
async function secondApp(env: Record<string, string>): Promise<App> {
  const port = await freePort();
  const own = { HOLDFAST_BASE_URL: `http://localhost:${port}`, HOLDFAST_PORT: String(port) };
  const second = createApp(parseConfig({ ...world.env, ...own, ...env }));
  second.clock.setOffset(world.emulator.clock.offsetMs());
  return second;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** One request as it is, with any Host and any method. */
function ask(
  path: string,
  {
    method = 'GET',
    headers = {},
    port = web.port,
  }: { method?: string; headers?: object; port?: number } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const own = { host: `localhost:${port}`, ...headers };
    const sent = httpRequest({ host: '127.0.0.1', port, path, method, headers: own }, (reply) => {
      text(reply).then(
        (body) => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body }),
        reject,
      );
    });
    sent.on('error', reject).end();
  });
}

const ours = () => ({ origin: `http://localhost:${web.port}`, 'sec-fetch-site': 'same-origin' });

describe('the web door', () => {
  it('listens on loopback only', async () => {
    const refused = await new Promise<boolean>((resolve) => {
      const socket = connectSocket({ host: '127.0.0.2', port: web.port });
      socket.once('connect', () => resolve(false)).once('error', () => resolve(true));
      onTestFinished(() => void socket.destroy());
    });
    expect(refused).toBe(true);
  });

  it.each(['evil.example', 'localhost', 'localhost.evil.example', '127.0.0.1.evil.example'])(
    'does not answer to the host name "%s"',
    async (host) => {
      const answer = await ask('/', { headers: { host } });
      expect(answer.status).toBe(421);
      expect(answer.body).not.toContain('Acme');
      expect(answer.body).not.toContain('evil');
    },
  );

  it.each(['GET / HTTP/1.0', 'GET / HTTP/1.1\r\nHost:'])(
    'does not answer to no name at all (%j)',
    async (lines) => {
      const socket = connectSocket({ host: '127.0.0.1', port: web.port });
      socket.end(`${lines}\r\nConnection: close\r\n\r\n`);
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 421 /);
    },
  );

  it('answers to every name of this machine', async () => {
    for (const host of [`localhost:${web.port}`, `127.0.0.1:${web.port}`, `[::1]:${web.port}`]) {
      expect((await ask('/', { headers: { host } })).status).toBe(200);
    }
  });

  it('refuses the absolute form of a request, which only proxies take', async () => {
    const answer = await ask(`http://localhost:${web.port}/`);
    expect(answer.status).toBe(400);
  });

  it.each(['TRACE', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'PROPFIND'])('does not take %s', async (method) => {
    const answer = await ask('/', { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('GET, HEAD, POST');
  });

  it('sends no page that a browser would keep, frame, or run anything from', async () => {
    for (const path of ['/', '/connections/xero-1', '/connected', '/nowhere', '/health']) {
      const { headers } = await ask(path);
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['content-security-policy']).toBe(
        "default-src 'none';style-src 'self';img-src 'self';form-action 'self';base-uri 'none';frame-ancestors 'none'",
      );
      expect(headers['x-frame-options']).toBe('DENY');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['referrer-policy']).toBe('same-origin');
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('etag');
      expect(headers).not.toHaveProperty('set-cookie');
    }
  });

  it('has no script and no style inside its pages', async () => {
    for (const path of ['/', '/connections/xero-1', '/connected']) {
      const { body } = await ask(path);
      expect(body).not.toMatch(/<script|<style|<[^>]*\s(style|on[a-z]+)=|javascript:/i);
    }
  });

  it.each([
    '/nowhere',
    '/connections/xero-99',
    '/connections/%2e%2e',
    '/assets/../index.ts',
    '/assets/nothing.css',
  ])('says in plain words that there is nothing at %s', async (path) => {
    const answer = await ask(path);
    expect(answer.status).toBe(404);
    expect(answer.body).toContain('There is nothing here');
  });

  it('survives an address that cannot be decoded', async () => {
    const answer = await ask('/connections/%E0%A4%A');
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('cannot be read');
    expect(answer.body).not.toMatch(/URIError|node_modules|at .*\.ts/);
  });

  it('shows no stack and no path when a page cannot be made', async () => {
    const broken = await secondApp({});
    const door = await startWeb(broken);
    expect((await ask('/', { port: door.port })).status).toBe(200);
    await broken.close();
    const answer = await ask('/', { port: door.port });
    await door.close();
    expect(answer.status).toBe(500);
    expect(answer.body).toContain('Something went wrong');
    expect(answer.body).not.toMatch(/node_modules|\.ts|sqlite|Error:/i);
  });

  it('says which port is in use, and what to do', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(startWeb(app, { port })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringContaining(String(port)) as string,
      hint: expect.stringContaining('HOLDFAST_PORT') as string,
    });
    await new Promise((resolve) => taken.close(resolve));
  });

  it('closes although a browser keeps a connection open', async () => {
    const door = await startWeb(await secondApp({}));
    const socket = connectSocket({ host: '127.0.0.1', port: door.port });
    await new Promise((resolve) => socket.once('connect', resolve));
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await door.close();
    await ended;
    await expect(ask('/health', { port: door.port })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('its pages', () => {
  it('show text from the platforms as text', async () => {
    for (const path of ['/', '/connections/xero-1']) {
      const { body } = await ask(path);
      expect(body).not.toContain('<script>');
      expect(body).not.toContain('<img src=x');
      expect(body).not.toContain('<b>&');
      expect(body).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;&lt;img src=x');
      expect(body).toContain('Acme &lt;b&gt;&amp; Daughters&lt;/b&gt;');
    }
  });

  it('say when nothing is sent at all', async () => {
    await app.store.write((tx) => setKillSwitch(tx, true, { by: 'test', atMs: app.clock.nowMs() }));
    expect((await ask('/')).body).toContain('The kill switch is on.');
    await app.store.write((tx) => setKillSwitch(tx, false, { by: 'test', atMs: app.clock.nowMs() }));
    expect((await ask('/')).body).not.toContain('The kill switch is on.');
  });

  it('say when the books were read too long ago to act on them', async () => {
    const later = await secondApp({});
    later.clock.setOffset(world.emulator.clock.offsetMs() + 29.75 * 3_600_000);
    const door = await startWeb(later);
    const { body } = await ask('/', { port: door.port });
    await door.close();
    await later.close();
    expect(body).toContain('Nothing is sent: the last sync is 30 hours old, the policy allows 26.');
    expect(body).toMatch(/Synced\s+<strong>30 hours ago<\/strong>/);
    expect(body).toContain('Wednesday 11 March 2026 (none since)');
  });

  it('offer to connect again what has lost its consent', async () => {
    const [connection] = await readConnections(app.store.reader);
    const { id } = connection!;
    await app.store.write((tx) => setConnectionState(tx, id, 'reconnect', 'the consent was withdrawn'));
    const { body } = await ask('/');
    await app.store.write((tx) => setConnectionState(tx, id, 'active', null));
    expect(body).toContain('the consent was withdrawn');
    expect(body).toContain('Connect again');
  });

  it('keep the rest when a policy cannot be read, and say what is wrong with it', async () => {
    writeFileSync(app.config.policyFile, 'version: 2\n');
    onTestFinished(() => rmSync(app.config.policyFile));
    const answer = await ask('/');
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('Cannot be judged.');
    expect(answer.body).toContain('Acme');
  });

  it('tell a monitor how the connections stand', async () => {
    const answer = await ask('/health');
    const health = JSON.parse(answer.body) as Health;
    expect(health).toEqual({
      ok: true,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
      connections: [
        {
          id: 'xero-1',
          state: 'active',
          lastRun: {
            number: 1,
            state: 'published',
            startedAt: expect.stringMatching(/^2026-03-11T10:/) as string,
            finishedAt: expect.stringMatching(/^2026-03-11T10:/) as string,
          },
        },
      ],
    });
  });
});

describe('connecting', () => {
  it.each([
    ['nothing that says where it comes from', {}],
    ['a foreign page', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['a page without a name', { origin: 'null', 'sec-fetch-site': 'same-origin' }],
    ['another port of this machine', { origin: 'http://localhost:1', 'sec-fetch-site': 'same-site' }],
    [
      'a page that lies in one header only',
      { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    ],
  ])('is not begun for %s', async (_who, headers) => {
    const answer = await ask('/connect/xero', { method: 'POST', headers });
    expect(answer.status).toBe(403);
    expect(answer.body).not.toContain('code_challenge');
  });

  it('is not begun by opening an address', async () => {
    const answer = await ask('/connect/xero', { headers: ours() });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('POST');
  });

  it('begun on our page sends the browser to the platform with our own way back, whatever Host says', async () => {
    const host = `127.0.0.1:${web.port}`;
    const headers = { host, origin: `http://${host}`, 'x-forwarded-proto': 'https' };
    const answer = await ask('/connect/xero', { method: 'POST', headers });
    expect(answer.status).toBe(200);
    const url = new URL(/url=([^"]+)"/.exec(answer.body)![1]!.replaceAll('&amp;', '&'));
    expect(url.origin).toBe(world.emulator.xeroUrl);
    expect(url.searchParams.get('redirect_uri')).toBe(`http://localhost:${web.port}/connect/xero/callback`);
    expect(url.searchParams.get('code_challenge_method')).toBe('S256');
  });

  it('fault 8: ends on a clean page, in a redirect without a body', async () => {
    const { pathname, search } = await consent();
    const answer = await ask(pathname + search);
    expect(answer.status).toBe(302);
    expect(answer.headers.location).toBe('/connected?platform=xero&companies=1');
    expect(answer.body).toBe('');
  });

  it('fault 8: takes an answer once', async () => {
    const { pathname, search } = await consent();
    await ask(pathname + search);
    const again = await ask(pathname + search);
    expect(again.headers.location).toBe('/connect-failed?code=STATE_UNKNOWN');
  });

  it('fault 8: takes no answer that was given to the other platform', async () => {
    const { search } = await consent();
    const answer = await ask(`/connect/quickbooks/callback${search}`);
    expect(answer.headers.location).toBe('/connect-failed?code=STATE_UNKNOWN');
  });

  it('leaves an answer unused when something only peeks at it', async () => {
    const { pathname, search } = await consent();
    expect((await ask(pathname + search, { method: 'HEAD' })).status).toBe(405);
    expect((await ask(pathname + search)).headers.location).toContain('/connected');
  });

  it.each(['', '?state=&code=', '?state=a&state=b', '?error=access_denied', '?code=x&state=%00'])(
    'answers the callback%s that nobody asked for with a redirect',
    async (search) => {
      const answer = await ask(`/connect/xero/callback${search}`);
      expect(answer.status).toBe(302);
      expect(answer.headers.location).toMatch(/^\/connect-failed\?code=[A-Z_]+$/);
      expect(answer.body).toBe('');
    },
  );

  it.each(['"><script>alert(1)</script>', 'A'.repeat(500), '__proto__', 'constructor', '%0d%0aSet-Cookie:x'])(
    'repeats nothing of an invented failure code (%s)',
    async (code) => {
      const { status, body } = await ask(`/connect-failed?code=${encodeURIComponent(code)}`);
      expect(status).toBe(200);
      expect(body).not.toContain(code);
      expect(body).toContain('Nothing was connected');
    },
  );
});

/** The address to which the platform sends the browser back after consent. */
async function consent(): Promise<URL> {
  const start = await beginConnect(app, 'xero');
  const answer = await fetch(start, { redirect: 'manual' });
  return new URL(answer.headers.get('location')!);
}

describe('behind a public name', () => {
  const publicName = 'holdfast.example.com';
  const behindProxy = { host: publicName, 'x-forwarded-for': '203.0.113.7' };
  let open: App;
  let door: RunningWeb;

  beforeAll(async () => {
    open = await secondApp({ HOLDFAST_BASE_URL: `https://${publicName}/money` });
    door = await startWeb(open);
  });

  afterAll(async () => {
    await door.close();
    await open.close();
  });

  it.each(['/', '/health', '/connections/xero-1'])('shows nobody the figures at %s', async (path) => {
    const answer = await ask(path, { port: door.port, headers: behindProxy });
    expect(answer.status).toBe(403);
    expect(answer.body).not.toContain('Acme');
  });

  it('shows none either when the proxy hides the name but says for whom it asks', async () => {
    const answer = await ask('/', { port: door.port, headers: { 'x-forwarded-for': '203.0.113.7' } });
    expect(answer.status).toBe(403);
  });

  it('still takes a platform’s answer, below the proxy’s path and without it', async () => {
    for (const prefix of ['/money', '']) {
      const path = `${prefix}/connect/xero/callback?state=x&code=y`;
      const answer = await ask(path, { port: door.port, headers: behindProxy });
      expect(answer.status).toBe(302);
      expect(answer.headers.location).toBe('/money/connect-failed?code=STATE_UNKNOWN');
    }
    const page = await ask('/money/connected', { port: door.port, headers: behindProxy });
    expect(page.status).toBe(200);
    expect(page.body).toContain('href="/money/assets/holdfast.css"');
  });

  it('gives the platform the public address as the way back', async () => {
    const url = new URL(await beginConnect(open, 'xero'));
    expect(url.searchParams.get('redirect_uri')).toBe(`https://${publicName}/money/connect/xero/callback`);
  });
});
