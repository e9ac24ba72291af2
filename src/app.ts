import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createConnectors, type ConnectorDeps, type Connectors } from '../connectors/registry.ts';
import type { Config } from './config.ts';
import { HoldfastError, type Connector, type PlatformName, type PlatformSession } from './domain/index.ts';
import {
  SystemClock,
  createLog,
  newSealingKey,
  type Log,
  type MovableClock,
  type SealingKey,
} from './lib/index.ts';
import { TokenKeeper, readCompanyId, readTokenSet, type Connection } from './mirror/index.ts';
import type { OutboxDeps } from './outbox/index.ts';
import { DEFAULT_POLICY_FILE, readPolicyFile, type Policy } from './policy/index.ts';
import { openStore, type Store } from './store/index.ts';

/** Holdfast, wired: what every door (web, command line, scheduler) works with. */
export interface App {
  readonly config: Config;
  readonly store: Store;
  readonly clock: MovableClock;
  readonly log: Log;
  readonly key: SealingKey;
  readonly connectors: Connectors;
  /** The policy as it stands now: policy.yaml in the data directory, else the default. Throws POLICY_INVALID. */
  policy(): Policy;
  /** A platform's connector. Throws NOT_CONFIGURED naming the settings that are missing. */
  connector(platform: PlatformName): Connector;
  /** Live access to one connection, its tokens refreshed as needed. */
  openSession(connection: Connection): Promise<PlatformSession>;
  outbox(): OutboxDeps;
  close(): Promise<void>;
}

/** Parts that a test puts in the place of the real ones. */
export interface AppParts {
  clock?: MovableClock;
  transport?: ConnectorDeps['transport'];
}

/** Opens the data directory (made at first) and wires everything. The caller closes it. */
export function createApp(config: Config, parts: AppParts = {}): App {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const key = readOrMakeKey(config);
  const store = openStore(config.databaseFile);
  const clock = parts.clock ?? new SystemClock(config.clockOffsetMs);
  const log = createLog(config.logLevel);
  const connectors = createConnectors(config, { clock, log, transport: parts.transport });
  const connector = (platform: PlatformName): Connector => connectors[platform] ?? notConfigured(platform);
  const policy = (): Policy =>
    readPolicyFile(existsSync(config.policyFile) ? config.policyFile : DEFAULT_POLICY_FILE);
  const openSession = async (connection: Connection): Promise<PlatformSession> => {
    const platform = connector(connection.platform);
    // Fails here when there is no consent, before anybody opens a run that could then only fail.
    await readTokenSet(store.reader, key, connection.tokenSetId);
    const keeper = new TokenKeeper(store, key, clock, platform.authorizer, connection.tokenSetId);
    return platform.open({
      companyId: await readCompanyId(store.reader, key, connection),
      accessToken: (forceRefresh) => keeper.accessToken(forceRefresh),
      nowMs: () => clock.nowMs(),
    });
  };
  return {
    config,
    store,
    clock,
    log,
    key,
    connectors,
    policy,
    connector,
    openSession,
    outbox: () => ({
      store,
      clock,
      policy: policy(),
      mail: connectors.mail,
      mailDomain: mailDomain(config),
      openSession,
    }),
    close: () => store.close(),
  };
}

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
  if ((statSync(keyFile).mode & 0o077) !== 0) chmodSync(keyFile, 0o600);
  const [id, text] = readFileSync(keyFile, 'utf8').trim().split(' ');
  const bytes = Buffer.from(text ?? '', 'base64');
  if (id === undefined || bytes.length !== 32) {
    throw new HoldfastError('KEY_UNREADABLE', `The key file ${keyFile} does not hold a key.`, {
      kind: 'config',
      hint: 'Put back the right one from your backup.',
    });
  }
  return { id, bytes };
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
