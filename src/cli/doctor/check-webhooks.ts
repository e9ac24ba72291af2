import type { App } from '../../app.ts';
import { dayAt, timeAt } from '../../domain/index.ts';
import { readSilentSince, type Connection } from '../../mirror/index.ts';
import { findingsOf, type Finding } from './finding.ts';

/** Webhooks that stopped coming. Nothing is lost by it but speed, so it is no fault. */
export async function checkWebhooks(app: App, connection: Connection): Promise<Finding[]> {
  const { id, platform, timeZone } = connection;
  if ((app.connectors[platform]?.webhooks ?? null) === null) return [];
  const sinceMs = await readSilentSince(app.store.reader, connection, app.clock.nowMs());
  if (sinceMs === null) return [];
  const since = `${dayAt(sinceMs, timeZone)} ${timeAt(sinceMs, timeZone)}`;
  return [
    findingsOf(`connection ${id}`).warning(
      `no webhook came since ${since}, though invoices changed: ${platform} may have turned them off`,
      'Look at the webhooks of your app there. Until they come again, changes are seen at the next sync.',
    ),
  ];
}
