import type { IncomingHttpHeaders } from 'node:http';
import type { Application } from './application.ts';
import { realSleep } from './clock.ts';
import type { Sleep } from './clock.ts';
import { dripped } from './drip.ts';
import type { EmulatorRequest, Reply } from './wire.ts';

/** Addresses of platforms that are not on any port. Loopback, and on ports that no real fetch would call. */
export const inProcessUrls = { xeroUrl: 'http://127.0.0.1:1', quickbooksUrl: 'http://127.0.0.1:2' };

/**
 * Carries one request to a platform without a socket. What happens to a socket happens to the reply's body: it ends in
 * an error where it is cut, and comes in pieces where it drips. Redirects are not followed. Rejects as fetch does: with
 * a TypeError when the connection dies before the reply, with the signal's reason when the caller gives up; the
 * platform has then done its work all the same.
 */
export async function handle(
  answer: Application,
  request: Request,
  sleep: Sleep = realSleep,
): Promise<Response> {
  request.signal.throwIfAborted();
  const sent: (() => void)[] = [];
  const done = (): void => sent.splice(0).forEach((callback) => callback());
  const answered = readRequest(request, (callback) => void sent.push(callback)).then(answer, failed);
  answered.then(undefined, done);
  const reply = await unlessAborted(answered.catch(failed), request.signal).catch((error: unknown) => {
    // Whoever gives up closes the connection: the call is under way no longer.
    done();
    throw error;
  });
  return toResponse(reply, { done, sleep, signal: request.signal });
}

function failed(error: unknown): Reply {
  const body = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { status: 500, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

async function readRequest(request: Request, onSent: EmulatorRequest['onSent']): Promise<EmulatorRequest> {
  const parsed = new URL(request.url);
  const headers: IncomingHttpHeaders = { host: parsed.host, ...Object.fromEntries(request.headers) };
  return {
    method: request.method,
    path: decodeURIComponent(parsed.pathname),
    url: parsed.pathname + parsed.search,
    query: parsed.searchParams,
    headers,
    body: Buffer.from(await request.arrayBuffer()),
    origin: parsed.origin,
    params: {},
    onSent,
  };
}

interface Sending {
  done: () => void;
  sleep: Sleep;
  signal: AbortSignal;
}

function toResponse(reply: Reply, sending: Sending): Response {
  const { status, headers, cutAtByte } = reply;
  const bodiless = status === 204 || status === 304;
  const whole = Buffer.from(reply.body ?? '');
  if (reply.reset === true || (bodiless && cutAtByte !== undefined)) {
    sending.done();
    throw died('fetch failed');
  }
  const length = bodiless ? {} : { 'content-length': String(whole.length) };
  const init = { status, headers: { ...length, ...headers } };
  if (!bodiless && (cutAtByte !== undefined || reply.dripBytesPerSecond !== undefined))
    return new Response(spoiledBody(whole, reply, sending), init);
  sending.done();
  return new Response(bodiless ? null : whole, init);
}

/** A body that drips, or ends in an error, or both. */
function spoiledBody(whole: Buffer, reply: Reply, { done, sleep, signal }: Sending): ReadableStream {
  const { cutAtByte, dripBytesPerSecond } = reply;
  const pieces = dripped(whole.subarray(0, cutAtByte), dripBytesPerSecond, sleep);
  return new ReadableStream({
    async pull(controller) {
      const next = await pieces.next();
      if (signal.aborted) controller.error(signal.reason);
      else if (next.done !== true) return controller.enqueue(new Uint8Array(next.value));
      else if (cutAtByte === undefined) controller.close();
      else controller.error(died('terminated'));
      done();
    },
    cancel: done,
  });
}

function died(message: string): TypeError {
  return new TypeError(message, {
    cause: Object.assign(new Error('other side closed'), { code: 'ECONNRESET' }),
  });
}
