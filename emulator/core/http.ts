import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { application } from './application.ts';
import { dripped } from './drip.ts';
import type { ApplicationOptions, EmulatorRequest, PlatformServer, Reply } from './wire.ts';

export type {
  ApplicationOptions,
  EmulatorRequest,
  Handler,
  Layer,
  PlatformServer,
  Reply,
  Route,
} from './wire.ts';

/** A server that is listening on loopback. `close` also ends keep-alive and half-sent connections. */
export interface ListeningServer {
  url: string;
  close(): Promise<void>;
}

export interface ListenOptions extends ApplicationOptions {
  /** 0 lets the system choose. */
  port: number;
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
  const answer = application(platform, options);
  const server = createServer((incoming, response) => void exchange(incoming, response, answer));
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
