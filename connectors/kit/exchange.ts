import { HoldfastError } from '../../src/domain/index.ts';
import type { Clock } from '../../src/lib/index.ts';
import { badReply, networkError, timeoutError, type RawReply } from './errors.ts';

/** One request as it goes onto the wire. */
export interface WireRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: string;
  headers: Record<string, string>;
  body?: string | undefined;
}

/** Carries a request: Node's fetch, or in tests a platform that lives in this process. Follows no redirect. */
export type Transport = (request: Request) => Promise<Response>;

/** The real one. */
export const networkTransport: Transport = (request) => fetch(request);

export interface ExchangeLimits {
  /** From the first byte of the connection to the last of the body, ms. */
  deadlineMs: number;
  /** Of the decoded body. */
  maxBytes: number;
}

/**
 * Sends one request and reads its reply whole, under one total deadline, following no redirect. Throws PlatformError
 * with `sent` ('no' only when no connection was made); a body that breaks off is PLATFORM_BAD_REPLY. `what` names
 * the call in messages and must hold no secret.
 */
export async function exchange(
  request: WireRequest,
  what: string,
  limits: ExchangeLimits,
  { clock, transport = networkTransport }: { clock: Clock; transport?: Transport | undefined },
  signal?: AbortSignal,
): Promise<RawReply> {
  const deadline = clock.deadline(limits.deadlineMs);
  const stop = signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
  const because = (otherwise: Error): Error => {
    if (signal?.aborted === true) return cancelled(what);
    return deadline.aborted ? timeoutError(what, limits.deadlineMs) : otherwise;
  };
  const response = await transport(build(request, what, stop)).catch((cause: unknown) => {
    throw because(networkError(cause, what));
  });
  const text = await readBody(response, what, limits.maxBytes).catch((cause: unknown) => {
    if (response.status >= 400) return '';
    throw because(cause instanceof HoldfastError ? cause : badReply(what, 'it broke off', response.status));
  });
  return { status: response.status, headers: response.headers, text };
}

/** Fails before anything is sent; the cause is left out because it may quote a header, and so a token. */
function build(request: WireRequest, what: string, signal: AbortSignal): Request {
  try {
    return new Request(request.url, {
      method: request.method,
      headers: request.headers,
      redirect: 'manual',
      signal,
      ...(request.body === undefined ? {} : { body: request.body }),
    });
  } catch {
    throw new HoldfastError('BAD_REQUEST', `${what}: the request could not be put together.`, {
      kind: 'internal',
    });
  }
}

async function readBody(response: Response, what: string, maxBytes: number): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body: AsyncIterable<Uint8Array> = response.body;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw badReply(what, `it is larger than ${maxBytes} bytes`, response.status);
    chunks.push(chunk);
  }
  return decode(chunks, what, response.status);
}

function decode(chunks: Uint8Array[], what: string, status: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw badReply(what, 'it is not UTF-8', status);
  }
}

function cancelled(what: string): HoldfastError {
  return new HoldfastError('CANCELLED', `${what}: stopped on request.`, { kind: 'state', retryable: true });
}
