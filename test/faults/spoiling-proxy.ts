import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import type { FaultWorld } from './fault-world.ts';

/** How the bytes of an answer leave, whatever they are. */
export interface Delivery {
  /** 'length': Content-Length says how many there are; 'chunked': nothing does. */
  framing: 'length' | 'chunked';
  gzip?: boolean;
  /** The connection dies after so many bytes of what is sent. */
  cutAtByte?: number;
  /** Changes the answer's bytes before they are packed. */
  change?: (body: Buffer) => Buffer;
  contentType?: string;
  /** The body arrives so slowly. */
  bytesPerSecond?: number;
}

export interface SpoilingProxy {
  /** Answers whose path and query match are delivered like this, so often; then as they are. */
  deliver(pattern: RegExp, delivery: Delivery, times?: number): void;
  /** How many answers were spoiled so far. */
  spoiled(): number;
}

/**
 * A real server between the product and the emulator, for what can happen to bytes on the way only. The world must
 * have been made with http: true.
 */
export async function startSpoilingProxy(world: FaultWorld): Promise<SpoilingProxy> {
  const state: { pattern: RegExp; delivery: Delivery | null; left: number; spoiled: number } = {
    pattern: /^/,
    delivery: null,
    left: 0,
    spoiled: 0,
  };
  const origin = world.name === 'xero' ? world.emulator.xeroUrl : world.emulator.quickbooksUrl;
  const server = createServer((request, response) => {
    void forward(request, origin).then(async ({ reply, body }) => {
      const path = decodeURIComponent((request.url ?? '').replaceAll('+', ' '));
      if (state.delivery === null || state.left === 0 || !state.pattern.test(path)) {
        response.writeHead(reply.status, plainHeaders(reply)).end(body);
        return;
      }
      state.left -= 1;
      state.spoiled += 1;
      await send(response, reply, body, state.delivery);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  world.wire = async (request, next) => {
    const url = request.url.replace(origin, `http://127.0.0.1:${port}`);
    const body = request.method === 'GET' ? null : await request.text();
    const { method, headers, signal } = request;
    return next(new Request(url, { method, headers, body, signal, redirect: 'manual' }));
  };
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    deliver: (pattern, delivery, times = Infinity) =>
      Object.assign(state, { pattern, delivery, left: times }),
    spoiled: () => state.spoiled,
  };
}

async function forward(request: IncomingMessage, origin: string): Promise<{ reply: Response; body: Buffer }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
  const reply = await fetch(origin + (request.url ?? ''), {
    method: request.method ?? 'GET',
    headers: headers as Record<string, string>,
    redirect: 'manual',
    ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
  });
  return { reply, body: Buffer.from(await reply.arrayBuffer()) };
}

function plainHeaders(reply: Response): Record<string, string> {
  const kept = [...reply.headers].filter(
    ([name]) => !/^(content-length|content-encoding|transfer-encoding|connection)$/.test(name),
  );
  return Object.fromEntries(kept);
}

const known = new WeakMap<Buffer, Buffer>();

/** Packed once, however often it is asked for: a body of 200 MB takes a while. */
function gzipped(body: Buffer): Buffer {
  const packed = known.get(body) ?? gzipSync(body);
  known.set(body, packed);
  return packed;
}

async function send(
  response: ServerResponse,
  reply: Response,
  body: Buffer,
  delivery: Delivery,
): Promise<void> {
  const changed = delivery.change?.(body) ?? body;
  const bytes = delivery.gzip === true ? gzipped(changed) : changed;
  response.writeHead(reply.status, {
    ...plainHeaders(reply),
    ...(delivery.contentType === undefined ? {} : { 'content-type': delivery.contentType }),
    ...(delivery.gzip === true ? { 'content-encoding': 'gzip' } : {}),
    ...(delivery.framing === 'length'
      ? { 'content-length': bytes.length }
      : { 'transfer-encoding': 'chunked' }),
  });
  if (delivery.bytesPerSecond !== undefined) return drip(response, bytes, delivery.bytesPerSecond);
  if (delivery.cutAtByte === undefined) {
    response.end(bytes);
    return;
  }
  response.write(bytes.subarray(0, delivery.cutAtByte), () => response.socket?.destroy());
}

async function drip(response: ServerResponse, bytes: Buffer, perSecond: number): Promise<void> {
  for (const byte of bytes) {
    if (response.destroyed) return;
    response.write(Buffer.from([byte]));
    await new Promise((resolve) => setTimeout(resolve, 1000 / perSecond).unref());
  }
  response.end();
}
