import type { App } from '../app.ts';
import { HoldfastError } from '../domain/index.ts';
import { readConnection, readConnections, type Connection } from '../mirror/index.ts';

/** The company that is asked about: the one named, or the only one. Throws CONNECTION_UNKNOWN, CONNECTION_NEEDED. */
export async function chooseCompany(app: App, id: string | undefined): Promise<Connection> {
  const { reader } = app.store;
  if (id !== undefined) return readConnection(reader, id);
  const live = (await readConnections(reader)).filter(({ state }) => state !== 'disconnected');
  const [only] = live;
  if (only !== undefined && live.length === 1) return only;
  if (only === undefined)
    throw new HoldfastError('NO_CONNECTION', 'No company is connected yet.', { kind: 'state' });
  const known = live.map((connection) => connection.id).join(', ');
  throw new HoldfastError('CONNECTION_NEEDED', `Several companies are connected: ${known}.`, {
    hint: 'Say which one with connection=ID.',
  });
}
