/** What went wrong in general; decides the exit code and whether a caller may try again. */
export type ErrorKind = 'usage' | 'config' | 'auth' | 'network' | 'platform' | 'data' | 'state' | 'internal';

export interface ErrorDetails {
  kind?: ErrorKind;
  /** True when the same call may succeed later without anybody changing anything. */
  retryable?: boolean;
  cause?: unknown;
  /** What a person should do, one sentence; shown after the message. */
  hint?: string;
}

/** Every error that Holdfast raises on purpose: a stable SCREAMING_SNAKE code and a message for people. */
export class HoldfastError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly retryable: boolean;
  readonly hint: string | undefined;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.kind = details.kind ?? 'usage';
    this.retryable = details.retryable ?? false;
    this.hint = details.hint;
  }
}

/**
 * Raised by connectors only. `sent` says whether a byte of the request may have reached the platform: an effect
 * that failed with sent 'no' may be tried again; with 'maybe' its outcome is unknown until read back.
 */
export class PlatformError extends HoldfastError {
  readonly sent: 'no' | 'maybe' | 'refused';
  readonly status: number | undefined;
  readonly vendorCode: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    code: PlatformErrorCode,
    message: string,
    details: ErrorDetails & {
      sent: 'no' | 'maybe' | 'refused';
      status?: number | undefined;
      vendorCode?: string | undefined;
      retryAfterMs?: number | undefined;
    },
  ) {
    super(code, message, { kind: 'platform', ...details });
    this.sent = details.sent;
    this.status = details.status;
    this.vendorCode = details.vendorCode;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** Stable codes of PlatformError; classified by status and vendor code, never by message text. */
export type PlatformErrorCode =
  | 'PLATFORM_UNREACHABLE' // no connection could be made: nothing was sent
  | 'PLATFORM_TIMEOUT'
  | 'PLATFORM_CONNECTION_LOST' // bytes may have left
  | 'PLATFORM_BAD_REPLY' // not JSON, cut, wrong shape, a fault with status 200
  | 'PLATFORM_UNAVAILABLE' // 5xx
  | 'PLATFORM_RATE_LIMITED' // 429; retryAfterMs when the platform said so
  | 'PLATFORM_DAY_LIMIT' // 429 for the day: fails fast
  | 'PLATFORM_TOKEN_REJECTED' // 401: refresh once, then reconnect
  | 'PLATFORM_FORBIDDEN' // 403 or company not connected: needs a person
  | 'PLATFORM_REFUSED' // 400: this call will never work as it is
  | 'PLATFORM_STALE' // QuickBooks 5010
  | 'PLATFORM_NOT_FOUND'
  | 'PLATFORM_RECONNECT'; // invalid_grant: consent is gone
