import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Book } from '../../emulator/core/book.ts';
import type { RecordedEffect } from '../../emulator/core/effects.ts';
import { startEmulator } from '../../emulator/index.ts';
import type { EmulatorOptions, RunningEmulator } from '../../emulator/index.ts';
import type { MailFault, StoredMessage } from '../../emulator/mail/index.ts';
import { createApp, type App } from '../../src/app.ts';
import { parseLimits, saveLimits } from '../../src/cases/index.ts';
import { parseConfig } from '../../src/config.ts';
import { beginConnect, completeConnect } from '../../src/connect.ts';
import type { ConnectionId, PlatformName } from '../../src/domain/index.ts';
import { readConnection, readCustomers, setConnectionMode, syncConnection } from '../../src/mirror/index.ts';
import type { Connection, SyncOptions } from '../../src/mirror/index.ts';
import { judge, runNight, type Judgement, type NightSummary } from '../../src/nightly.ts';
import { dispatch, readIntents, type DispatchSummary, type Intent } from '../../src/outbox/index.ts';
import type { IntentFilter } from '../../src/outbox/index.ts';
import { WEDNESDAY } from './small-book.ts';
import { staffOf, type Staff } from './staff.ts';

export interface WorldOptions extends Omit<EmulatorOptions, 'nowMs' | 'stateFile' | 'limits'> {
  /** World time at the start, ISO; Wednesday 2026-03-11 10:00 in London unless given. */
  now?: string;
  /** Text of policy.yaml; the default policy without it. */
  policy?: string;
  /** Whether SMTP is configured; true by default. */
  mail?: boolean;
  /** Settings of the product that differ, as environment variables. */
  settings?: Record<string, string>;
  /** The mode of every connection; 'automatic' by default. */
  mode?: 'propose' | 'automatic';
}

/** The product connected to emulated companies: everything real but the platforms. */
export interface World {
  readonly emulator: RunningEmulator;
  readonly app: App;
  /** The environment that the product was configured with, for a second process on the same data. */
  readonly env: Record<string, string>;
  /** Connections in the order of the books, Xero first. */
  readonly ids: ConnectionId[];
  /** People at work on a connection's platform; the first connection's unless named. */
  staff(id?: ConnectionId): Staff;
  connection(id?: ConnectionId): Promise<Connection>;
  /** One night of a connection, the first unless named, with all that it judged. */
  night(id?: ConnectionId): Promise<LivedNight>;
  sync(id?: ConnectionId, options?: SyncOptions): Promise<void>;
  /** The dispatch window's job: everything that is ready. */
  dispatch(id?: ConnectionId): Promise<DispatchSummary>;
  intents(filter?: IntentFilter): Promise<Intent[]>;
  /** Moves the world and the product to an instant. */
  moveTo(iso: string): void;
  /** Moves both on. */
  pass(ms: number): void;
  /** What reached the emulated mail server, oldest first. */
  inbox(): Promise<StoredMessage[]>;
  mailFaults(faults: MailFault[]): Promise<void>;
  /** Effects on holds: every group or Notes write that the platforms received. */
  holdWrites(): RecordedEffect[];
  /** The platforms' own invoice e-mails. */
  platformMails(): RecordedEffect[];
  close(): Promise<void>;
}

export const ALL_KINDS = ['hold.place', 'hold.release', 'note', 'reminder'] as const;

/** Starts an emulator over the books, connects each company, imports its limits and switches automatic on. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const { now = WEDNESDAY, policy, mail = true, settings = {}, mode = 'automatic', ...served } = options;
  const emulator = await startEmulator({
    servers: ['xero', 'quickbooks', ...(mail ? (['mail'] as const) : [])],
    ...served,
    nowMs: Date.parse(now),
    limits: 'off',
  });
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-world-'));
  const browser = await catchCallbacks();
  const env = {
    ...emulator.env(),
    HOLDFAST_DATA_DIR: join(folder, 'data'),
    HOLDFAST_KEY_FILE: join(folder, 'holdfast.key'),
    HOLDFAST_BASE_URL: browser.url,
    HOLDFAST_LOG: 'silent',
    // The limits are the emulator's to play; waiting for them is another test's business.
    XERO_CALLS_PER_MINUTE: '100000',
    XERO_CALLS_PER_DAY: '1000000',
    QUICKBOOKS_CALLS_PER_SECOND: '10000',
    QUICKBOOKS_CALLS_PER_MINUTE: '100000',
    ...settings,
  };
  const app = createApp(parseConfig(env));
  if (policy !== undefined) writePolicy(app, policy);
  const world = worldOf(emulator, app, env, []);
  for (const platform of platformsOf(served)) world.ids.push(...(await connect(world, platform)));
  await browser.close();
  const books = [...(served.xero ?? []), ...(served.quickbooks ?? [])];
  for (const [index, id] of world.ids.entries()) await settle(world, id, books[index], mode);
  const { close } = world;
  return {
    ...world,
    close: async () => {
      await close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Goes through a consent as a user would. Returns the connections that it made or renewed. */
export async function connect(world: Pick<World, 'app' | 'emulator'>, platform: PlatformName) {
  const { url } = await world.emulator.visit(await beginConnect(world.app, platform));
  return completeConnect(world.app, platform, url);
}

interface OpenWorld extends World {
  readonly ids: ConnectionId[];
}

function worldOf(
  emulator: RunningEmulator,
  app: App,
  env: Record<string, string>,
  ids: ConnectionId[],
): OpenWorld {
  const connection = (id = first(ids)): Promise<Connection> => readConnection(app.store.reader, id);
  const effects = (kinds: string[]): RecordedEffect[] =>
    emulator.effects.list().filter((effect) => kinds.includes(effect.kind));
  const moveTo = (nowMs: number): void => {
    emulator.clock.set(nowMs);
    app.clock.setOffset(emulator.clock.offsetMs());
  };
  return {
    emulator,
    app,
    env,
    ids,
    connection,
    staff: (id = first(ids)) => staffOf(emulator, platformOf(id), companyOf(emulator, ids, id)),
    night: (id = first(ids)) => liveThroughNight(app, id),
    sync: async (id, options) => {
      const one = await connection(id);
      await syncConnection(app.store, app.clock, one, await app.openSession(one), options);
    },
    dispatch: async (id) => dispatch(app.outbox(), await connection(id), { kinds: ALL_KINDS }),
    intents: (filter) => readIntents(app.store.reader, filter),
    moveTo: (iso) => moveTo(Date.parse(iso)),
    pass: (ms) => moveTo(emulator.clock.nowMs() + ms),
    inbox: async () => (await fetchInbox(emulator)).reverse(),
    mailFaults: (faults) => declareMailFaults(emulator, faults),
    holdWrites: () => effects(['group-add', 'group-remove', 'group-empty', 'customer-update']),
    platformMails: () => effects(['invoice-email', 'invoice-send']),
    close: async () => {
      await app.close();
      await emulator.close();
    },
  };
}

/** A first sync so that limits find their customers; then the limits, then the mode. */
async function settle(world: World, id: ConnectionId, book: Book | undefined, mode: Connection['mode']) {
  const { app, emulator } = world;
  if (book !== undefined && [...book.limits()].length > 0) {
    await world.sync(id);
    const { baseCurrency } = await world.connection(id);
    const customers = await readCustomers(app.store.reader, id);
    const table = parseLimits(
      emulator.limitsCsv(companyOf(emulator, world.ids, id)),
      customers,
      baseCurrency,
    );
    await app.store.write((tx) => saveLimits(tx, id, table, { by: 'test', atMs: app.clock.nowMs() }));
  }
  await app.store.write((tx) => setConnectionMode(tx, id, mode));
}

function platformsOf({ xero, quickbooks, nativeCompanies }: EmulatorOptions): PlatformName[] {
  const counts = {
    xero: (xero?.length ?? 0) + (nativeCompanies?.xero?.length ?? 0),
    quickbooks: (quickbooks?.length ?? 0) + (nativeCompanies?.quickbooks?.length ?? 0),
  };
  return (['xero', 'quickbooks'] as const).filter((platform) => counts[platform] > 0);
}

const platformOf = (id: ConnectionId): PlatformName => (id.startsWith('xero') ? 'xero' : 'quickbooks');

/** The platform's id of the company: connections are numbered in the order in which companies are served. */
function companyOf(emulator: RunningEmulator, ids: readonly ConnectionId[], id: ConnectionId): string {
  const platform = platformOf(id);
  const served = emulator.state.db
    .prepare('SELECT remote_id FROM company WHERE platform = ? ORDER BY seq')
    .pluck()
    .all(platform) as string[];
  const company = served[ids.filter((one) => platformOf(one) === platform).indexOf(id)];
  if (company === undefined) throw new Error(`no company is served as ${id}`);
  return company;
}

function first(ids: readonly ConnectionId[]): ConnectionId {
  const [id] = ids;
  if (id === undefined) throw new Error('nothing is connected');
  return id;
}

function writePolicy(app: App, text: string): void {
  mkdirSync(app.config.dataDir, { recursive: true });
  writeFileSync(app.config.policyFile, text);
}

async function fetchInbox(emulator: RunningEmulator): Promise<StoredMessage[]> {
  return (await (await fetch(`${emulator.inboxUrl}/messages.json`)).json()) as StoredMessage[];
}

async function declareMailFaults(emulator: RunningEmulator, faults: MailFault[]): Promise<void> {
  const url = `${emulator.inboxUrl}/_emulator/mail-faults`;
  const reply = await fetch(url, { method: 'POST', body: JSON.stringify(faults) });
  if (!reply.ok) throw new Error(await reply.text());
}

/** Where the browser lands after consent: any page will do, its address is what counts. */
async function catchCallbacks(): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((_request, response) => response.end('You can close this page.'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, close };
}

/** A night keeps only what changed; the same judgement made again, of the same day, tells the rest. */
export type LivedNight = Omit<NightSummary, 'judgement'> & { judgement: Judgement };

async function liveThroughNight(app: App, id: ConnectionId): Promise<LivedNight> {
  const summary = await runNight(app, id);
  const { wishes, reminders } = summary.judgement;
  const again = await judge(app, summary.connection, summary.asOf);
  return {
    ...summary,
    judgement: { ...again, wishes, reminders: { ...again.reminders, ...reminders } },
  };
}
