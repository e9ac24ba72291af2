import type { App } from '../../app.ts';
import { appendAudit } from '../../audit/index.ts';
import { parseLimits, readLimits } from '../../cases/index.ts';
import { beginConnect } from '../../connect.ts';
import { HoldfastError, type PlatformName } from '../../domain/index.ts';
import {
  readCompanyId,
  readConnections,
  readCustomers,
  readPublishedRun,
  setConnectionMode,
  syncConnection,
  type Connection,
} from '../../mirror/index.ts';
import { keepLimits } from '../commands/limits.ts';
import type { EmulatorProcess } from '../emulator-process.ts';
import type { Progress } from '../progress.ts';

/** Whether a consent is still to be given, so that a web door must be open to take it. */
export async function missingPlatforms(app: App, emulator: EmulatorProcess): Promise<PlatformName[]> {
  const known = new Set((await readConnections(app.store.reader)).map((connection) => connection.platform));
  const served = new Set(emulator.facts.companies.map((company) => company.platform));
  return (['xero', 'quickbooks'] as const).filter((platform) => served.has(platform) && !known.has(platform));
}

/** Connects a platform as a user would: opens its consent page and comes back to our own web door. */
export async function connectPlatform(
  app: App,
  emulator: EmulatorProcess,
  platform: PlatformName,
): Promise<void> {
  const { status, url } = await emulator.visit(await beginConnect(app, platform));
  const connected = (await readConnections(app.store.reader)).some((one) => one.platform === platform);
  if (connected) return;
  throw new HoldfastError(
    'DEMO_CONNECT_FAILED',
    `${platform} was not connected: ${status} at ${new URL(url).pathname}.`,
    {
      kind: 'internal',
    },
  );
}

/** What a person would do once for a new company: let it read, set limits, trust it. */
export async function prepareConnection(
  app: App,
  emulator: EmulatorProcess,
  connection: Connection,
  progress: Progress,
): Promise<number> {
  const calls = await firstSync(app, connection, progress);
  if ((await readLimits(app.store.reader, connection.id)).entries.length === 0)
    await importWorldLimits(app, emulator, connection);
  if (connection.mode !== 'automatic') await trust(app, connection);
  return calls;
}

/** Limits name customers, so those must be known first. Returns the calls that it took. */
async function firstSync(app: App, connection: Connection, progress: Progress): Promise<number> {
  if ((await readPublishedRun(app.store.reader, connection.id)) !== null) return 0;
  const session = await app.openSession(connection);
  await syncConnection(app.store, app.clock, connection, session, {
    onProgress: ({ stream, rows, totalRows }) =>
      progress.report(`${connection.id} ${stream}`, rows, totalRows),
  });
  return session.calls();
}

async function importWorldLimits(app: App, emulator: EmulatorProcess, connection: Connection): Promise<void> {
  const { reader } = app.store;
  const csv = await emulator.limits(await readCompanyId(reader, app.key, connection));
  const customers = await readCustomers(reader, connection.id);
  await keepLimits(app, connection, parseLimits(csv, customers, connection.baseCurrency), 'demo');
}

async function trust(app: App, connection: Connection): Promise<void> {
  await app.store.write(async (tx) => {
    await setConnectionMode(tx, connection.id, 'automatic');
    await appendAudit(tx, app.clock.nowMs(), {
      connectionId: connection.id,
      actor: 'demo',
      action: 'connection.mode',
      subject: `connection ${connection.id}`,
      details: { from: connection.mode, to: 'automatic' },
    });
  });
}
