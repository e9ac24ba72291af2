import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createConnectors, type ConnectorDeps, type Connectors } from '../connectors/registry.ts';
import { SeenHead } from './audit/index.ts';
import type { Config } from './config.ts';
import { HoldfastError, type Connector, type PlatformName, type PlatformSession } from './domain/index.ts';
import {
  SystemClock,
  createLog,
  newSealingKey,
  sha256Hex,
  type Log,
  type MovableClock,
  type SealingKey,
} from './lib/index.ts';
import {
  TokenKeeper,
  assertActive,
  callBudget,
  guardCompany,
  readCompanyId,
  readTokenSet,
  type Connection,
} from './mirror/index.ts';
import type { OutboxDeps } from './outbox/index.ts';
import { DEFAULT_POLICY_FILE, readPolicyFile, type Policy } from './policy/index.ts';
import { LEASE_TTL_MS, openReadingStore, openStore, WAL_PAGES_OF_JOBS, withLease } from './store/index.ts';
import type { ReadingStore, Store } from './store/index.ts';

/** Holdfast, wired: what every door (web, command line, scheduler) works with. */
export interface App {
  readonly config: Config;
  readonly store: Store;
  readonly clock: MovableClock;
  readonly log: Log;
  readonly key: SealingKey;
  readonly connectors: Connectors;
  /** Notices a database that is older than what was done with it. */
  readonly seen: SeenHead;
  /** The policy as it stands now: policy.yaml in the data directory, else the default. Throws POLICY_INVALID. */
  policy(): Policy;
  /** A platform's connector. Throws NOT_CONFIGURED naming the settings that are missing. */
  connector(platform: PlatformName): Connector;
  /** Live access to one connection, its tokens refreshed as needed. Throws RECONNECT_NEEDED when a person must act first. */
  openSession(connection: Connection): Promise<PlatformSession>;
  outbox(): OutboxDeps;
  /**
   * Does `work` while no other process on this data directory holds the same name. `assertHeld` throws LEASE_LOST once
   * another took it. Throws LEASE_TAKEN at once.
   */
  hold<T>(name: string, work: (assertHeld: () => Promise<void>) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Parts that a test, or a process with a work of its own, puts in the place of the usual ones. */
export interface AppParts {
  clock?: MovableClock;
  transport?: ConnectorDeps['transport'];
  rowsPerReply?: ConnectorDeps['rowsPerReply'];
  /** For a process that does jobs and answers nobody: it may stand still now and then, and so works faster. */
  doesJobs?: boolean;
}

/** Opens the data directory (made at first) and wires everything. The caller closes it. */
export function createApp(config: Config, parts: AppParts = {}): App {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const key = readOrMakeKey(config);
  const store = openStore(config.databaseFile, parts.doesJobs === true ? WAL_PAGES_OF_JOBS : undefined);
  const clock = parts.clock ?? new SystemClock(config.clockOffsetMs);
  const seen = new SeenHead(seenFile(config));
  const log = createLog(config.logLevel);
  const { transport, rowsPerReply } = parts;
  const connectors = createConnectors(config, { clock, log, transport, rowsPerReply });
  const connector = (platform: PlatformName): Connector => connectors[platform] ?? notConfigured(platform);
  const policy = (): Policy => readPolicyInUse(config.policyFile);
  const openSession = async (connection: Connection): Promise<PlatformSession> => {
    const platform = connector(connection.platform);
    // Fails here when there is no consent, before anybody opens a run that could then only fail.
    await readTokenSet(store.reader, key, connection.tokenSetId);
    await assertActive(store.reader, connection.id);
    const company = await readCompanyId(store.reader, key, connection);
    const keeper = new TokenKeeper(store, key, clock, platform.authorizer, connection.tokenSetId);
    const session = platform.open({
      companyId: company,
      accessToken: (forceRefresh) => keeper.accessToken(forceRefresh),
      nowMs: () => clock.nowMs(),
      budget: callBudget(store, clock, connection.id),
    });
    return guardCompany(session, company);
  };
  return {
    config,
    store,
    clock,
    log,
    key,
    connectors,
    seen,
    policy,
    connector,
    openSession,
    outbox: () => ({
      store,
      clock,
      policy: policy(),
      mail: connectors.mail,
      mailDomain: mailDomain(config),
      seen,
      openSession,
    }),
    hold: (name, work) =>
      withLease(store, clock, name, { ttlMs: LEASE_TTL_MS, waitMs: 0 }, (lease) =>
        work(() => store.write((tx) => lease.assertHeld(tx))),
      ),
    close: () => store.close(),
  };
}

/** The policy in a file that may be missing, for then it is the default one. Throws POLICY_INVALID. */
export const readPolicyInUse = (policyFile: string): Policy =>
  readPolicyFile(existsSync(policyFile) ? policyFile : DEFAULT_POLICY_FILE);

/** The database of a data directory for a thread that only reads it. The caller closes it. */
export const openForReading = (databaseFile: string): ReadingStore => openReadingStore(databaseFile);

/** Beside the key, one for each data directory that the key opens. */
const seenFile = ({ keyFile, dataDir }: Config): string =>
  `${keyFile}.${sha256Hex(dataDir).slice(0, 8)}.seen`;

/** The key file: 256 bits in base64, readable by its owner alone, made at the first run. */
function readOrMakeKey(config: Config): SealingKey {
  const { keyFile } = config;
  if (!existsSync(keyFile)) {
    if (existsSync(config.databaseFile)) throw keyMissing(keyFile);
    mkdirSync(dirname(keyFile), { recursive: true, mode: 0o700 });
    const key = newSealingKey();
    writeFileSync(keyFile, `${key.id} ${key.bytes.toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
    return key;
  }
  const [id, text] = readKeyFile(keyFile).trim().split(' ');
  const bytes = Buffer.from(text ?? '', 'base64');
  if (id === undefined || bytes.length !== 32) {
    throw new HoldfastError('KEY_UNREADABLE', `The key file ${keyFile} does not hold a key.`, {
      kind: 'config',
      hint: 'Put back the right one from your backup.',
    });
  }
  return { id, bytes };
}

function readKeyFile(keyFile: string): string {
  try {
    if ((statSync(keyFile).mode & 0o077) !== 0) chmodSync(keyFile, 0o600);
    return readFileSync(keyFile, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HoldfastError('KEY_UNREADABLE', `The key file ${keyFile} cannot be read: ${reason}.`, {
      kind: 'config',
      cause,
      hint: 'It must be a file that this user owns. Put back the right one from your backup.',
    });
  }
}

function keyMissing(keyFile: string): HoldfastError {
  return new HoldfastError('KEY_MISSING', `There is a database, but its key file ${keyFile} is missing.`, {
    kind: 'config',
    hint: 'Put the key file back. Without it every company must be connected again: then move the database away.',
  });
}

function notConfigured(platform: PlatformName): never {
  const names =
    platform === 'xero'
      ? 'XERO_CLIENT_ID and XERO_CLIENT_SECRET'
      : 'QUICKBOOKS_CLIENT_ID and QUICKBOOKS_CLIENT_SECRET';
  throw new HoldfastError('NOT_CONFIGURED', `${platform} is not configured: ${names} are not set.`, {
    kind: 'config',
    hint: 'Put them into .env; the README says where to get them.',
  });
}

const mailDomain = (config: Config): string =>
  /@([^>\s]+)/.exec(config.mail?.from ?? '')?.[1] ?? 'holdfast.invalid';
