import { appendAudit } from './audit/index.ts';
import type { App } from './app.ts';
import { redirectUri } from './config.ts';
import {
  HoldfastError,
  companyId,
  type ConnectionId,
  type Grant,
  type Organisation,
  type PlatformName,
} from './domain/index.ts';
import {
  forgetTokens,
  readCompanyId,
  readConnections,
  readTokenSet,
  saveConnection,
  savePendingAuthorization,
  saveTokenSet,
  takePendingAuthorization,
  type Connection,
} from './mirror/index.ts';

/** Starts a consent. Returns the address to open in a browser; good for ten minutes and one use. */
export async function beginConnect(app: App, platform: PlatformName): Promise<string> {
  const pending = await app.connector(platform).authorizer.begin(redirectUri(app.config, platform));
  await app.store.write((tx) => savePendingAuthorization(tx, app.key, platform, pending, app.clock.nowMs()));
  return pending.url;
}

/**
 * Takes the platform's answer. Returns the connections that it made or renewed. Throws STATE_UNKNOWN when nobody
 * asked for it, and PlatformError when consent was denied; then nothing is stored but a line in the audit log.
 */
export async function completeConnect(
  app: App,
  platform: PlatformName,
  callbackUrl: string,
): Promise<ConnectionId[]> {
  try {
    return await takeAnswer(app, platform, callbackUrl);
  } catch (error) {
    const code = error instanceof HoldfastError ? error.code : 'UNEXPECTED';
    await app.store.write((tx) =>
      appendAudit(tx, app.clock.nowMs(), {
        connectionId: null,
        actor: 'person',
        action: 'connection.refused',
        subject: `an answer from ${platform}`,
        details: { platform, code },
      }),
    );
    throw error;
  }
}

async function takeAnswer(app: App, platform: PlatformName, callbackUrl: string): Promise<ConnectionId[]> {
  const state = new URL(callbackUrl).searchParams.get('state') ?? '';
  const pending = await app.store.write((tx) =>
    takePendingAuthorization(tx, app.key, platform, state, app.clock.nowMs()),
  );
  const grant = await app.connector(platform).authorizer.complete(pending, callbackUrl);
  return keepGrant(app, platform, grant);
}

/** Connects a Xero custom connection without a browser. */
export async function connectClientCredentials(app: App, platform: PlatformName): Promise<ConnectionId[]> {
  return keepGrant(app, platform, await app.connector(platform).authorizer.clientCredentials());
}

/** Looks at each company that the consent covers, then keeps tokens and connections in one commit. */
async function keepGrant(app: App, platform: PlatformName, grant: Grant): Promise<ConnectionId[]> {
  if (grant.companies.length === 0) {
    throw new HoldfastError('NO_COMPANY', 'The consent covers no company.', {
      kind: 'auth',
      hint: 'Start again and choose at least one organisation.',
    });
  }
  const organisations: Organisation[] = [];
  for (const company of grant.companies) {
    const session = app.connector(platform).open({
      companyId: company.companyId,
      accessToken: () => Promise.resolve(grant.tokens.accessToken),
      nowMs: () => app.clock.nowMs(),
    });
    const organisation = await session.readOrganisation();
    organisations.push({
      ...organisation,
      companyId: companyId(company.companyId || organisation.companyId),
    });
  }
  return app.store.write(async (tx) => {
    const nowMs = app.clock.nowMs();
    const tokenSet = await saveTokenSet(tx, app.key, platform, grant.tokens, nowMs);
    const ids: ConnectionId[] = [];
    for (const organisation of organisations) {
      const id = await saveConnection(tx, app.key, platform, organisation, tokenSet, nowMs);
      ids.push(id);
      await appendAudit(tx, nowMs, {
        connectionId: id,
        actor: 'person',
        action: 'connection.connected',
        subject: `connection ${id}`,
        details: { platform, name: organisation.name, ownReminders: organisation.ownReminders },
      });
    }
    return ids;
  });
}

/** Ends a connection here and, as far as it can be reached, on the platform. The mirror stays. */
export async function disconnect(app: App, connection: Connection): Promise<{ revoked: boolean }> {
  const revoked = await tryRevoke(app, connection);
  await app.store.write(async (tx) => {
    await forgetTokens(tx, connection);
    await appendAudit(tx, app.clock.nowMs(), {
      connectionId: connection.id,
      actor: 'person',
      action: 'connection.disconnected',
      subject: `connection ${connection.id}`,
      details: { revoked },
    });
  });
  return { revoked };
}

async function tryRevoke(app: App, connection: Connection): Promise<boolean> {
  try {
    const { tokens } = await readTokenSet(app.store.reader, app.key, connection.tokenSetId);
    const others = (await readConnections(app.store.reader)).filter(
      (other) => other.tokenSetId === connection.tokenSetId && other.id !== connection.id,
    );
    const company = await readCompanyId(app.store.reader, app.key, connection);
    await app.connector(connection.platform).authorizer.revoke(tokens, company, others.length === 0);
    return true;
  } catch (error) {
    // Disconnecting must work although the platform is down or the consent is gone already.
    app.log.warn(
      { connection: connection.id, error: (error as Error).message },
      'could not revoke at the platform',
    );
    return false;
  }
}
