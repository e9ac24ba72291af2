import { application } from './core/application.ts';
import type { Application } from './core/application.ts';
import { controlRoutes, quirkRoutes } from './core/control.ts';
import type { World } from './core/control.ts';
import { listen } from './core/http.ts';
import type { ListeningServer, PlatformServer, Route } from './core/http.ts';
import { handle, inProcessUrls } from './core/in-process.ts';
import { webhookRoutes } from './core/webhook-control.ts';
import type { Webhooks } from './core/webhooks.ts';
import type { Addresses } from './environment.ts';
import { startMailServers } from './mail/index.ts';
import type { EmulatorOptions, ServerName } from './options.ts';
import type { QuickBooksServer } from './quickbooks/server.ts';
import type { XeroServer } from './xero/index.ts';

/** What is to be served. */
export interface Parts {
  world: World;
  webhooks: Webhooks;
  xero: XeroServer;
  quickbooks: QuickBooksServer;
}

/** Servers that are up, or platforms that are reached without any. */
export interface Servers extends Addresses {
  /** Calls a platform in this process; see RunningEmulator. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** The same for the emulator's addresses, the real thing for others: what a browser of the user has. */
  browse: typeof fetch;
  close(): Promise<void>;
}

interface Served {
  url: string;
  answer: Application;
  server?: ListeningServer;
}

/** Starts the servers that are wanted; none, with the same platforms behind `fetch`, when all is in process. */
export async function startServers(parts: Parts, options: EmulatorOptions): Promise<Servers> {
  const wanted = (name: ServerName): boolean => options.servers?.includes(name) ?? true;
  const control = controlRoutes(parts.world);
  const { xero, quickbooks, world, webhooks } = parts;
  const { ports = {}, inProcess = false } = options;
  const serve = (platform: Platform, port: number | undefined, url: string): Promise<Served> =>
    serveOne(parts, platform, inProcess ? { url } : { port: port ?? 0 });
  const up = [
    wanted('xero') ? await serve(xero, ports.xero, inProcessUrls.xeroUrl) : undefined,
    wanted('quickbooks') ? await serve(quickbooks, ports.quickbooks, inProcessUrls.quickbooksUrl) : undefined,
  ];
  const mail =
    wanted('mail') && !inProcess ? await startMailServers({ ...world, ports, control }) : undefined;
  const [xeroUrl = '', quickbooksUrl = ''] = up.map((one) => one?.url ?? '');
  webhooks.serveAt('xero', xeroUrl);
  webhooks.serveAt('quickbooks', quickbooksUrl);
  const served = up.filter((one) => one !== undefined);
  return {
    xeroUrl,
    quickbooksUrl,
    smtpUrl: mail?.smtpUrl ?? '',
    inboxUrl: mail?.inboxUrl ?? '',
    fetch: (input, init) => call(served, new Request(input, init), options),
    browse: (input, init) => {
      const request = new Request(input, init);
      return inProcess && find(served, request) ? call(served, request, options) : fetch(input, init);
    },
    close: async () => {
      await Promise.all([...served.map((one) => one.server?.close()), mail?.close()]);
    },
  };
}

type Platform = PlatformServer & { quirks?: object; options?: object };

/** Puts faults outside a platform and control routes beside it, and opens a port for it if one is wanted. */
async function serveOne(
  { world, webhooks }: Parts,
  platform: Platform,
  at: { port: number } | { url: string },
): Promise<Served> {
  const layers = [world.faults.layer(platform.name), ...platform.layers];
  const control: Route[] = [
    ...controlRoutes(world),
    ...quirkRoutes(platform.quirks ?? platform.options ?? {}),
    ...webhookRoutes(webhooks, platform.name),
  ];
  const whole = { ...platform, layers };
  const options = { control, clock: world.clock };
  const answer = application(whole, options);
  if ('url' in at) return { url: at.url, answer };
  const server = await listen(whole, { ...options, port: at.port });
  return { url: server.url, answer, server };
}

function find(served: Served[], request: Request): Served | undefined {
  return served.find((one) => one.url === new URL(request.url).origin);
}

async function call(served: Served[], request: Request, { sleep }: EmulatorOptions): Promise<Response> {
  const one = find(served, request);
  if (!one) throw new TypeError('fetch failed', { cause: new Error(`nobody is at ${request.url}`) });
  return handle(one.answer, request, sleep);
}
