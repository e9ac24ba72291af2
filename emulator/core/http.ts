import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorldClock } from './clock.ts';

/** One request as handlers see it: the body has been read whole, `params` holds the route's `:names`. */
export interface EmulatorRequest {
  readonly method: string;
  /** Decoded path without the query. */
  readonly path: string;
  /** Path with the query, as it came. */
  readonly url: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Address under which the client called, e.g. 'http://127.0.0.1:4010'. */
  readonly origin: string;
  params: Record<string, string>;
  /** Runs once when the reply has left or its socket has died; limiters count requests in flight with it. */
  onSent(callback: () => void): void;
}

/** What is sent back. `body` may be a prebuilt string: large pages are never re-encoded. */
export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Destroys the socket after this many bytes of the body. */
  cutAtByte?: number;
  /** Destroys the socket before the first byte of the reply. */
  reset?: boolean;
  /** Sends the body this slowly. */
  dripBytesPerSecond?: number;
}

export type Handler = (request: EmulatorRequest) => Reply | Promise<Reply>;

/** `pattern` is a path with `:name` segments, compared without regard to case. */
export interface Route {
  method: string;
  pattern: string;
  handler: Handler;
}

/** Wraps every route of a server: authentication, rate limits, faults. Calls `next` or answers by itself. */
export type Layer = (request: EmulatorRequest, next: () => Promise<Reply>) => Promise<Reply>;

/** One emulated platform, ready to be served on a port. `layers` run outermost first. */
export interface PlatformServer {
  name: string;
  routes: Route[];
  layers: Layer[];
  /** Answers what no route matches; a plain 404 without it. */
  notFound?: Handler;
}

/** A server that is listening on loopback. `close` also ends keep-alive and half-sent connections. */
export interface ListeningServer {
  url: string;
  close(): Promise<void>;
}

export interface ListenOptions {
  /** 0 lets the system choose. */
  port: number;
  /** Routes outside the layers, so that no fault or limit hits them (`/_emulator/*`). */
  control?: Route[];
  /** Source of the Date header; the machine's clock without it. */
  clock?: WorldClock;
}

const bodyLimitBytes = 20 * 1024 * 1024;

/** A JSON reply; `body` may already be JSON text. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body: text };
}

/** A text reply; HTML with `type` 'text/html'. */
export function text(status: number, body: string, type = 'text/plain'): Reply {
  return { status, headers: { 'content-type': `${type}; charset=utf-8` }, body };
}

/** A 302 to another address. */
export function redirect(location: string): Reply {
  return { status: 302, headers: { location, 'cache-control': 'no-store' } };
}

/** The body as parsed JSON; undefined when it is empty or not JSON. */
export function jsonBody(request: EmulatorRequest): unknown {
  try {
    return JSON.parse(request.body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** The body as form fields. */
export function formBody(request: EmulatorRequest): URLSearchParams {
  return new URLSearchParams(request.body.toString('utf8'));
}

/** One header's value, the first when it was repeated. */
export function header(request: EmulatorRequest, name: string): string | undefined {
  const value = request.headers[name.toLowerCase()];
  return Array.isArray(value) ? value[0] : value;
}

/** Serves one platform on 127.0.0.1. */
export async function listen(platform: PlatformServer, options: ListenOptions): Promise<ListeningServer> {
  const control = router(options.control ?? []);
  const routes = router(platform.routes);
  const last = platform.notFound ?? (() => text(404, 'Not found'));
  const answer = async (request: EmulatorRequest): Promise<Reply> => {
    const own = control(request);
    if (own) return own(request);
    const route = async (): Promise<Reply> => (routes(request) ?? last)(request);
    return chain(platform.layers, request, route);
  };
  const { clock } = options;
  const dated = async (request: EmulatorRequest): Promise<Reply> => {
    const reply = await answer(request);
    if (!clock) return reply;
    return { ...reply, headers: { date: new Date(clock.nowMs()).toUTCString(), ...reply.headers } };
  };
  const server = createServer((incoming, response) => void exchange(incoming, response, dated));
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${String(port)}`, close: () => closeServer(server) };
}

function closeServer(server: ReturnType<typeof createServer>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function chain(layers: Layer[], request: EmulatorRequest, last: () => Promise<Reply>): Promise<Reply> {
  const run = (index: number): Promise<Reply> => {
    const layer = layers[index];
    return layer ? layer(request, () => run(index + 1)) : last();
  };
  return run(0);
}

async function exchange(
  incoming: IncomingMessage,
  response: ServerResponse,
  answer: (request: EmulatorRequest) => Promise<Reply>,
): Promise<void> {
  try {
    const request = await readRequest(incoming, response);
    await write(response, await answer(request));
  } catch (error) {
    if (response.headersSent) return void response.destroy();
    await write(response, text(500, error instanceof Error ? (error.stack ?? error.message) : String(error)));
  }
}

async function readRequest(incoming: IncomingMessage, response: ServerResponse): Promise<EmulatorRequest> {
  const url = incoming.url ?? '/';
  const origin = `http://${incoming.headers.host ?? '127.0.0.1'}`;
  const parsed = new URL(url, origin);
  return {
    method: incoming.method ?? 'GET',
    path: decodeURIComponent(parsed.pathname),
    url,
    query: parsed.searchParams,
    headers: incoming.headers,
    body: await readBody(incoming),
    origin,
    params: {},
    onSent: (callback) => void response.once('close', callback),
  };
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimitBytes) throw new Error('request body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function write(response: ServerResponse, reply: Reply): Promise<void> {
  const body = reply.body ?? '';
  const bodiless = reply.status === 204 || reply.status === 304;
  // Without a body the headers are the whole answer: to lose it nothing must be sent.
  if (reply.reset === true || (bodiless && reply.cutAtByte !== undefined)) return void response.destroy();
  response.writeHead(reply.status, {
    ...(bodiless ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    ...reply.headers,
  });
  const { cutAtByte, dripBytesPerSecond } = reply;
  if (bodiless || (cutAtByte === undefined && dripBytesPerSecond === undefined))
    return void response.end(bodiless ? undefined : body);
  response.flushHeaders();
  const part = Buffer.from(body).subarray(0, cutAtByte);
  for await (const chunk of dripped(part, dripBytesPerSecond)) {
    if (response.destroyed) return;
    response.write(chunk);
  }
  if (cutAtByte === undefined) return void response.end();
  // Gives the kernel a moment to take what was written: destroy() drops what still waits.
  await sleep(20, undefined, { ref: false });
  response.destroy();
}

const dripEveryMs = 50;

/** A body in the pieces in which it leaves, each after its time; in one piece when no speed is given. */
async function* dripped(body: Buffer, bytesPerSecond = Infinity): AsyncGenerator<Buffer> {
  if (body.length === 0) return;
  if (bytesPerSecond === Infinity) return yield body;
  const size = Math.max(1, Math.round((bytesPerSecond * dripEveryMs) / 1000));
  for (let at = 0; at < body.length; at += size) {
    await sleep((size / bytesPerSecond) * 1000, undefined, { ref: false });
    yield body.subarray(at, at + size);
  }
}

type Finder = (request: EmulatorRequest) => Handler | undefined;

/** Finds the route of a request by method and path, and fills its params. */
function router(routes: Route[]): Finder {
  const compiled = routes.map((route) => ({ ...route, ...compile(route.pattern) }));
  return (request) => {
    for (const route of compiled) {
      if (route.method !== request.method) continue;
      const match = route.regex.exec(request.path);
      if (!match) continue;
      request.params = Object.fromEntries(route.names.map((name, index) => [name, match[index + 1] ?? '']));
      return route.handler;
    }
    return undefined;
  };
}

function compile(pattern: string): { regex: RegExp; names: string[] } {
  const names: string[] = [];
  const source = pattern
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/:(\w+)/g, (_whole, name: string) => (names.push(name), '([^/]+)'));
  return { regex: new RegExp(`^${source}/?$`, 'i'), names };
}
