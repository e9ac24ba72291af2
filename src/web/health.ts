import type { App } from '../app.ts';
import type { ConnectionId } from '../domain/index.ts';
import { readConnections, readLastRun, type ConnectionState, type Run } from '../mirror/index.ts';

/** What GET /health answers. Instants are ISO 8601, UTC. */
export interface Health {
  /** False when a connection waits for a person or its last sync failed. */
  ok: boolean;
  version: string;
  connections: { id: ConnectionId; state: ConnectionState; lastRun: HealthRun | null }[];
}

export interface HealthRun {
  number: number;
  state: Run['state'];
  startedAt: string;
  finishedAt: string | null;
}

/** Reads the database, so that an answer also says that it can be read. */
export async function readHealth(app: App, version: string): Promise<Health> {
  const connections: Health['connections'] = [];
  for (const { id, state } of await readConnections(app.store.reader)) {
    const run = await readLastRun(app.store.reader, id);
    connections.push({ id, state, lastRun: run === null ? null : describeRun(run) });
  }
  const isWell = ({ state, lastRun }: Health['connections'][number]): boolean =>
    state === 'disconnected' || (state === 'active' && lastRun?.state !== 'failed');
  return { ok: connections.every(isWell), version, connections };
}

function describeRun({ number, state, startedAtMs, finishedAtMs }: Run): HealthRun {
  return {
    number,
    state,
    startedAt: isoOf(startedAtMs),
    finishedAt: finishedAtMs === null ? null : isoOf(finishedAtMs),
  };
}

const isoOf = (instantMs: number): string => new Date(instantMs).toISOString();
