import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { createApp, type App } from '../../app.ts';
import type { PlatformSession } from '../../domain/index.ts';
import { readConnections, type Connection } from '../../mirror/index.ts';
import { runNight } from '../../nightly.ts';
import { dispatch } from '../../outbox/index.ts';
import type { RunningWeb } from '../../web/index.ts';
import { command, type CommonOptions } from '../command.ts';
import { demoConfig, demoVariables, writeDemoPolicy } from '../demo/demo-config.ts';
import { openDemoPlace, type DemoPlace, type WorldChoice } from '../demo/demo-place.ts';
import { printDemoReport } from '../demo/demo-report.ts';
import { summarize, type DemoConnection, type DemoNight } from '../demo/demo-summary.ts';
import { connectPlatform, missingPlatforms, prepareConnection } from '../demo/demo-world.ts';
import { commonOpening, moveTo, nextNight } from '../demo/world-clock.ts';
import { EmulatorProcess } from '../emulator-process.ts';
import { openWeb } from '../open-web.ts';
import { printJsonLine, printLine } from '../print.ts';
import { startProgress, type Progress } from '../progress.ts';
import { untilStopped } from '../until-stopped.ts';
import { ALL_KINDS } from './dispatch.ts';

interface DemoOptions extends CommonOptions {
  once?: boolean;
  nextDay?: boolean;
  seed?: number;
  size?: string;
}

export function demoCommand(): Command {
  return command(
    'demo',
    'a night on emulated platforms, with two Xero organisations and a QuickBooks company',
  )
    .option('--once', 'end after the report instead of leaving the dashboard and the inbox running')
    .option('--next-day', "go on to the next working day's night first")
    .option('--seed <number>', 'which world (default: 7)', parseSeed)
    .addOption(new Option('--size <size>', 'how large (default: small)').choices(['small', 'medium']))
    .action(demo);
}

/** Everything that the demo has running. */
interface Stage {
  place: DemoPlace;
  emulator: EmulatorProcess;
  app: App;
  web: RunningWeb | null;
}

async function demo(options: DemoOptions): Promise<void> {
  const place = openDemoPlace(askedWorld(options));
  writeDemoPolicy(place.policyFile);
  const { seed, size } = place.world;
  const emulator = await EmulatorProcess.start([
    ...['--seed', String(seed), '--size', size],
    ...['--state', place.stateFile, '--limits', 'off'],
  ]);
  try {
    await play(place, emulator, options);
  } finally {
    await emulator.stop();
  }
}

async function play(place: DemoPlace, emulator: EmulatorProcess, options: DemoOptions): Promise<void> {
  const app = createApp(demoConfig(place, emulator.facts.env));
  const stage: Stage = { place, emulator, app, web: null };
  try {
    const missing = await missingPlatforms(app, emulator);
    if (!options.once || missing.length > 0) stage.web = await openWeb(app);
    for (const platform of missing) await connectPlatform(app, emulator, platform);
    const nights = await liveThroughNight(stage, options);
    const connections: DemoConnection[] = [];
    for (const night of nights) connections.push(await summarize(app, night));
    await report(stage, options, nights, connections);
  } finally {
    await stage.web?.close();
    await app.close();
  }
}

/** The night of every company; then, in working hours, the reminders. */
async function liveThroughNight({ app, emulator }: Stage, options: DemoOptions): Promise<DemoNight[]> {
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
  { id, ...connection }: Connection,
  progress: Progress,
): Promise<DemoNight> {
  const firstCalls = await prepareConnection(app, emulator, { id, ...connection }, progress);
  const counted = countingCalls(app);
  const night = await runNight(counted.app, id, {
    onProgress: ({ stream, rows, totalRows }) => progress.report(`${id} ${stream}`, rows, totalRows),
  });
  const { judgement, dispatched } = night;
  return {
    connection: night.connection,
    judgement,
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

async function report(
  stage: Stage,
  options: DemoOptions,
  nights: DemoNight[],
  connections: DemoConnection[],
): Promise<void> {
  const dashboard = options.once ? null : (stage.web?.url ?? null);
  if (options.json) printJsonLine({ connections, dashboard });
  else printDemoReport(nights, connections);
  if (dashboard === null) return;
  if (!options.json) printAddresses(stage, dashboard);
  await untilStopped();
}

function printAddresses({ place, emulator }: Stage, dashboard: string): void {
  const file = join(place.dataDir, 'demo.env');
  const variables = Object.entries(demoVariables(place, emulator.facts.env));
  writeFileSync(file, variables.map(([name, value]) => `${name}='${value}'\n`).join(''), { mode: 0o600 });
  printLine(`\nDashboard  ${dashboard}`);
  printLine(`Inbox      ${emulator.facts.inboxUrl}`);
  printLine(`\nTo look further: set -a; . ${file}; set +a; npm run holdfast -- flags`);
  printLine('Ctrl-C ends it; the next demo goes on in the same world at the same time.');
}

const askedWorld = ({ seed, size }: DemoOptions): Partial<WorldChoice> => ({
  ...(seed === undefined ? {} : { seed }),
  ...(size === undefined ? {} : { size }),
});

function parseSeed(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It is not a whole number.');
  return Number(text);
}
