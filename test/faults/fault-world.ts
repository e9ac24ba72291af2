import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { onTestFinished } from 'vitest';
import type { Book } from '../../emulator/core/book.ts';
import { listCompanies } from '../../emulator/core/companies.ts';
import { startEmulator } from '../../emulator/index.ts';
import type { EmulatorOptions, RunningEmulator } from '../../emulator/index.ts';
import { createApp, type App } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { beginConnect, completeConnect } from '../../src/connect.ts';
import { HoldfastError, type ConnectionId, type PlatformName } from '../../src/domain/index.ts';
import { readConnection, readTokenSet, setConnectionMode, syncConnection } from '../../src/mirror/index.ts';
import type { Connection, SyncOptions, SyncSummary } from '../../src/mirror/index.ts';
import { runNight, type NightSummary } from '../../src/nightly.ts';
import { dispatch, readIntents, type DispatchSummary, type Intent } from '../../src/outbox/index.ts';
import { platformEdits, type PlatformEdits } from '../support/connected-platform.ts';
import { bill, smallBook, WEDNESDAY, type Debtor } from '../support/small-book.ts';
import { staffOf, type Staff } from '../support/staff.ts';
import { captureLog } from './captured-log.ts';
import { WorldTime } from './world-time.ts';

export interface FaultWorldOptions extends Omit<
  EmulatorOptions,
  'nowMs' | 'stateFile' | 'servers' | 'xero' | 'quickbooks' | 'inProcess'
> {
  /** Debtors of each company; one company with three debtors unless given. */
  companies?: Debtor[][];
  /** Whether the platform is reached over real HTTP; in process unless told so. */
  http?: boolean;
  settings?: Record<string, string>;
  /** Whether each Xero organisation has a consent (and so tokens) of its own. QuickBooks companies always have. */
  apart?: boolean;
  /** Whether every record was last changed at an instant of its own (default), or all at the same one. */
  stamps?: 'spread' | 'tied';
  /** How many of the companies are connected at the start; all unless given. */
  connected?: number;
}

/** Carries a request; what a test puts between the product and the platform. */
export type Wire = (request: Request, next: (request: Request) => Promise<Response>) => Promise<Response>;

/** One call that the product made. */
export interface SeenCall {
  method: string;
  url: string;
  /** If-Modified-Since, which is where Xero's pages begin. */
  since: string | null;
}

/** Far over its limit and late, a little late, and in good order. */
export const THREE_DEBTORS: Debtor[] = [
  { name: 'Ash', limit: '1000', bills: [bill('A1', 40, 1200_00), bill('A2', -5, 75_25)] },
  { name: 'Birch', limit: '1000', bills: [bill('B1', 2, 200_00)], unappliedMinor: 12_50 },
  { name: 'Cedar', limit: '1000', bills: [bill('C1', -20, 300_00)] },
];

/** The real product on a real database file, connected to emulated companies of one platform. Closed by itself. */
export class FaultWorld {
  readonly name: PlatformName;
  readonly emulator: RunningEmulator;
  readonly clock: WorldTime;
  readonly folder: string;
  /** Connections in the order of the companies. */
  readonly ids: ConnectionId[] = [];
  /** Texts that must be found nowhere: what the emulator does not know of (tokens that a test made up). */
  readonly secrets: string[] = [];
  /** Every error that came out of the product, spelled out. */
  readonly errors: string[] = [];
  readonly calls: SeenCall[] = [];
  readonly log: { text(): string };
  wire: Wire | null = null;
  #app: App | null = null;
  #closed = false;
  readonly #env: Record<string, string>;
  readonly #carry: (request: Request) => Promise<Response>;

  constructor(
    name: PlatformName,
    emulator: RunningEmulator,
    folder: string,
    options: FaultWorldOptions,
    log: { text(): string },
  ) {
    this.name = name;
    this.emulator = emulator;
    this.folder = folder;
    this.log = log;
    this.clock = new WorldTime(emulator.clock);
    this.#env = {
      ...emulator.env(),
      HOLDFAST_DATA_DIR: join(folder, 'data'),
      HOLDFAST_KEY_FILE: join(folder, 'holdfast.key'),
      HOLDFAST_BASE_URL: 'http://127.0.0.1:9',
      HOLDFAST_LOG: 'debug',
      ...options.settings,
    };
    this.#carry = options.http === true ? (request) => fetch(request) : (request) => emulator.fetch(request);
  }

  get app(): App {
    this.#app ??= createApp(parseConfig(this.#env), {
      clock: this.clock,
      transport: (request) => this.#transport(request),
    });
    return this.#app;
  }

  get id(): ConnectionId {
    const [id] = this.ids;
    if (id === undefined) throw new Error('nothing is connected');
    return id;
  }

  get databaseFile(): string {
    return this.app.config.databaseFile;
  }

  /** The platform's id of a connection's company. */
  company(id = this.id): string {
    const served = listCompanies(this.emulator.state, this.name)[this.ids.indexOf(id)];
    if (served === undefined) throw new Error(`no company is served as ${id}`);
    return served.remoteId;
  }

  /** People at work on the platform, by names and numbers. */
  staff(id = this.id): Staff {
    return staffOf(this.emulator, this.name, this.company(id));
  }

  /** The same by the platform's ids. */
  edits(id = this.id): PlatformEdits {
    return platformEdits(this.emulator, this.name, this.company(id));
  }

  connection(id = this.id): Promise<Connection> {
    return readConnection(this.app.store.reader, id);
  }

  async sync(options?: SyncOptions, id = this.id): Promise<SyncSummary> {
    const connection = await this.connection(id);
    const session = await this.app.openSession(connection);
    return syncConnection(this.app.store, this.clock, connection, session, options);
  }

  night(id = this.id): Promise<NightSummary> {
    return runNight(this.app, id);
  }

  async dispatch(id = this.id): Promise<DispatchSummary> {
    const kinds = ['hold.place', 'hold.release', 'note', 'reminder'] as const;
    return dispatch(this.app.outbox(), await this.connection(id), { kinds });
  }

  intents(): Promise<Intent[]> {
    return readIntents(this.app.store.reader);
  }

  /** The error that some work ends in, which is also searched for secrets. Fails when the work succeeds. */
  async failure(work: Promise<unknown>): Promise<HoldfastError> {
    const error: unknown = await work.then(
      () => null,
      (reason: unknown) => reason,
    );
    this.errors.push(inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error));
    if (!(error instanceof HoldfastError)) throw new Error('it did not fail as it should', { cause: error });
    return error;
  }

  /** Goes through a consent as a browser would; the callback's address may be changed on the way. */
  async connect(change: (callback: URL) => void = () => undefined): Promise<ConnectionId[]> {
    const callback = await this.callback();
    change(callback);
    return completeConnect(this.app, this.name, callback.href);
  }

  /** A consent to one company only, by its place among those that are served. */
  async consentTo(index: number): Promise<ConnectionId[]> {
    const consent = this.emulator.consent[this.name];
    const served = listCompanies(this.emulator.state, this.name).map((one) => one.remoteId);
    consent.companies = served.slice(index, index + 1);
    return this.connect();
  }

  /** A person connects a company again that is known already. */
  async reconnect(id = this.id): Promise<void> {
    const again = await this.consentTo(this.ids.indexOf(id));
    if (again.join() !== id) throw new Error(`${id} became ${again.join()}`);
  }

  /** The user takes the consent back on the platform: every token that came from it is dead at once. */
  async revokeConsent(id = this.id): Promise<void> {
    const { reader } = this.app.store;
    const { tokens } = await readTokenSet(reader, this.app.key, (await this.connection(id)).tokenSetId);
    this.emulator.state.db
      .prepare(
        `UPDATE oauth_token SET json = json_set(json, '$.revoked', json('true')) WHERE event_id =
         (SELECT event_id FROM oauth_token WHERE token = ?)`,
      )
      .run(tokens.accessToken);
  }

  /** The address that a consent's redirect leads to. */
  async callback(app = this.app): Promise<URL> {
    const reply = await this.#carry(new Request(await beginConnect(app, this.name), { redirect: 'manual' }));
    return new URL(reply.headers.get('location') ?? '');
  }

  /** The process ends and another begins on the same files. */
  async restart(): Promise<void> {
    await this.#app?.close();
    this.#app = null;
  }

  /** A second process on the same files, at the same time. */
  secondApp(): App {
    const app = createApp(parseConfig(this.#env), {
      clock: this.clock,
      transport: (request) => this.#transport(request),
    });
    onTestFinished(() => app.close());
    return app;
  }

  pass(ms: number): void {
    this.clock.pass(ms);
  }

  /** Calls whose address matches, of those after `since`. */
  called(pattern: RegExp, since = 0): SeenCall[] {
    return this.calls.slice(since).filter(({ url }) => pattern.test(url));
  }

  /** How often the token endpoint was asked. */
  tokenCalls(): number {
    return this.called(TOKEN_PATH).length;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.restart();
    await this.emulator.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #transport(request: Request): Promise<Response> {
    const since = request.headers.get('if-modified-since');
    this.calls.push({ method: request.method, url: plainUrl(request), since });
    return this.wire === null ? this.#carry(request) : this.wire(request, this.#carry);
  }
}

/** An address as a person would write it, spaces and all. */
export const plainUrl = (request: Request): string => decodeURIComponent(request.url.replaceAll('+', ' '));

export const TOKEN_PATH = /\/connect\/token$|\/oauth2\/v1\/tokens\/bearer$/;

/** What the product reads of a platform in a full sync and in the one after it, as regular expressions for faults. */
export const READS = {
  xero: { list: '/api.xro/2.0/Invoices', changes: '/api.xro/2.0/Invoices', token: '/connect/token' },
  quickbooks: {
    list: '^/v3/company/[^/]+/query\\?.*Invoice',
    changes: '^/v3/company/[^/]+/cdc\\?',
    token: '/oauth2/v1/tokens/bearer',
  },
} as const;

/** Both platforms, for describe.each. */
export const PLATFORMS = ['xero', 'quickbooks'] as const;

/** Starts a world, connects every company and switches automatic on. Nothing is mirrored yet. */
export async function faultWorld(name: PlatformName, options: FaultWorldOptions = {}): Promise<FaultWorld> {
  const { companies = [THREE_DEBTORS], http = false, settings, stamps = 'spread', ...served } = options;
  const books = companies.map((debtors, index) => bookOf(BOOK_IDS[index] ?? `book${index}`, debtors, stamps));
  const emulator = await startEmulator({
    limits: 'off',
    sleep: () => Promise.resolve(),
    webhookTicks: 'manual',
    ...served,
    [name]: books,
    nowMs: Date.parse(WEDNESDAY),
    servers: [name],
    inProcess: !http,
  });
  emulator.clock.freeze();
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-fault-'));
  const world = new FaultWorld(
    name,
    emulator,
    folder,
    { ...options, settings: { ...UNLIMITED, ...settings } },
    captureLog(),
  );
  onTestFinished(() => world.close());
  await connectAll(world, options, books.length);
  for (const id of world.ids) await world.app.store.write((tx) => setConnectionMode(tx, id, 'automatic'));
  return world;
}

/** Invoices that were changed a second and a bit apart, or all of a sudden, as by an import. */
function bookOf(id: string, debtors: Debtor[], stamps: 'spread' | 'tied'): Book {
  const book = smallBook(id, debtors);
  if (stamps === 'tied') return book;
  const entries = [...book.entries()].map((entry, index) => ({
    ...entry,
    updatedAtMs: entry.updatedAtMs + index * 1_250,
  }));
  return { ...book, entries: () => entries };
}

async function connectAll(world: FaultWorld, options: FaultWorldOptions, companies: number): Promise<void> {
  const { apart = world.name === 'quickbooks', connected = companies } = options;
  if (!apart && connected === companies) {
    world.ids.push(...(await world.connect()));
    return;
  }
  for (let index = 0; index < connected; index += 1) world.ids.push(...(await world.consentTo(index)));
}

const BOOK_IDS = ['harbour', 'quay', 'pier'];

/** The limits are another test's business. */
const UNLIMITED = {
  XERO_CALLS_PER_MINUTE: '100000',
  XERO_CALLS_PER_DAY: '1000000',
  QUICKBOOKS_CALLS_PER_SECOND: '10000',
  QUICKBOOKS_CALLS_PER_MINUTE: '100000',
};
