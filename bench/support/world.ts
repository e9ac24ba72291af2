import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { createApp, type App } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { beginConnect, completeConnect } from '../../src/connect.ts';
import type { PlatformName } from '../../src/domain/index.ts';
import { readCompanyId, readConnections, readTokenSet, type Connection } from '../../src/mirror/index.ts';
import { messageOf, start } from './children.ts';
import type { WorldTask } from './emulator-main.ts';

/** The emulated platforms in a process of their own. */
export interface World {
  /** The variables that point Holdfast at them. */
  env: Record<string, string>;
  companies: Record<PlatformName, number>;
}

/** Starts an emulator, which ends with the bench. */
export async function startWorld(task: WorldTask): Promise<World> {
  const child = start('support/emulator-main.ts', { args: [JSON.stringify(task)] });
  const world = await messageOf(child, (message) => (message as { world?: { env: World['env'] } }).world);
  return { env: world.env, companies: { xero: task.xero, quickbooks: task.quickbooks } };
}

/** One authorised company, with what the floor and the SDKs need to call it themselves. */
export interface Subject {
  platform: PlatformName;
  connectionId: string;
  companyId: string;
  accessToken: string;
}

/** A data directory in which the companies are connected and nothing is mirrored yet. */
export interface Connected {
  env: Record<string, string>;
  subjects: Subject[];
  /** A copy of it for one measured process: its environment. */
  copy(name: string): Record<string, string>;
}

/** No limit is ever waited for; benches that measure waiting set their own. */
const NO_LIMITS = {
  XERO_CALLS_PER_MINUTE: '1000000',
  XERO_CALLS_PER_DAY: '1000000',
  QUICKBOOKS_CALLS_PER_SECOND: '100000',
  QUICKBOOKS_CALLS_PER_MINUTE: '1000000',
};

/** Authorises every company of the world on these platforms, in a new folder `name` below `folder`. */
export async function connectAll(
  world: World,
  folder: string,
  name: string,
  platforms: readonly PlatformName[],
): Promise<Connected> {
  const env = {
    ...world.env,
    ...NO_LIMITS,
    HOLDFAST_DATA_DIR: join(folder, name),
    HOLDFAST_KEY_FILE: join(folder, `${name}.key`),
    HOLDFAST_BASE_URL: 'http://localhost:9',
  };
  const app = createApp(parseConfig(env));
  try {
    for (const platform of platforms) {
      // A consent of Xero covers every organisation, one of QuickBooks a single company.
      const consents = platform === 'xero' ? 1 : world.companies.quickbooks;
      for (let i = 0; i < consents; i += 1) await consent(app, platform);
    }
    const connections = await readConnections(app.store.reader);
    const subjects = await Promise.all(connections.map((connection) => subjectOf(app, connection)));
    return { env, subjects, copy: (copyName) => copyState(env, join(folder, copyName)) };
  } finally {
    await app.close();
  }
}

/** The user's part: the emulator approves at once and sends the browser back. */
async function consent(app: App, platform: PlatformName): Promise<void> {
  const reply = await fetch(await beginConnect(app, platform), { redirect: 'manual' });
  const callback = reply.headers.get('location');
  if (callback === null) throw new Error(`${platform} did not send the browser back: ${reply.status}`);
  await completeConnect(app, platform, callback);
}

async function subjectOf(app: App, connection: Connection): Promise<Subject> {
  const { tokens } = await readTokenSet(app.store.reader, app.key, connection.tokenSetId);
  return {
    platform: connection.platform,
    connectionId: connection.id,
    companyId: await readCompanyId(app.store.reader, app.key, connection),
    accessToken: tokens.accessToken,
  };
}

function copyState(env: Record<string, string>, dataDir: string): Record<string, string> {
  cpSync(env['HOLDFAST_DATA_DIR'] ?? '', dataDir, { recursive: true });
  return { ...env, HOLDFAST_DATA_DIR: dataDir };
}
