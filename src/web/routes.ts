import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express';
import type { App } from '../app.ts';
import { redirectUri } from '../config.ts';
import { beginConnect, completeConnect } from '../connect.ts';
import { HoldfastError, type ConnectionId, type PlatformName } from '../domain/index.ts';
import { readConnections } from '../mirror/index.ts';
import { connectFailedPage, connectedPage, leavePage } from './connect-pages.ts';
import { connectionPage } from './connection-page.ts';
import { readConnectionView, readConnectionViews, type ViewSource } from './connection-view.ts';
import { errorPage } from './error-page.ts';
import { readHealth } from './health.ts';
import { overviewPage } from './overview-page.ts';
import { readNotices } from './notices.ts';
import { BodyRoom } from './read-body.ts';
import { onlyFromOurPages, onlyMethods, onlyOnThisMachine } from './security.ts';
import { pathTo, sendPage } from './send-page.ts';
import { takeWebhooks } from './webhook-routes.ts';

const ASSETS = fileURLToPath(new URL('./assets/', import.meta.url));
const PACKAGE = fileURLToPath(new URL('../../package.json', import.meta.url));

export interface RouteOptions {
  /** Told when a consent was completed here, e.g. to the command line that asked for it. */
  onConnected?(platform: PlatformName, ids: ConnectionId[]): void;
  /** Told when an answer of the platform led to nothing. */
  onConnectFailed?(platform: PlatformName, error: unknown): void;
  /** Told, after the answer, that a webhook came that was not there yet. */
  onNotice?(platform: PlatformName): void;
}

/** What the server itself wants to know besides. */
export interface InnerOptions extends RouteOptions {
  /** A callback was answered, and the browser is on its way to the page after it. */
  onCallback(): void;
  /** Where pages find what they show of connections. */
  views: ViewSource;
  /** What answers programs. */
  api: Router;
}

/** Every address that the web door answers. */
export function routes(app: App, options: InnerOptions): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  const reading = onlyMethods('GET', 'HEAD');
  router.use(
    '/assets',
    reading,
    express.static(ASSETS, { index: false, redirect: false, cacheControl: false }),
  );
  router.use('/api/v1', options.api);
  router.get('/connected', (req, res) =>
    sendPage(res, 200, connectedPage(platformOf(req.query['platform']), Number(req.query['companies']) || 0)),
  );
  router.get('/connect-failed', (req, res) =>
    sendPage(res, 200, connectFailedPage(typeof req.query['code'] === 'string' ? req.query['code'] : '')),
  );
  // A HEAD here would use the state up and show nobody what came of it.
  router.all('/connect/:platform/callback', onlyMethods('GET'), (req, res) =>
    takeCallback(app, options, req, res),
  );
  router.all(
    '/webhooks/:platform',
    takeWebhooks(app, new BodyRoom(), (platform) => options.onNotice?.(platform)),
  );
  addLocalRoutes(router, app, options.views);
  return router;
}

/** What needs somebody in front of this machine. */
function addLocalRoutes(router: Router, app: App, views: ViewSource): void {
  const reading = onlyMethods('GET', 'HEAD');
  const here = onlyOnThisMachine();
  const version = readVersion();
  router.all('/', here, reading, async (_req, res) =>
    sendPage(res, 200, overviewPage(await readConnectionViews(views), await readNotices(app))),
  );
  router.all('/health', here, reading, async (_req, res) => void res.json(await readHealth(app, version)));
  router.all('/connections/:id', here, reading, (req, res) => showConnection(views, req, res));
  router.all('/connect/:platform', here, onlyMethods('POST'), onlyFromOurPages(), (req, res) =>
    leave(app, req, res),
  );
}

/** Answers what no route took. */
export const notFound = (_req: Request, res: Response): void => sendPage(res, 404, errorPage(404));

/** The last resort: a page in plain words; what happened goes to the log. */
export function onError(app: App): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    if (res.headersSent) return next(error);
    const status = statusOf(error);
    if (status >= 500) logFailure(app, 'a page could not be made', error);
    sendPage(res, status, errorPage(status));
  };
}

async function showConnection(views: ViewSource, req: Request, res: Response): Promise<void> {
  const { app } = views;
  const connections = await readConnections(app.store.reader);
  const connection = connections.find((one) => one.id === req.params['id']);
  if (connection === undefined) return sendPage(res, 404, errorPage(404));
  const page = Math.max(1, Math.trunc(Number(req.query['page'])) || 1);
  sendPage(res, 200, connectionPage(await readConnectionView(views, connection), app.clock.nowMs(), page));
}

async function leave(app: App, req: Request, res: Response): Promise<void> {
  const platform = platformOf(req.params['platform']);
  if (platform === null) return sendPage(res, 404, errorPage(404));
  try {
    sendPage(res, 200, leavePage(platform, await beginConnect(app, platform)));
  } catch (error) {
    failConnect(app, res, error);
  }
}

/** Answers with a redirect whatever happens: the address that was called holds a code and must not stay visible. */
async function takeCallback(app: App, options: InnerOptions, req: Request, res: Response): Promise<void> {
  const platform = platformOf(req.params['platform']);
  if (platform === null) return sendPage(res, 404, errorPage(404));
  options.onCallback();
  const { search } = new URL(req.originalUrl, 'http://localhost');
  try {
    const ids = await completeConnect(app, platform, redirectUri(app.config, platform) + search);
    options.onConnected?.(platform, ids);
    redirect(res, `/connected?platform=${platform}&companies=${ids.length}`);
  } catch (error) {
    options.onConnectFailed?.(platform, error);
    failConnect(app, res, error);
  }
}

function failConnect(app: App, res: Response, error: unknown): void {
  logFailure(app, 'connecting failed', error);
  redirect(res, `/connect-failed?code=${error instanceof HoldfastError ? error.code : 'UNEXPECTED'}`);
}

/** 302 without a body: a page at this address would keep it in the browser's history. */
const redirect = (res: Response, path: string): void =>
  void res.status(302).set('Location', pathTo(res, path)).end();

const platformOf = (text: unknown): PlatformName | null =>
  text === 'xero' || text === 'quickbooks' ? text : null;

function statusOf(error: unknown): number {
  const status: unknown = error instanceof Error && 'status' in error ? error.status : 500;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}

/** Only what an error says of itself: its causes may carry requests, and requests carry secrets. */
function logFailure(app: App, what: string, error: unknown): void {
  const errorCode = error instanceof HoldfastError ? error.code : 'UNEXPECTED';
  app.log.error({ errorCode, message: error instanceof Error ? error.message : String(error) }, what);
}

function readVersion(): string {
  return (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version;
}
