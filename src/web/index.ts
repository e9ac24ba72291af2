import { createServer, type Server } from 'node:http';
import express from 'express';
import type { App } from '../app.ts';
import { HoldfastError, type ConnectionId } from '../domain/index.ts';
import { Api } from './api-routes.ts';
import { BooksKeeper } from './books-keeper.ts';
import type { LiveSync } from './connection-view.ts';
import { notFound, onError, routes, type InnerOptions, type RouteOptions } from './routes.ts';
import { onlyKnownHosts, onlyMethods, securityHeaders } from './security.ts';

export type { LiveSync } from './connection-view.ts';
export type { Health, HealthRun } from './health.ts';

export interface WebOptions extends RouteOptions {
  /** Default: the configured one. It must be the one in HOLDFAST_BASE_URL, or consents do not come back. */
  port?: number;
  /** How far a sync that this program does is; null for one that it does not. */
  liveOf?: (id: ConnectionId) => LiveSync | null;
}

/** What is being answered has so long to come to its end when the door is closed. */
const CLOSE_WITHIN_MS = 6_000;

/** A browser that a callback sent on still comes for the page and its style, also when `connect` is done by then. */
const LANDING_MS = 1500;

/** The web door while it is open. */
export interface RunningWeb {
  /** Where a browser on this machine finds it. */
  url: string;
  port: number;
  /** Takes no more requests and waits for those under way. */
  close(): Promise<void>;
}

/** Opens the web door on loopback. Throws PORT_IN_USE. */
export async function startWeb(app: App, options: WebOptions = {}): Promise<RunningWeb> {
  const inFlight = new InFlight();
  let landsUntilMs = 0;
  const onCallback = (): void => {
    landsUntilMs = app.clock.monotonicMs() + LANDING_MS;
  };
  const keeper = new BooksKeeper(app);
  const api = new Api(app);
  const views = { app, keeper, liveOf: options.liveOf ?? (() => null) };
  const server = createServer(
    createHandler(app, { ...options, onCallback, views, api: api.router }, inFlight),
  );
  // Slow clients must not hold sockets for minutes.
  server.headersTimeout = 15_000;
  server.requestTimeout = 30_000;
  const port = await listen(server, options.port ?? app.config.port);
  return {
    url: `http://localhost:${port}`,
    port,
    close: async () => {
      await app.clock.sleep(Math.max(0, landsUntilMs - app.clock.monotonicMs()));
      const closed = new Promise((resolve) => server.close(resolve));
      await inFlight.settled(app.clock.deadline(CLOSE_WITHIN_MS));
      // What is left are connections that browsers keep open for later, and clients that take no end of time.
      server.closeAllConnections();
      await closed;
      await keeper.close();
      await api.close();
    },
  };
}

function createHandler(app: App, options: InnerOptions, inFlight: InFlight): express.Express {
  const handler = express();
  handler.disable('x-powered-by').disable('etag').set('query parser', 'simple').set('trust proxy', false);
  handler.use(
    inFlight.count,
    ...securityHeaders(),
    onlyKnownHosts(app.config),
    onlyMethods('GET', 'HEAD', 'POST'),
  );
  const router = routes(app, options);
  // A proxy may or may not take its own prefix off before it passes a request on.
  const prefix = new URL(app.config.baseUrl).pathname.replace(/\/+$/, '');
  if (prefix !== '') handler.use(prefix, router);
  handler.use(router, notFound, onError(app));
  return handler;
}

/** Requests that are being answered. */
class InFlight {
  #count = 0;
  #onIdle: (() => void)[] = [];

  readonly count: express.RequestHandler = (_req, res, next) => {
    this.#count += 1;
    res.once('close', () => {
      this.#count -= 1;
      if (this.#count === 0) this.#onIdle.splice(0).forEach((resolve) => resolve());
    });
    next();
  };

  /** Resolves when the last one is answered, or when the time is up. */
  settled(deadline: AbortSignal): Promise<void> {
    if (this.#count === 0 || deadline.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle.push(resolve);
      deadline.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, port)));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function cannotListen(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === 'EADDRINUSE') {
    return new HoldfastError('PORT_IN_USE', `Port ${port} is in use by another program.`, {
      kind: 'config',
      cause: error,
      hint: 'Is `holdfast serve` running already? Else set HOLDFAST_PORT to another port, and register the new redirect address.',
    });
  }
  if (error.code === 'EACCES') {
    return new HoldfastError('PORT_FORBIDDEN', `This user may not listen on port ${port}.`, {
      kind: 'config',
      cause: error,
      hint: 'Set HOLDFAST_PORT to a port above 1023.',
    });
  }
  return error;
}
