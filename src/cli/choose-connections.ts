import type { App } from '../app.ts';
import { HoldfastError } from '../domain/index.ts';
import { readConnection, readConnections, type Connection } from '../mirror/index.ts';

/**
 * The connections that were named; without names all but the disconnected ones. Throws CONNECTION_UNKNOWN, and
 * NO_CONNECTION when there is none at all.
 */
export async function chooseConnections(app: App, ids: string[]): Promise<Connection[]> {
  const { reader } = app.store;
  const named = [...new Set(ids)];
  const chosen: Connection[] = [];
  for (const id of named) chosen.push(await readConnection(reader, id));
  if (named.length > 0) return chosen;
  const live = (await readConnections(reader)).filter((connection) => connection.state !== 'disconnected');
  if (live.length > 0) return live;
  throw new HoldfastError('NO_CONNECTION', 'No company is connected yet.', {
    kind: 'state',
    hint: 'Run `holdfast connect xero` or `holdfast connect quickbooks`; `holdfast demo` needs neither.',
  });
}

/** The one connection that is meant: the one named, or the only one there is. Throws CONNECTION_NEEDED. */
export async function chooseOneConnection(app: App, id: string | undefined): Promise<Connection> {
  const chosen = await chooseConnections(app, id === undefined ? [] : [id]);
  const [only] = chosen;
  if (only !== undefined && chosen.length === 1) return only;
  const known = chosen.map((connection) => `${connection.id} (${connection.name})`).join(', ');
  throw new HoldfastError('CONNECTION_NEEDED', `Several companies are connected: ${known}.`, {
    hint: 'Say which one with --connection ID.',
  });
}
