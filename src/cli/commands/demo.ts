import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { createApp, type App } from '../../app.ts';
import { readIntents } from '../../outbox/index.ts';
import type { RunningWeb } from '../../web/index.ts';
import { command, type CommonOptions } from '../command.ts';
import { demoConfig, demoVariables, writeDemoPolicy } from '../demo/demo-config.ts';
import { liveThroughNight } from '../demo/demo-night.ts';
import { openDemoPlace, type DemoPlace, type WorldChoice } from '../demo/demo-place.ts';
import { printDemoReport } from '../demo/demo-report.ts';
import { summarize, type DemoConnection, type DemoNight } from '../demo/demo-summary.ts';
import { connectPlatform, missingPlatforms } from '../demo/demo-world.ts';
import { EmulatorProcess } from '../emulator-process.ts';
import { openWeb } from '../open-web.ts';
import { printJsonLine, printLine } from '../print.ts';
import { untilStopped } from '../until-stopped.ts';

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
    const nights = await liveThroughNight(app, emulator, options);
    const connections: DemoConnection[] = [];
    for (const night of nights) connections.push(await summarize(app, night));
    await report(stage, options, nights, connections);
  } finally {
    await stage.web?.close();
    await app.close();
  }
}

async function report(
  stage: Stage,
  options: DemoOptions,
  nights: DemoNight[],
  connections: DemoConnection[],
): Promise<void> {
  const dashboard = options.once ? null : (stage.web?.url ?? null);
  if (options.json) printJsonLine({ connections, dashboard });
  else printDemoReport(nights, connections, await countWaiting(stage.app));
  if (dashboard === null) return;
  if (!options.json) printAddresses(stage, dashboard);
  await untilStopped();
}

/** Effects that only a person lets happen, or only a person can tell about. */
async function countWaiting(app: App): Promise<number> {
  return (await readIntents(app.store.reader, { states: ['proposed', 'person'] })).length;
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
