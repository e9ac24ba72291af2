import type { Transport } from '../../connectors/kit/exchange.ts';
import type { Page, PlatformSession, PullRequest } from '../../src/domain/index.ts';
import { readCompanyId, TokenKeeper } from '../../src/mirror/index.ts';
import type { Store } from '../../src/store/index.ts';
import { Dice } from './dice.ts';
import { never } from './life.ts';
import type { Mistake } from './mistake.ts';
import type { PlannedCompany } from './scenario.ts';
import type { Simulation } from './simulation.ts';

/*
 * Mistakes that a sync is easily built with. Each wraps a seam of the product: its transport, its sessions, its store,
 * what it is told. The product's own code knows nothing of them.
 */

const OVERLAP_MS = 5 * 60_000;

const all =
  (platform: PlannedCompany['platform'], count = 1, size = 20) =>
  (drawn: PlannedCompany[]): PlannedCompany[] =>
    Array.from({ length: count }, (_, at) => ({
      ...drawn[0]!,
      platform,
      id: `${platform}-${at}`,
      customers: 6,
      invoices: size,
    }));

/** The next run starts at the newest row that this one saw, instead of at the platform's clock when it began. */
export const newestSeenAsCursor: Mistake = {
  fixed: {
    companies: all('xero'),
    editChance: 0.6,
    quirks: (drawn) => ({
      ...drawn,
      xero: {
        ...drawn.xero,
        modifiedSinceInclusive: false,
        updatedGrainMs: 60_000,
        modifiedSinceIgnored: false,
      },
    }),
    silentDeletes: false,
  },
  session: (session) => ({
    ...session,
    async *pull(request) {
      let newestMs = 0;
      for await (const page of session.pull(request)) {
        newestMs = Math.max(newestMs, ...rowsOf(page).map((row) => row.updatedAtMs));
        const cursor = JSON.parse(page.cursor) as { fromMs: number | null; startedMs: number | null };
        const isLast = cursor.startedMs === null && cursor.fromMs !== null && newestMs > 0;
        yield isLast
          ? { ...page, cursor: JSON.stringify({ ...cursor, fromMs: newestMs + OVERLAP_MS }) }
          : page;
      }
    },
  }),
};

/** The next run starts at our own clock when this one began: what the platform says of its own time is not heard. */
export const localClockAsCursor: Mistake = {
  fixed: { families: new Set(['clock jumps']), editChance: 0.6, silentDeletes: false },
  options: { sweep: 'never' },
  transport: (carry, simulation) => async (request) => {
    const now = simulation.life.clock.nowMs();
    const response = changed(await carry(request), { date: new Date(now).toUTCString() });
    return rewritten(response, (text) =>
      text
        .replace(/"time":"[^"]+"/, `"time":"${new Date(now).toISOString()}"`)
        .replace(/"DateTimeUTC":"[^"]+"/, `"DateTimeUTC":"/Date(${now})/"`),
    );
  },
};

/** A page with fewer rows than were asked for, after full ones, is not worth looking at. */
export const shortPageSkipped: Mistake = {
  fixed: { rowsPerReply: 5 },
  session: (session, { scenario }) => ({
    ...session,
    async *pull(request) {
      let full = false;
      for await (const page of session.pull(request)) {
        const isShort = rowsOf(page).length < scenario.rowsPerReply;
        yield full && isShort ? { ...emptyPage, cursor: page.cursor } : page;
        full ||= !isShort;
      }
    },
  }),
};

/** Archived contacts and inactive customers are not asked for. */
export const archivedIgnored: Mistake = {
  transport: (carry) => (request) => {
    const url = request.url
      .replace(/&?includeArchived=true/, '')
      .replace(/Active(\+|%20)IN(\+|%20)(\(|%28)true(,|%2C)false(\)|%29)(\+AND\+|%20AND%20)?/i, '')
      .replace(/WHERE(\+|%20)ORDERBY/, 'ORDERBY');
    return carry(url === request.url ? request : new Request(url, request));
  },
};

/** Whoever finds the token expired refreshes it, whether or not somebody else is at it. */
export const refreshWithoutLock: Mistake = {
  fixed: {
    companies: all('xero', 2),
    atOnce: true,
    families: new Set(['rejected tokens', 'long sleeps']),
    faultChance: 0.1,
  },
  openSession: async (connection, { life: { app } }) => {
    const { authorizer } = app.connector(connection.platform);
    const keeper = new TokenKeeper(
      withoutLocks(app.store),
      app.key,
      app.clock,
      authorizer,
      connection.tokenSetId,
    );
    return app.connector(connection.platform).open({
      companyId: await readCompanyId(app.store.reader, app.key, connection),
      accessToken: (force) => keeper.accessToken(force),
      nowMs: () => app.clock.nowMs(),
    });
  },
};

/** A change data capture that was cut at its cap is taken for whole. */
export const cdcCapIgnored: Mistake = {
  fixed: { companies: all('quickbooks'), rowsPerReply: 8, editChance: 0.6 },
  rowsPerReply: 1000,
};

/** The offset of a time is dropped: the wall time of another zone is taken for UTC. */
export const zoneDropped: Mistake = {
  fixed: { companies: all('quickbooks') },
  transport: (carry) => async (request) => {
    const response = await carry(request);
    return rewritten(response, (text) => text.replace(/(T\d\d:\d\d:\d\d)[+-]\d\d:\d\d"/g, '$1Z"'));
  },
};

/** Pages are counted, 1, 2, 3, as if nothing moved between them. */
export const countedPages: Mistake = {
  fixed: {
    companies: all('xero', 1, 120),
    rowsPerReply: 13,
    editChance: 0.6,
    families: new Set(),
    silentDeletes: false,
    quirks: (drawn) => ({
      ...drawn,
      xero: { ...drawn.xero, updatedGrainMs: 1, modifiedSinceIgnored: false },
    }),
  },
  options: { sweep: 'never' },
  transport: (carry) => pagesByNumber(carry),
};

/** The position is saved first, the page that it belongs to afterwards. */
export const cursorBeforePage: Mistake = {
  fixed: { rowsPerReply: 25, families: new Set(), silentDeletes: false },
  options: { sweep: 'never' },
  session: (session, simulation) => ({
    ...session,
    async *pull(request) {
      const dice = new Dice(`${simulation.scenario.seed}/${simulation.calls}/${request.stream}`);
      for await (const page of session.pull(request)) {
        yield { ...emptyPage, cursor: page.cursor };
        if (!simulation.trouble.isQuiet && dice.chance(0.1)) {
          simulation.life.die();
          await never();
        }
        yield page;
      }
    },
  }),
};

/** What the platform says is deleted is not taken away. */
export const deletesIgnored: Mistake = {
  fixed: { companies: all('quickbooks'), editChance: 0.6, silentDeletes: false },
  session: (session) => ({
    ...session,
    async *pull(request) {
      for await (const page of session.pull(request)) yield { ...page, deleted: [] };
    },
    readRows: async (rows) => ({ ...(await session.readRows(rows)), deleted: [] }),
  }),
};

/** Nobody ever looks through all ids for records that are gone without a word. */
export const sweepLeftOut: Mistake = {
  fixed: { silentDeletes: true, editChance: 0.6 },
  options: { sweep: 'never' },
};

/** An older version that arrives late overwrites the newer one: nothing tells them apart. */
export const olderVersionWins: Mistake = {
  fixed: { editChance: 0.6, rounds: 4 },
  session: (session, simulation) => withOldNews(session, oldNewsOf(simulation)),
};

/** Calls for one organisation go out in the name of the other now and then. */
export const companyMixedUp: Mistake = {
  fixed: { companies: all('xero', 2), families: new Set() },
  transport: (carry, simulation) => {
    const dice = new Dice(`${simulation.scenario.seed}/tenants`);
    return (request) => {
      const other = otherTenant(request, simulation);
      const isList = /\/(Contacts|Invoices)\?/.test(request.url);
      if (other === undefined || !isList || !dice.chance(0.1)) return carry(request);
      const headers = new Headers(request.headers);
      headers.set('xero-tenant-id', other);
      return carry(new Request(request, { headers }));
    };
  },
};

/** A list that could not be had is taken for an empty one. */
export const failureTakenForEmpty: Mistake = {
  fixed: { families: new Set(['server errors']), faultChance: 0.2 },
  transport: (carry) => async (request) => {
    const response = await carry(request);
    const list = /\/api\.xro\/2\.0\/(\w+)\?/.exec(request.url)?.[1];
    const empty =
      list !== undefined
        ? { [list]: [] }
        : request.url.includes('/query?')
          ? { QueryResponse: {} }
          : request.url.includes('/cdc?')
            ? { CDCResponse: [{ QueryResponse: [{}] }] }
            : null;
    if (response.status < 500 || empty === null) return response;
    const date = new Date(0).toUTCString();
    return Response.json(empty, { headers: { date: response.headers.get('date') ?? date } });
  },
};

/** Amounts are kept in whole units, the cents fall off. */
export const centsLost: Mistake = {
  session: (session) => ({
    ...session,
    async *pull(request) {
      for await (const page of session.pull(request)) {
        const invoices = page.invoices.map((row) => ({
          ...row,
          openMinor: row.openMinor - (row.openMinor % 100),
        }));
        yield { ...page, invoices };
      }
    },
  }),
};

const emptyPage: Page = {
  customers: [],
  invoices: [],
  credits: [],
  payments: [],
  deleted: [],
  quarantined: [],
  cursor: '',
  totalRows: null,
};

function rowsOf(page: Page): { remoteId: string; updatedAtMs: number }[] {
  return [...page.customers, ...page.invoices, ...page.credits, ...page.payments];
}

function changed(response: Response, headers: Record<string, string>): Response {
  const all = new Headers(response.headers);
  for (const [name, value] of Object.entries(headers)) all.set(name, value);
  const { status } = response;
  return new Response(status === 204 ? null : response.body, { status, headers: all });
}

async function rewritten(response: Response, change: (text: string) => string): Promise<Response> {
  const { status, headers } = response;
  if (status !== 200) return response;
  const all = new Headers(headers);
  all.delete('content-length');
  return new Response(change(await response.text()), { status, headers: all });
}

/** A store on which no lock of a token set ever holds. */
function withoutLocks(store: Store): Store {
  return {
    ...store,
    write: (work) =>
      store.write(async (tx) => {
        await tx.deleteFrom('lease').where('name', 'like', 'tokens:%').execute();
        return work(tx);
      }),
  };
}

/** Turns the pages that are asked for by time into page 1, 2, 3 … of the first question. */
function pagesByNumber(carry: Transport): Transport {
  const walks = new Map<string, { since: string | null; page: number }>();
  return async (request) => {
    const url = new URL(request.url);
    if (!url.searchParams.has('pageSize') || url.searchParams.has('IDs')) return carry(request);
    const key = `${request.headers.get('xero-tenant-id')} ${url.pathname}`;
    const walk = walks.get(key) ?? { since: request.headers.get('if-modified-since'), page: 0 };
    walk.page += 1;
    walks.set(key, walk);
    url.searchParams.set('page', String(walk.page));
    const headers = new Headers(request.headers);
    headers.delete('if-modified-since');
    if (walk.since !== null) headers.set('if-modified-since', walk.since);
    const response = await carry(new Request(url, { headers, signal: request.signal }));
    const rows = (await listIn(response.clone())).length;
    if (rows < Number(url.searchParams.get('pageSize'))) walks.delete(key);
    return response;
  };
}

async function listIn(response: Response): Promise<unknown[]> {
  const body: unknown = await response.json().catch(() => null);
  const lists = Object.values(Object(body) as Record<string, unknown>).filter((value) =>
    Array.isArray(value),
  );
  return (lists[0] ?? []) as unknown[];
}

interface OldNews {
  /** The first page that a stream ever brought. */
  first: Map<string, Page>;
  /** Newest stamp of each record. */
  newest: Map<string, number>;
}

const kept = new WeakMap<Simulation, OldNews>();

function oldNewsOf(simulation: Simulation): OldNews {
  const news = kept.get(simulation) ?? { first: new Map(), newest: new Map() };
  kept.set(simulation, news);
  return news;
}

/** Each stream ends with its very first page, its records under the stamps of their newest versions. */
function withOldNews(session: PlatformSession, { first, newest }: OldNews): PlatformSession {
  const dressed = <T extends { remoteId: string; updatedAtMs: number }>(rows: T[]): T[] =>
    rows.map((row) => ({ ...row, updatedAtMs: newest.get(row.remoteId) ?? row.updatedAtMs }));
  return {
    ...session,
    async *pull(request: PullRequest) {
      let cursor = '';
      for await (const page of session.pull(request)) {
        if (page.invoices.length > 0 && !first.has(request.stream)) first.set(request.stream, page);
        for (const row of page.invoices) newest.set(row.remoteId, row.updatedAtMs);
        ({ cursor } = page);
        yield page;
      }
      const old = first.get(request.stream);
      if (old !== undefined && cursor !== '') yield { ...emptyPage, invoices: dressed(old.invoices), cursor };
    },
  };
}

function otherTenant(request: Request, { emulator }: Simulation): string | undefined {
  const own = request.headers.get('xero-tenant-id');
  const tenants = emulator.state.db
    .prepare(`SELECT remote_id FROM company WHERE platform = 'xero' ORDER BY seq`)
    .pluck()
    .all() as string[];
  return own === null ? undefined : tenants.find((tenant) => tenant !== own);
}
