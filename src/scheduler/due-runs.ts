import { dayAt, timeAt, type ConnectionId, type Day } from '../domain/index.ts';
import type { Night } from '../decisions/index.ts';
import type { ConnectionState } from '../mirror/index.ts';
import { isOpen, type DispatchWindow } from '../reminders/index.ts';

/** Local time from which a day's night may begin: after midnight's own work, before anybody is at a desk. */
export const NIGHT_FROM = '02:00';
/** A failed night is tried again this much later … */
export const RETRY_AFTER_MS = 30 * 60_000;
/** … and this often in a day; after that a person must look. */
export const RETRIES_MAX = 6;
/** A night that says 'running' for longer is dead, whoever seems to be at it. */
export const NIGHT_LIFE_MS = 4 * 3_600_000;
export const DISPATCH_EVERY_MS = 10 * 60_000;

/** What the scheduler needs to know of a connection. */
export interface ScheduledConnection {
  id: ConnectionId;
  /** IANA zone of the organisation. */
  timeZone: string;
  state: ConnectionState;
}

/** How often the night of a day failed, and when it did last. */
export interface FailedNights {
  day: Day;
  count: number;
  lastAtMs: number;
}

/** What has happened so far. Instants are epoch ms. */
export interface PastRuns {
  /** The newest night of each connection. */
  nights: readonly Night[];
  /** Nights that failed in this process; a restart begins to count anew. */
  failures: ReadonlyMap<ConnectionId, FailedNights>;
  dispatchedAtMs: ReadonlyMap<ConnectionId, number>;
  /** Connections whose newest night says 'running' while no living process is at it: due again at once. */
  interrupted?: ReadonlySet<ConnectionId>;
}

export interface DueRuns {
  /** Connections whose night is due now, in the order in which they were made. */
  nights: ConnectionId[];
  /** Connections whose outbox is due to be worked on. */
  dispatches: ConnectionId[];
  /** Connections whose newest night lies on a later day than today: the clock was set back, so nothing is run. */
  clockBehind: ConnectionId[];
}

/**
 * Which nights and dispatches are due at an instant. A day's night is due from 02:00 in the organisation's zone until
 * one is done, so that it happens once whatever the hour does that day; days that were missed are not made up for.
 * `windowFor` gives the dispatch window of a zone, null when nothing may be sent. Pure.
 */
export function dueRuns(
  nowMs: number,
  connections: readonly ScheduledConnection[],
  past: PastRuns,
  windowFor: (timeZone: string) => DispatchWindow | null,
): DueRuns {
  const active = connections.filter((connection) => connection.state === 'active');
  const nightOf = new Map(past.nights.map((night) => [night.connectionId, night]));
  const isAhead = ({ id, timeZone }: ScheduledConnection): boolean =>
    (nightOf.get(id)?.day ?? '') > dayAt(nowMs, timeZone);
  const onTime = active.filter((connection) => !isAhead(connection));
  return {
    nights: onTime.filter((one) => isNightDue(nowMs, one, nightOf.get(one.id), past)).map(idOf),
    dispatches: active.filter((one) => isDispatchDue(nowMs, one, past, windowFor(one.timeZone))).map(idOf),
    clockBehind: active.filter(isAhead).map(idOf),
  };
}

const idOf = ({ id }: ScheduledConnection): ConnectionId => id;

function isNightDue(
  nowMs: number,
  { id, timeZone }: ScheduledConnection,
  newest: Night | undefined,
  past: PastRuns,
): boolean {
  if (timeAt(nowMs, timeZone) < NIGHT_FROM) return false;
  const today = dayAt(nowMs, timeZone);
  const night = newest?.day === today ? newest : undefined;
  const failed = past.failures.get(id);
  const failedToday = failed?.day === today ? failed : undefined;
  if (night?.state === 'running' && past.interrupted?.has(id) === true)
    return failedToday === undefined || mayRetry(nowMs, failedToday.lastAtMs, failedToday);
  return night?.state !== 'done' && mayTry(nowMs, night, failedToday);
}

/** Whether today's night, which is not done, may be begun or begun again. */
function mayTry(nowMs: number, night: Night | undefined, failed: FailedNights | undefined): boolean {
  if (night?.state === 'running' && elapsedMs(nowMs, night.startedAtMs) < NIGHT_LIFE_MS) return false;
  // A night that failed before it could be written down is known to this process alone.
  const lastTryMs = night?.startedAtMs ?? failed?.lastAtMs;
  return lastTryMs === undefined || mayRetry(nowMs, lastTryMs, failed);
}

const mayRetry = (nowMs: number, lastTryMs: number, failed: FailedNights | undefined): boolean =>
  elapsedMs(nowMs, lastTryMs) >= RETRY_AFTER_MS && (failed?.count ?? 0) <= RETRIES_MAX;

/** In either direction: a clock that was set back must not make us wait until the old time comes round again. */
const elapsedMs = (nowMs: number, thenMs: number): number => Math.abs(nowMs - thenMs);

function isDispatchDue(
  nowMs: number,
  { id }: ScheduledConnection,
  past: PastRuns,
  window: DispatchWindow | null,
): boolean {
  if (window === null || !isOpen(window, nowMs)) return false;
  const lastMs = past.dispatchedAtMs.get(id);
  return lastMs === undefined || elapsedMs(nowMs, lastMs) >= DISPATCH_EVERY_MS;
}
