import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import type { AnswerDocument } from '../../src/desk/index.ts';
import { readAnswerCounts } from '../../src/desk/index.ts';
import { SystemClock } from '../../src/lib/index.ts';
import { startWeb } from '../../src/web/index.ts';
import { jsonOf, makeKey, openApi, type ApiClient } from '../support/api-client.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { tempDir } from '../support/temp-store.ts';
import { send } from '../support/webhook-door.ts';
import { startWorld, type World } from '../support/world.ts';

const BOOK = smallBook('Oak', [
  { name: 'Alder & Sons', limit: '1000', bills: [bill('A1', 0, 400_00)] },
  { name: 'Birch', limit: '1000', bills: [bill('B1', 60, 900_00)] },
  { name: 'Cedar' },
]);

interface ProblemDocument {
  status: number;
  code: string;
  detail: string;
  field?: string;
  hint?: string;
}

let world: World;
let api: ApiClient;

beforeAll(async () => {
  world = await startWorld({ xero: [BOOK] });
  await world.night();
  api = await openApi(world.app);
});

afterAll(async () => {
  await api.close();
  await world.close();
});

const check = (query: string, headers?: Record<string, string>) =>
  api.get(`/api/v1/credit-check?${query}`, headers);

/** Time does not go on: what one may do again later is never allowed again. */
class StillClock extends SystemClock {
  override monotonicMs(): number {
    return 0;
  }
}

/** A Holdfast to which nothing is connected. */
async function emptyHoldfast(settings: Record<string, string>, clock = new SystemClock()) {
  const folder = tempDir();
  const config = parseConfig({
    HOLDFAST_DATA_DIR: `${folder}/data`,
    HOLDFAST_KEY_FILE: `${folder}/holdfast.key`,
    HOLDFAST_LOG: 'silent',
    ...settings,
  });
  const app = createApp(config, { clock });
  const web = await startWeb(app, { port: 0 });
  const close = async (): Promise<void> => {
    await web.close();
    await app.close();
  };
  return { app, web, close };
}

describe('GET /api/v1/credit-check', () => {
  it('answers yes with everything that the answer rests on', async () => {
    const reply = await check('customer=Alder+%26+Sons&amount=600.00&currency=GBP&reference=SO-1');
    expect(reply.status).toBe(200);
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(jsonOf<AnswerDocument>(reply)).toMatchObject({
      answer: 'yes',
      connection: { id: 'xero-1' },
      customer: { name: 'Alder & Sons', mergedFrom: null },
      order: { amountMinor: 600_00, currency: 'GBP', reference: 'SO-1', baseMinor: 600_00 },
      exposure: { beforeMinor: 400_00, afterMinor: 1000_00 },
      limits: [{ of: 'own', limitMinor: 1000_00, headroomMinor: 600_00 }],
      freshness: { run: 2, newerRun: null, stale: false },
    });
  });

  it('answers ask a penny further, no beyond the hold, and no to who is on hold, with what lifts it', async () => {
    const answerTo = async (query: string) => jsonOf<AnswerDocument>(await check(query));
    expect((await answerTo('customer=Alder+%26+Sons&amount=600.01')).answer).toBe('ask');
    expect((await answerTo('customer=Alder+%26+Sons&amount=700.01')).answer).toBe('no');
    const held = await answerTo('customer=Birch&amount=1');
    expect(held).toMatchObject({ answer: 'no', standing: { standing: 'hold' } });
    expect(held.clearing?.invoices).toEqual(['B1']);
  });

  it('has one shape whatever the answer is', async () => {
    const shapeOf = async (query: string) => Object.keys(jsonOf<AnswerDocument>(await check(query)));
    const yes = await shapeOf('customer=Alder+%26+Sons&amount=1');
    for (const query of [
      'customer=Birch&amount=1',
      'customer=Cedar&amount=1',
      'customer=Cedar&amount=1&currency=USD',
    ])
      expect(await shapeOf(query)).toEqual(yes);
  });

  it('finds a customer by its id, with and without the company before it, and by e-mail address', async () => {
    const { customer } = jsonOf<AnswerDocument>(await check('customer=Cedar&amount=1'));
    for (const asked of [customer.id, customer.remoteId, 'Accounts@cedar.example']) {
      const found = await check(`customer=${encodeURIComponent(asked)}&amount=1`);
      expect(jsonOf<AnswerDocument>(found).customer).toEqual(customer);
    }
  });

  it.each([
    ['no key', {}, 401, 'KEY_NEEDED', 'Bearer realm="holdfast"'],
    ['another kind of key', { authorization: 'Basic YTpi' }, 401, 'KEY_NEEDED', 'Bearer realm="holdfast"'],
    ['an unknown key', { authorization: 'Bearer hf_none' }, 401, 'KEY_UNKNOWN', 'error="invalid_token"'],
  ])('refuses %s', async (_what, headers, status, code, challenge) => {
    const url = `http://127.0.0.1:${api.web.port}/api/v1/credit-check?customer=Cedar&amount=1`;
    const reply = await send(url, '', headers, 'GET');
    expect(reply.status).toBe(status);
    expect(reply.headers['content-type']).toContain('application/problem+json');
    expect(reply.headers['www-authenticate']).toContain(challenge);
    expect(jsonOf<ProblemDocument>(reply)).toMatchObject({ status, code });
  });

  it('refuses a key of another scope, and one whose time is over', async () => {
    const other = await makeKey(world.app, ['held:read']);
    const refused = await check('customer=Cedar&amount=1', { authorization: `Bearer ${other}` });
    expect(refused.status).toBe(403);
    expect(refused.headers['www-authenticate']).toContain('scope="credit-check"');
    const over = await makeKey(world.app, ['credit-check'], world.app.clock.nowMs() - 1);
    expect((await check('customer=Cedar&amount=1', { authorization: `Bearer ${over}` })).status).toBe(401);
  });

  it.each([
    ['amount=1', 'customer'],
    ['customer=Cedar', 'amount'],
    ['customer=Cedar&amount=', 'amount'],
    ['customer=Cedar&amount=1,000.00', 'amount'],
    ['customer=Cedar&amount=0.00', 'amount'],
    ['customer=Cedar&amount=-5', 'amount'],
    ['customer=Cedar&amount=1e9', 'amount'],
    ['customer=Cedar&amount=NaN', 'amount'],
    ['customer=Cedar&amount=1.005', 'amount'],
    ['customer=Cedar&amount=1.5&currency=JPY', 'amount'],
    ['customer=Cedar&amount=1&currency=pounds', 'currency'],
    ['customer=Cedar&amount=1&amount=2', 'amount'],
    ['customer=Cedar&amount=1&referense=SO-1', 'referense'],
    [`customer=Cedar&amount=1&reference=${'x'.repeat(101)}`, 'reference'],
  ])('says of "%s" that %s cannot be used', async (query, field) => {
    const reply = await check(query);
    expect(reply.status).toBe(400);
    expect(jsonOf<ProblemDocument>(reply)).toMatchObject({ status: 400, field });
    expect(jsonOf<ProblemDocument>(reply).hint).toBeTruthy();
  });

  it('says which customers and companies there are not', async () => {
    const unknown = await check('customer=Nobody&amount=1');
    expect(unknown.status).toBe(404);
    expect(jsonOf<ProblemDocument>(unknown)).toMatchObject({ code: 'CUSTOMER_UNKNOWN', field: 'customer' });
    const company = await check('customer=Cedar&amount=1&connection=xero-9');
    expect(company.status).toBe(404);
    expect(jsonOf<ProblemDocument>(company)).toMatchObject({
      code: 'CONNECTION_UNKNOWN',
      field: 'connection',
    });
  });

  it('takes no other method and knows no other address', async () => {
    const url = `http://127.0.0.1:${api.web.port}/api/v1/credit-check`;
    const posted = await send(url, '', {});
    expect(posted.status).toBe(405);
    expect(posted.headers.allow).toBe('GET, HEAD');
    expect((await api.get('/api/v1/credit-checks')).status).toBe(404);
    expect(jsonOf<ProblemDocument>(await api.get('/api/v1/credit-checks')).code).toBe('NO_SUCH_ADDRESS');
  });

  it('answers through the public name, where pages do not', async () => {
    const { app, web, close } = await emptyHoldfast({
      HOLDFAST_BASE_URL: 'https://holdfast.example.com/credit',
    });
    const key = await makeKey(app, ['credit-check']);
    const headers = { host: 'holdfast.example.com', authorization: `Bearer ${key}` };
    const get = (path: string) => send(`http://127.0.0.1:${web.port}${path}`, '', headers, 'GET');
    try {
      const reply = await get('/credit/api/v1/credit-check?customer=Cedar&amount=1');
      expect(reply.status).toBe(503);
      expect(jsonOf<ProblemDocument>(reply).code).toBe('NO_CONNECTION');
      expect((await get('/credit/')).status).toBe(403);
    } finally {
      await close();
    }
  });

  it('lets one key ask 300 times at once and then no more for a while', async () => {
    const { app, web, close } = await emptyHoldfast({}, new StillClock());
    const key = await makeKey(app, ['credit-check']);
    const other = await makeKey(app, ['credit-check']);
    const get = (bearer: string) =>
      send(
        `http://127.0.0.1:${web.port}/api/v1/credit-check?customer=Cedar&amount=1`,
        '',
        { authorization: `Bearer ${bearer}` },
        'GET',
      );
    try {
      for (let i = 0; i < 300; i += 1) expect((await get(key)).status).toBe(503);
      const refused = await get(key);
      expect(refused.status).toBe(429);
      expect(refused.headers['retry-after']).toBe('1');
      expect((await get(other)).status).toBe(503);
    } finally {
      await close();
    }
  });
});

describe('the order desk behind it', () => {
  it('goes on answering by the last published run while a sync is under way, and says so', async () => {
    const before = jsonOf<AnswerDocument>(await check('customer=Alder+%26+Sons&amount=1'));
    const { app } = world;
    const id = world.ids[0] ?? '';
    await app.store.writeBulk((db) => {
      const number = (db.prepare('SELECT max(number) FROM run').pluck().get() as number) + 1;
      db.prepare(
        `INSERT INTO run (connection_id, number, mode, state, started_at_ms) VALUES (?, ?, 'incremental', 'open', ?)`,
      ).run(id, number, app.clock.nowMs());
      // What the open run changed so far: half of the truth.
      db.prepare(
        `INSERT INTO row_history SELECT connection_id, 'invoice', remote_id, run, ?,
           json_object('customer_id', customer_id, 'number', number, 'status', status, 'issue_date', issue_date,
             'due_date', due_date, 'currency', currency, 'total_minor', total_minor, 'open_minor', open_minor,
             'rate', rate, 'updated_at_ms', updated_at_ms)
         FROM invoice WHERE number = 'A1'`,
      ).run(number);
      db.prepare(`UPDATE invoice SET open_minor = 0, status = 'paid', run = ? WHERE number = 'A1'`).run(
        number,
      );
    });
    const during = jsonOf<AnswerDocument>(await check('customer=Alder+%26+Sons&amount=1'));
    expect(during.exposure).toEqual(before.exposure);
    expect(during.freshness).toMatchObject({ run: before.freshness.run, newerRun: 'open' });
    expect(during.why).toContain('A sync is under way');
    await app.store.writeBulk((db) =>
      db
        .prepare(`UPDATE run SET state = 'published', finished_at_ms = ? WHERE state = 'open'`)
        .run(app.clock.nowMs()),
    );
    const after = jsonOf<AnswerDocument>(await check('customer=Alder+%26+Sons&amount=1'));
    expect(after.exposure.beforeMinor).toBe(0);
  });

  it('asks once the figures are older than the policy allows', async () => {
    world.pass(27 * 3_600_000);
    const answer = jsonOf<AnswerDocument>(await check('customer=Alder+%26+Sons&amount=1'));
    expect(answer).toMatchObject({
      answer: 'ask',
      conditions: ['newer-figures'],
      freshness: { stale: true },
    });
  });

  it('counts its answers and tells the audit log of none', async () => {
    const own = await openApi(world.app);
    const entries = () => world.app.store.reader.selectFrom('audit').select('seq').execute();
    const before = (await entries()).length;
    for (let i = 0; i < 3; i += 1) await own.get('/api/v1/credit-check?customer=Birch&amount=1');
    await own.close();
    const counts = await readAnswerCounts(world.app.store.reader, '2000-01-01');
    expect(counts.find(({ answer }) => answer === 'no')?.count).toBeGreaterThanOrEqual(3);
    expect((await entries()).length).toBe(before);
  });
});
