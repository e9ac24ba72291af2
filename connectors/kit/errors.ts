import { PlatformError, type PlatformErrorCode } from '../../src/domain/index.ts';

/** A reply as it came from the wire, read to its end. */
export interface RawReply {
  status: number;
  headers: Headers;
  text: string;
}

/** What a platform's own error body says. `code` wins over what the status alone would mean. */
export interface VendorFault {
  code?: PlatformErrorCode | undefined;
  vendorCode?: string | undefined;
  message?: string | undefined;
}

/** Finds the platform's fault in a reply (of any status, 200 included); null when there is none. */
export type ReadFault = (reply: RawReply, json: unknown) => VendorFault | null;

/** 'read' may be repeated; a 'write' is sent once. */
export type CallKind = 'read' | 'write';

/** Node and undici error codes that arise before the request's first byte leaves. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'EPROTO',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'HOSTNAME_MISMATCH',
  'BAD_PORT',
]);

/** Removes every secret and every bearer credential from a text that a person or a log may see. */
export function redact(text: string, secrets: readonly string[] = []): string {
  const known = secrets.filter((secret) => secret.length > 3);
  const clean = known.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text);
  return clean.replace(/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 [secret]');
}

/**
 * Error for a request that got no reply. PLATFORM_UNREACHABLE (sent 'no') when no connection was made, otherwise
 * PLATFORM_CONNECTION_LOST with sent 'maybe'. The cause carries only the system's code, never the request.
 */
export function networkError(cause: unknown, what: string): PlatformError {
  const code = systemCode(cause);
  if (isBeforeSending(code)) {
    return new PlatformError('PLATFORM_UNREACHABLE', `${what}: no connection could be made (${code}).`, {
      sent: 'no',
      retryable: true,
      kind: 'network',
      cause: new Error(code),
    });
  }
  return new PlatformError('PLATFORM_CONNECTION_LOST', `${what}: the connection was lost (${code}).`, {
    sent: 'maybe',
    retryable: true,
    kind: 'network',
    cause: new Error(code),
  });
}

/** The same error for a call that waited for it in vain (a token that could not be had): nothing of the call left. */
export function beforeSending(error: PlatformError): PlatformError {
  const { status, vendorCode, retryAfterMs, retryable, kind, hint } = error;
  return new PlatformError(error.code as PlatformErrorCode, error.message, {
    sent: 'no',
    status,
    vendorCode,
    retryAfterMs,
    retryable,
    kind,
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** PLATFORM_TIMEOUT: the total deadline passed; whether bytes arrived is not known. */
export function timeoutError(what: string, deadlineMs: number): PlatformError {
  return new PlatformError('PLATFORM_TIMEOUT', `${what}: no whole reply within ${deadlineMs / 1000} s.`, {
    sent: 'maybe',
    retryable: true,
    kind: 'network',
  });
}

/** PLATFORM_BAD_REPLY: an answer came, but not one that can be trusted. */
export function badReply(what: string, why: string, status?: number): PlatformError {
  return new PlatformError('PLATFORM_BAD_REPLY', `${what}: the reply cannot be used: ${why}.`, {
    sent: 'maybe',
    retryable: true,
    status,
  });
}

/**
 * Error for a reply that is no success: by vendor code first, then by status, never by message text. A 4xx means
 * that the server did not do it (sent 'refused'); after a 5xx a write may have happened (sent 'maybe').
 */
export function replyError(
  what: string,
  reply: RawReply,
  fault: VendorFault | null,
  nowMs: number,
): PlatformError {
  const code = fault?.code ?? codeOfStatus(reply.status);
  const detail = fault?.message === undefined ? '' : ` ${fault.message.slice(0, 400)}`;
  return new PlatformError(code, `${what}: the platform answered ${reply.status}.${detail}`, {
    sent: wasRefused(reply.status, code) ? 'refused' : 'maybe',
    retryable: RETRYABLE.has(code),
    kind: code === 'PLATFORM_TOKEN_REJECTED' || code === 'PLATFORM_RECONNECT' ? 'auth' : 'platform',
    status: reply.status,
    vendorCode: fault?.vendorCode,
    retryAfterMs: retryAfterMs(reply.headers, nowMs),
  });
}

/** The Retry-After header (seconds, or an HTTP date set against the reply's own Date) in ms; undefined without it. */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000);
  // Every HTTP date begins with the day's name; Date.parse would also make one of "-5".
  const at = /^[a-z]/i.test(value) ? Date.parse(value) : NaN;
  if (Number.isNaN(at)) return undefined;
  return Math.max(0, at - (serverMs(headers) ?? nowMs));
}

/** The platform's clock when it answered (Date header), epoch ms; null when the header is missing or no date. */
export function serverMs(headers: Headers): number | null {
  const at = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(at) ? null : at;
}

const RETRYABLE = new Set<PlatformErrorCode>(['PLATFORM_RATE_LIMITED', 'PLATFORM_UNAVAILABLE']);

/** A server's clear no: 4xx, or a fault in a 200; never a redirect, nor a failure of its own. */
function wasRefused(status: number, code: PlatformErrorCode): boolean {
  if (status >= 500 || code === 'PLATFORM_UNAVAILABLE') return false;
  return status < 300 || status >= 400;
}

function codeOfStatus(status: number): PlatformErrorCode {
  if (status >= 500) return 'PLATFORM_UNAVAILABLE';
  if (status === 401) return 'PLATFORM_TOKEN_REJECTED';
  if (status === 403) return 'PLATFORM_FORBIDDEN';
  if (status === 404 || status === 410) return 'PLATFORM_NOT_FOUND';
  if (status === 429) return 'PLATFORM_RATE_LIMITED';
  return status >= 400 ? 'PLATFORM_REFUSED' : 'PLATFORM_BAD_REPLY';
}

/** The innermost system code of a failed fetch; of several attempts (IPv6, IPv4) the one that may have sent. */
function systemCode(cause: unknown): string {
  if (!(cause instanceof Error)) return 'UNKNOWN';
  if (cause instanceof AggregateError && cause.errors.length > 0) {
    const codes = cause.errors.map(systemCode);
    return codes.find((code) => !isBeforeSending(code)) ?? codes[0] ?? 'UNKNOWN';
  }
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  // Ports that the Fetch standard forbids are refused before connecting, by an error without a code.
  if (cause.message === 'bad port') return 'BAD_PORT';
  return cause.cause === undefined ? cause.name : systemCode(cause.cause);
}

function isBeforeSending(code: string): boolean {
  return NOT_SENT.has(code) || /^(CERT_|ERR_TLS_|ERR_SSL_)/.test(code);
}
