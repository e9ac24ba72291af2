import type { App } from '../../app.ts';
import { readFlags } from '../../decisions/index.ts';
import type { PlatformSession } from '../../domain/index.ts';
import { readConnections, type Connection } from '../../mirror/index.ts';
import { runNight } from '../../nightly.ts';
import { dispatch } from '../../outbox/index.ts';
import { ALL_KINDS } from '../commands/dispatch.ts';
import type { EmulatorProcess } from '../emulator-process.ts';
import { startProgress, type Progress } from '../progress.ts';
import type { DemoNight } from './demo-summary.ts';
import { prepareConnection } from './demo-world.ts';
import { commonOpening, moveTo, nextNight } from './world-clock.ts';

/** The night of every company; then, in working hours, the reminders. With `nextDay` the world goes on first. */
export async function liveThroughNight(
  app: App,
  emulator: EmulatorProcess,
  options: { json?: boolean; nextDay?: boolean },
): Promise<DemoNight[]> {
  const progress = startProgress(options.json ?? false);
  const companies = await readConnections(app.store.reader);
  if (options.nextDay) await moveTo(app, emulator, nextNight(zonesOf(companies), app.clock.nowMs()));
  try {
    const nights: DemoNight[] = [];
    for (const connection of companies) nights.push(await nightOf(app, emulator, connection, progress));
    const opening = commonOpening(app, companies);
    if (opening !== null) await moveTo(app, emulator, opening);
    for (const night of nights) await sendReminders(app, night, progress);
    return nights;
  } finally {
    progress.stop();
  }
}

const zonesOf = (companies: Connection[]): string[] => companies.map((connection) => connection.timeZone);

async function nightOf(
  app: App,
  emulator: EmulatorProcess,
  connection: Connection,
  progress: Progress,
): Promise<DemoNight> {
  const { id } = connection;
  const firstCalls = await prepareConnection(app, emulator, connection, progress);
  const counted = countingCalls(app);
  const night = await runNight(counted.app, id, {
    onProgress: ({ stream, rows, totalRows }) => progress.report(`${id} ${stream}`, rows, totalRows),
  });
  const { asOf, dispatched } = night;
  return {
    connection: night.connection,
    flags: await readFlags(app.store.reader, id, asOf),
    lines: dispatched.lines,
    calls: firstCalls + counted.calls(),
  };
}

async function sendReminders(app: App, night: DemoNight, progress: Progress): Promise<void> {
  const { id } = night.connection;
  const counted = countingCalls(app);
  const { lines } = await dispatch(counted.app.outbox(), night.connection, {
    kinds: ALL_KINDS,
    onProgress: (done, total) => progress.report(`${id} effects`, done, total),
  });
  night.lines.push(...lines);
  night.calls += counted.calls();
}

/** The same Holdfast, with the calls to the platforms counted. */
function countingCalls(app: App): { app: App; calls: () => number } {
  const sessions: PlatformSession[] = [];
  const openSession = async (connection: Connection): Promise<PlatformSession> => {
    const session = await app.openSession(connection);
    sessions.push(session);
    return session;
  };
  return {
    app: { ...app, openSession, outbox: () => ({ ...app.outbox(), openSession }) },
    calls: () => sessions.reduce((sum, session) => sum + session.calls(), 0),
  };
}
