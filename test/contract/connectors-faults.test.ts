import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CustomerId, Day, DocumentId, PlatformName, PlatformSession } from '../../src/domain/index.ts';
import { PlatformError } from '../../src/domain/index.ts';
import { startRawServer } from '../support/raw-server.ts';
import { buildConnector, connectPlatform, PageMirror } from '../support/connected-platform.ts';
import { SkippingClock, type ConnectedPlatform } from '../support/connected-platform.ts';

/** What each platform's error bodies look like, and what is promised for each. */
describe.each<PlatformName>(['xero', 'quickbooks'])('when %s fails', (name) => {
  let platform: ConnectedPlatform;
  let invoice: DocumentId;
  let customer: CustomerId;

  beforeAll(async () => {
    platform = await connectPlatform(name);
    const mirror = new PageMirror();
    await mirror.run(platform.session, 'full', platform.clock.nowMs());
    const row = [...mirror.invoices.values()].find((one) => one.status === 'open')!;
    invoice = row.remoteId;
    customer = row.customerId;
  });
  afterAll(() => platform.close());
  afterEach(() => platform.emulator.faults.clear());

  const readFault = (fault: object): void =>
    void platform.emulator.faults.add({ server: name, path: platform.paths.read, ...fault });
  const sendFault = (fault: object): void =>
    void platform.emulator.faults.add({ server: name, path: platform.paths.send, ...fault });
  const pull = async (): Promise<number> => {
    let rows = 0;
    const request = { stream: 'customers', cursor: null, nowMs: platform.clock.nowMs() } as const;
    for await (const page of platform.session.pull(request)) rows += page.customers.length;
    return rows;
  };
  const failure = async (work: Promise<unknown>): Promise<PlatformError> => {
    const error: unknown = await work.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(PlatformError);
    return error as PlatformError;
  };
  const struck = (): number => platform.emulator.faults.list().reduce((sum, live) => sum + live.struck, 0);
  const sends = (): number =>
    platform.emulator.effects.list(name === 'xero' ? 'invoice-email' : 'invoice-send').length;

  /** A session whose API is elsewhere. */
  const sessionAt = (url: string, deadlineMs?: number): PlatformSession => {
    const env = { ...platform.emulator.env(), XERO_API_URL: url, QUICKBOOKS_API_URL: url };
    const clock = new SkippingClock(() => platform.emulator.clock.nowMs());
    if (deadlineMs !== undefined) clock.deadline = () => AbortSignal.timeout(deadlineMs);
    return buildConnector(name, env, clock).open({
      companyId: platform.company,
      nowMs: () => clock.nowMs(),
      accessToken: () => Promise.resolve('a-token'),
    });
  };

  it('refreshes the token once on 401 and goes on', async () => {
    const before = platform.refreshes();
    readFault({ status: 401, body: { Title: 'Unauthorized', Detail: 'TokenExpired' }, times: 1 });
    expect(await pull()).toBeGreaterThanOrEqual(60);
    expect(platform.refreshes() - before).toBe(1);
  });

  it('also repeats a write after a 401, for the server refused it', async () => {
    const before = { sends: sends(), refreshes: platform.refreshes() };
    sendFault({ status: 401, body: {}, times: 1 });
    await platform.session.sendInvoice(invoice, 'after-401');
    expect(sends() - before.sends).toBe(1);
    expect(platform.refreshes() - before.refreshes).toBe(1);
  });

  it('gives up after a second 401', async () => {
    readFault({ status: 401, body: {} });
    expect(await failure(pull())).toMatchObject({ code: 'PLATFORM_TOKEN_REJECTED', status: 401 });
    expect(struck()).toBe(2);
  });

  it('does not refresh nor repeat on 403', async () => {
    const before = platform.refreshes();
    readFault({
      status: 403,
      body: { Title: 'Forbidden', Status: 403, Detail: 'AuthenticationUnsuccessful' },
    });
    expect(await failure(pull())).toMatchObject({ code: 'PLATFORM_FORBIDDEN', sent: 'refused' });
    expect(struck()).toBe(1);
    expect(platform.refreshes()).toBe(before);
  });

  it('waits as long as a 429 says, then goes on', async () => {
    const slept = platform.clock.sleptMs.length;
    readFault({ status: 429, headers: { 'retry-after': '7' }, body: {}, times: 1 });
    expect(await pull()).toBeGreaterThanOrEqual(60);
    const waited = platform.clock.sleptMs.slice(slept).reduce((sum, ms) => sum + ms, 0);
    expect(waited).toBeGreaterThanOrEqual(7_000);
    expect(waited).toBeLessThan(10_000);
  });

  it('understands a Retry-After that is a date', async () => {
    const nowMs = platform.emulator.clock.nowMs();
    const slept = platform.clock.sleptMs.length;
    const at = new Date(nowMs + 20_000).toUTCString();
    readFault({ status: 429, headers: { 'retry-after': at }, body: {}, times: 1 });
    await pull();
    const waited = platform.clock.sleptMs.slice(slept).reduce((sum, ms) => sum + ms, 0);
    expect(waited).toBeGreaterThan(15_000);
  });

  it('does not wait for a day', async () => {
    readFault({ status: 429, headers: { 'retry-after': '86400' }, body: {} });
    expect(await failure(pull())).toMatchObject({
      code: 'PLATFORM_RATE_LIMITED',
      retryAfterMs: 86_400_000,
      retryable: true,
    });
    expect(struck()).toBe(1);
    const next = await failure(platform.session.sendInvoice(invoice, 'meanwhile'));
    expect(next).toMatchObject({ code: 'PLATFORM_RATE_LIMITED', sent: 'no' });
    // Whatever was said, after an hour the platform is asked again.
    platform.emulator.faults.clear();
    await platform.clock.sleep(3_600_000);
    expect(await pull()).toBeGreaterThanOrEqual(60);
  });

  it('never repeats a write by itself, whatever the platform answers', async () => {
    for (const [status, sent] of [
      [429, 'refused'],
      [400, 'refused'],
      [500, 'maybe'],
      [503, 'maybe'],
    ] as const) {
      sendFault({ status, body: {} });
      expect(await failure(platform.session.sendInvoice(invoice, `s-${status}`))).toMatchObject({
        sent,
        status,
      });
      expect(struck()).toBe(1);
      platform.emulator.faults.clear();
    }
  });

  it('says "maybe" when the connection is lost after a write has left', async () => {
    const server = await startRawServer((_request, response) => response.socket?.destroy());
    const session = sessionAt(server.url);
    expect(await failure(session.sendInvoice(invoice, 'lost'))).toMatchObject({
      code: 'PLATFORM_CONNECTION_LOST',
      sent: 'maybe',
    });
    expect(server.seen.filter((one) => one.method === 'POST')).toHaveLength(1);
    await server.close();
  });

  it('gets over a burst of 500s and 502s when reading', async () => {
    readFault({ status: 500, body: 'oops', times: 1 });
    readFault({ status: 502, body: '<html>Bad gateway</html>', times: 1 });
    expect(await pull()).toBeGreaterThanOrEqual(60);
  });

  it('stops reading after a bounded number of tries', async () => {
    readFault({ status: 503, headers: { 'content-type': 'text/html' }, body: '<html>Maintenance</html>' });
    expect(await failure(pull())).toMatchObject({ code: 'PLATFORM_UNAVAILABLE', retryable: true });
    expect(struck()).toBe(4);
  });

  it.each([
    ['cut in the middle', { cutAtByte: 200 }],
    ['cut before the first byte', { cutAtByte: 0 }],
    ['empty', { status: 200, headers: { 'content-type': 'application/json' }, body: '' }],
    [
      'a maintenance page',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Soon</html>' },
    ],
    ['broken JSON', { status: 200, headers: { 'content-type': 'application/json' }, body: '{"Contacts":[' }],
    ['another JSON', { status: 200, headers: { 'content-type': 'application/json' }, body: '{"hello":1}' }],
    ['a redirect', { status: 302, headers: { location: 'https://elsewhere.example/' }, body: '' }],
  ])('never takes a reply for "no rows" that is %s', async (_what, fault) => {
    readFault(fault);
    const error = await failure(pull());
    expect(['PLATFORM_BAD_REPLY', 'PLATFORM_CONNECTION_LOST']).toContain(error.code);
  });

  it('resumes a page that was cut once, without losing or doubling a row', async () => {
    readFault({ cutAtByte: 500, times: 1 });
    const seen: string[] = [];
    const request = { stream: 'customers', cursor: null, nowMs: platform.clock.nowMs() } as const;
    for await (const page of platform.session.pull(request))
      seen.push(...page.customers.map((row) => row.remoteId));
    expect(new Set(seen).size).toBe(platform.totals().customers);
  });

  it('says that nothing was sent when no connection can be made', async () => {
    const server = await startRawServer(() => undefined);
    await server.close();
    const session = sessionAt(server.url);
    const hold = { id: 'x', reason: 'none', day: '2026-03-11' as Day };
    for (const work of [() => session.sendInvoice(invoice, 'k'), () => session.placeHold(customer, hold)]) {
      expect(await failure(work())).toMatchObject({ code: 'PLATFORM_UNREACHABLE', sent: 'no' });
    }
  });

  it('lets no token out through errors, whichever way they are looked at', async () => {
    const token = platform.grant.tokens.accessToken;
    const session = platform.open(platform.grant.tokens);
    for (const fault of [
      {
        status: 500,
        body: { Message: `Bearer ${token}`, Fault: { Error: [{ Message: `Bearer ${token}` }] } },
      },
      {
        status: 400,
        body: { Message: `your token ${token}`, Fault: { Error: [{ Detail: `your token ${token}` }] } },
      },
      { cutAtByte: 0 },
    ]) {
      platform.emulator.faults.add({ server: name, path: '/**', ...fault });
      for (const work of [
        () => session.readHold(customer),
        () => session.sendInvoice(invoice, 'k'),
        () => session.readOrganisation(),
      ]) {
        const error: unknown = await work().catch((reason: unknown) => reason);
        const text = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);
        expect(text).not.toContain(token);
      }
      platform.emulator.faults.clear();
    }
  });

  it('writes holds under the same rules: cut is "maybe", refused is "refused"', async () => {
    const hold = { id: 'h', reason: 'r', day: '2026-03-11' as Day };
    const method = name === 'xero' ? 'PUT' : 'POST';
    platform.emulator.faults.add({ server: name, method, path: '/**', status: 400, body: {}, times: 1 });
    expect(await failure(platform.session.placeHold(customer, hold))).toMatchObject({ sent: 'refused' });
    platform.emulator.faults.add({ server: name, method, path: '/**', cutAtByte: 0, times: 1 });
    expect(await failure(platform.session.placeHold(customer, hold))).toMatchObject({ sent: 'maybe' });
    await platform.session.placeHold(customer, hold);
    expect((await platform.session.readHold(customer)).held).toBe(true);
    await platform.session.releaseHold(customer);
  });

  it('keeps one deadline over connect, wait and body', async () => {
    const server = await startRawServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"slow":');
    });
    const session = sessionAt(server.url, 150);
    expect(await failure(session.sendInvoice(invoice, 'k'))).toMatchObject({
      code: 'PLATFORM_TIMEOUT',
      sent: 'maybe',
    });
    await server.close();
  });
});

describe('what only one platform says', () => {
  it('Xero: a used-up day fails at once and is not retried', async () => {
    const platform = await connectPlatform('xero');
    platform.emulator.faults.add({
      path: '/api.xro/2.0/Contacts',
      status: 429,
      headers: { 'x-rate-limit-problem': 'day', 'retry-after': '30000' },
      body: {},
    });
    const pages = platform.session.pull({ stream: 'customers', cursor: null, nowMs: 0 });
    await expect(pages[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'PLATFORM_DAY_LIMIT' });
    await platform.close();
  });

  it('Xero: a 401 for a missing scope needs a person, not a refresh', async () => {
    const platform = await connectPlatform('xero');
    const body = { Title: 'Unauthorized', Status: 401, Detail: 'AuthorizationUnsuccessful' };
    platform.emulator.faults.add({ path: '/api.xro/2.0/Contacts', status: 401, body });
    const pages = platform.session.pull({ stream: 'customers', cursor: null, nowMs: 0 });
    await expect(pages[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'PLATFORM_FORBIDDEN' });
    expect(platform.refreshes()).toBe(0);
    await platform.close();
  });

  it('QuickBooks: a fault under status 200, in lower case or in XML is a fault all the same', async () => {
    const platform = await connectPlatform('quickbooks');
    const json = { 'content-type': 'application/json' };
    const xml =
      '<IntuitResponse><Fault type="SERVICE"><Error code="3001"><Message>m</Message></Error></Fault></IntuitResponse>';
    const cases = [
      {
        status: 200,
        headers: json,
        body: { Fault: { Error: [{ Message: 'm', code: '610' }] } },
        code: 'PLATFORM_NOT_FOUND',
      },
      {
        status: 403,
        headers: json,
        body: { fault: { error: [{ message: 'm', code: '003100' }] } },
        code: 'PLATFORM_FORBIDDEN',
      },
      {
        status: 500,
        headers: json,
        body: { Fault: { Error: [{ code: '120' }] } },
        code: 'PLATFORM_FORBIDDEN',
      },
      {
        status: 429,
        headers: { 'content-type': 'text/xml', 'retry-after': '900' },
        body: xml,
        code: 'PLATFORM_RATE_LIMITED',
      },
    ];
    for (const { code, ...fault } of cases) {
      const id = platform.emulator.faults.add({ path: '/v3/company/*/invoice/*', ...fault });
      await expect(platform.session.findSend('1' as DocumentId, 0)).rejects.toMatchObject({ code });
      platform.emulator.faults.clear(id);
    }
    await platform.close();
  });

  it('QuickBooks: when somebody edits the Notes meanwhile, the hold is put on what they wrote', async () => {
    const platform = await connectPlatform('quickbooks');
    const mirror = new PageMirror();
    await mirror.run(platform.session, 'full', platform.clock.nowMs());
    const customer = [...mirror.customers.keys()][0] as CustomerId;
    const stale = {
      Fault: { Error: [{ Message: 'Stale Object Error', code: '5010' }], type: 'ValidationFault' },
    };
    platform.edits.scribble(customer, 'their new text\r\nsecond line');
    platform.emulator.faults.add({
      method: 'POST',
      path: '/v3/company/*/customer',
      status: 400,
      body: stale,
      times: 1,
    });
    await platform.session.placeHold(customer, { id: 'h', reason: 'r', day: '2026-03-11' as Day });
    expect(platform.edits.scribbled(customer)).toBe(
      '[HOLDFAST HOLD 2026-03-11 #h: r]\ntheir new text\r\nsecond line',
    );
    platform.emulator.faults.add({
      method: 'POST',
      path: '/v3/company/*/customer',
      status: 400,
      body: stale,
    });
    await expect(platform.session.releaseHold(customer)).rejects.toMatchObject({ code: 'PLATFORM_STALE' });
    await platform.close();
  });

  it('QuickBooks: Notes without room for the line are refused, not cut', async () => {
    const platform = await connectPlatform('quickbooks');
    const mirror = new PageMirror();
    await mirror.run(platform.session, 'full', platform.clock.nowMs());
    const customer = [...mirror.customers.keys()][0] as CustomerId;
    const text = 'x'.repeat(1990);
    platform.edits.scribble(customer, text);
    const hold = { id: 'h', reason: 'r', day: '2026-03-11' as Day };
    await expect(platform.session.placeHold(customer, hold)).rejects.toMatchObject({
      code: 'PLATFORM_REFUSED',
      sent: 'no',
    });
    expect(platform.edits.scribbled(customer)).toBe(text);
    await platform.close();
  });
});
