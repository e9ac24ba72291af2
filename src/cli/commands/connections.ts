import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { dayAt, timeAt } from '../../domain/index.ts';
import {
  readConnections,
  readLastRun,
  readPublishedRun,
  readTokenSet,
  type Connection,
  type Run,
} from '../../mirror/index.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { isoInstant } from '../documents.ts';
import { printJson, printLine } from '../print.ts';
import { renderTable } from '../table.ts';
import { modeCommand, zoneCommand } from './connection-settings.ts';

export function connectionsCommand(): Command {
  return command('connections', 'the connected companies')
    .action(async (options: CommonOptions) => withApp((app) => showConnections(app, options)))
    .addCommand(modeCommand())
    .addCommand(zoneCommand());
}

/** One element of `holdfast connections --json`. Instants are ISO 8601 in UTC. */
export type ConnectionElement = Omit<Connection, 'tokenSetId' | 'connectedAtMs'> & {
  connectedAt: string | null;
  lastRun: RunElement | null;
  publishedRun: RunElement | null;
  tokens: {
    grant: string;
    accessExpiresAt: string | null;
    refreshExpiresAt: string | null;
    consentEndsAt: string | null;
  } | null;
};
type RunElement = Pick<Run, 'number' | 'mode' | 'state'> & {
  startedAt: string | null;
  finishedAt: string | null;
};

async function showConnections(app: App, options: CommonOptions): Promise<void> {
  const elements: ConnectionElement[] = [];
  for (const connection of await readConnections(app.store.reader))
    elements.push(await describeConnection(app, connection));
  if (options.json) return printJson(elements);
  printConnections(elements);
}

export async function describeConnection(app: App, connection: Connection): Promise<ConnectionElement> {
  const { reader } = app.store;
  const { tokenSetId, connectedAtMs, ...rest } = connection;
  const stored = tokenSetId === null ? null : await readTokenSet(reader, app.key, tokenSetId);
  return {
    ...rest,
    connectedAt: isoInstant(connectedAtMs),
    lastRun: describeRun(await readLastRun(reader, connection.id)),
    publishedRun: describeRun(await readPublishedRun(reader, connection.id)),
    tokens: stored && {
      grant: stored.tokens.grant,
      accessExpiresAt: isoInstant(stored.tokens.accessExpiresAtMs),
      refreshExpiresAt: isoInstant(stored.tokens.refreshExpiresAtMs),
      consentEndsAt: isoInstant(stored.tokens.consentEndsAtMs ?? null),
    },
  };
}

function describeRun(run: Run | null): RunElement | null {
  if (run === null) return null;
  const { number, mode, state, startedAtMs, finishedAtMs } = run;
  return { number, mode, state, startedAt: isoInstant(startedAtMs), finishedAt: isoInstant(finishedAtMs) };
}

/** The table of connections, for `connections` and after `connect`. */
export function printConnections(elements: ConnectionElement[]): void {
  if (elements.length === 0)
    return printLine(
      'No company is connected yet: `holdfast connect xero` or `holdfast connect quickbooks`.',
    );
  const columns = ['Id', 'Platform', 'Company', 'State', 'Mode', 'Last sync', 'Consent until'];
  printLine(
    renderTable(
      columns.map((head) => ({ head })),
      elements.map((element) => [
        element.id,
        element.platform,
        element.name,
        element.stateReason === null ? element.state : `${element.state}: ${element.stateReason}`,
        element.mode,
        localTime(element.publishedRun?.finishedAt, element.timeZone) ?? 'never',
        consentUntil(element),
      ]),
    ),
  );
}

function consentUntil({ tokens, timeZone }: ConnectionElement): string {
  if (tokens === null) return 'no consent';
  if (tokens.grant === 'client-credentials') return 'renews itself';
  const until = tokens.refreshExpiresAt;
  return until === null ? 'not said' : dayAt(Date.parse(until), timeZone);
}

/** '2026-03-11 02:00' in the organisation's zone. */
function localTime(iso: string | null | undefined, timeZone: string): string | null {
  if (iso == null) return null;
  const ms = Date.parse(iso);
  return `${dayAt(ms, timeZone)} ${timeAt(ms, timeZone)}`;
}
