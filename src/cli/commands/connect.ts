import { Argument, type Command } from 'commander';
import type { App } from '../../app.ts';
import { redirectUri } from '../../config.ts';
import { beginConnect, connectClientCredentials } from '../../connect.ts';
import { HoldfastError, type PlatformName } from '../../domain/index.ts';
import { readConnection, readConnections, readPublishedRun } from '../../mirror/index.ts';
import type { RunningWeb } from '../../web/index.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { forecastText } from '../forecast.ts';
import { openBrowser } from '../open-browser.ts';
import { openWeb } from '../open-web.ts';
import { printJsonLine, printLine, remark } from '../print.ts';
import { describeConnection, printConnections } from './connections.ts';

/** As long as an authorization address lives. */
const WAIT_MS = 600_000;
const LOOK_EVERY_MS = 500;

interface ConnectOptions extends CommonOptions {
  printUrl?: boolean;
  clientCredentials?: boolean;
}

export function connectCommand(): Command {
  return command('connect', 'authorise a company of yours')
    .addArgument(new Argument('<platform>', 'where its books are').choices(['xero', 'quickbooks']))
    .option('--print-url', 'only print the address to open, for another browser')
    .option('--client-credentials', 'a Xero custom connection: no browser is needed')
    .action(async (platform: PlatformName, options: ConnectOptions) =>
      withApp((app) => connect(app, platform, options)),
    );
}

async function connect(app: App, platform: PlatformName, options: ConnectOptions): Promise<void> {
  const ids = options.clientCredentials
    ? await connectClientCredentials(app, platform)
    : await connectByConsent(app, platform, options);
  const elements = [];
  for (const id of ids)
    elements.push(await describeConnection(app, await readConnection(app.store.reader, id)));
  if (options.json) return printJsonLine({ event: 'connected', platform, connections: elements });
  printConnections(elements);
  for (const id of ids) await foretell(app, id);
  printLine(
    `\nIt proposes only. Next: holdfast sync ${ids.join(' ')}, then holdfast limits import FILE --connection ${ids[0] ?? 'ID'}`,
  );
}

/** What the first sync of a new company will cost; a platform that will not say is no reason to complain here. */
async function foretell(app: App, id: string): Promise<void> {
  const { reader } = app.store;
  const connection = await readConnection(reader, id);
  if ((await readPublishedRun(reader, connection.id)) !== null) return;
  try {
    const forecast = await (await app.openSession(connection)).forecast();
    printLine(`\nFirst sync of ${connection.name}: ${forecastText(forecast)}`);
  } catch (error) {
    app.log.debug({ connection: id, error }, 'the first sync could not be foretold');
  }
}

/** Sends the user to the platform and waits until its answer has been taken, here or by a running `serve`. */
async function connectByConsent(
  app: App,
  platform: PlatformName,
  options: ConnectOptions,
): Promise<string[]> {
  app.connector(platform);
  const before = await consents(app, platform);
  const answer: Answer = { refusal: null };
  const web = await takeCallbacks(app, answer);
  try {
    const url = await beginConnect(app, platform);
    await showAddress(app, platform, url, options);
    return await waitForConsent(app, platform, before, answer);
  } finally {
    await web?.close();
  }
}

/** What the platform answered to us; null while nothing came, or somebody else's answer. */
interface Answer {
  refusal: Error | null;
}

/** Opens the web door for the answer; null when a running `serve` (or another program) has the port. */
async function takeCallbacks(app: App, answer: Answer): Promise<RunningWeb | null> {
  try {
    return await openWeb(app, {
      onConnectFailed: (_platform, error) => {
        const isOurs = !(error instanceof HoldfastError) || error.code !== 'STATE_UNKNOWN';
        if (isOurs && error instanceof Error) answer.refusal = error;
      },
    });
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'PORT_IN_USE') throw error;
    remark(
      `Port ${app.config.port} is in use. When that is a running \`holdfast serve\`, it takes the platform's answer.`,
    );
    return null;
  }
}

async function showAddress(
  app: App,
  platform: PlatformName,
  url: string,
  options: ConnectOptions,
): Promise<void> {
  if (options.json)
    printJsonLine({ event: 'authorize', platform, url, redirectUri: redirectUri(app.config, platform) });
  else printLine(url);
  const opened = options.printUrl !== true && (await openBrowser(url));
  remark(
    opened
      ? 'Your browser should show it now; allow the access there.'
      : 'Open this address in a browser and allow the access there.',
  );
}

/** Which consent each connection of a platform rests on: a new or renewed one shows as a change. */
async function consents(app: App, platform: PlatformName): Promise<Map<string, number | null>> {
  const all = await readConnections(app.store.reader);
  return new Map(all.filter((one) => one.platform === platform).map((one) => [one.id, one.tokenSetId]));
}

async function waitForConsent(
  app: App,
  platform: PlatformName,
  before: Map<string, number | null>,
  answer: Answer,
): Promise<string[]> {
  const { clock } = app;
  const giveUpAt = clock.monotonicMs() + WAIT_MS;
  while (clock.monotonicMs() < giveUpAt) {
    const now = await consents(app, platform);
    const changed = [...now].filter(([id, tokens]) => tokens !== null && before.get(id) !== tokens);
    if (changed.length > 0) return changed.map(([id]) => id);
    if (answer.refusal !== null) throw answer.refusal;
    await clock.sleep(LOOK_EVERY_MS);
  }
  throw new HoldfastError('CONSENT_MISSING', 'Nobody allowed the access within ten minutes.', {
    kind: 'auth',
    hint: 'Start again. If the platform complained about the redirect address, `holdfast doctor` names the one to register.',
  });
}
