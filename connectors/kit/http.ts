import { randomInt } from 'node:crypto';
import { CLOCK_SKEW_MAX_MS, HoldfastError, PlatformError } from '../../src/domain/index.ts';
import type { Clock, Log } from '../../src/lib/index.ts';
import { badReply, beforeSending, redact, replyError, serverMs } from './errors.ts';
import type { CallKind, RawReply, ReadFault } from './errors.ts';
import { exchange, type Transport, type WireRequest } from './exchange.ts';
import type { Limiter, Release, Remaining } from './limiter.ts';
import { PATIENCE_MS } from './call-counts.ts';

/** How often and how slowly a read is tried again. Writes are never tried again. */
export interface RetryPolicy {
  attempts: number;
  baseMs: number;
  capMs: number;
  /** A Retry-After above this is not waited for: the error goes to the caller with its retryAfterMs. */
  maxRetryAfterMs: number;
  /** Wait after a 429 that does not say how long. */
  rateLimitMs: number;
  /** From 0 to 1, for the jitter. */
  random: () => number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 4,
  baseMs: 500,
  capMs: 20_000,
  maxRetryAfterMs: PATIENCE_MS,
  rateLimitMs: 5_000,
  random: () => randomInt(1_000_000) / 1_000_000,
};

/**
 * What a call is for decides how much of the day it leaves to others: reading the books leaves most, an effect (and
 * what is read before it) leaves enough to find out afterwards what came of it, and finding out leaves nothing.
 */
export type CallPurpose = 'bulk' | 'effect' | 'settling';

export interface HttpRequest {
  method: WireRequest['method'];
  /** Below the API address, starting with '/'. */
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  headers?: Record<string, string>;
  body?: string;
  kind: CallKind;
  /** What it is for; without it a write is an 'effect' and a read is 'settling'. */
  purpose?: CallPurpose;
  /** 'json' refuses everything else in a success; 'none' ignores the body. */
  expect: 'json' | 'none';
}

export interface HttpReply {
  status: number;
  headers: Headers;
  json: unknown;
  /** The platform's clock when it answered, epoch ms: by the body, else the Date header; null when neither says. */
  serverMs: number | null;
}

export interface HttpOptions {
  /** The configured address; the token goes to its origin and nowhere else. */
  apiUrl: string;
  clock: Clock;
  log: Log;
  transport?: Transport | undefined;
  /** Most rows that the platform puts into one reply; 1000 unless given. */
  rowsPerReply?: number | undefined;
  limiter: Limiter;
  accessToken: (forceRefresh?: boolean) => Promise<string>;
  readFault: ReadFault;
  headers: Record<string, string>;
  /** Ids that must not appear in messages and logs (realm, tenant). */
  secrets: string[];
  retry?: Partial<RetryPolicy>;
  /** The time that a body tells: the clock that stamps rows, where a Date header may be some proxy's. */
  bodyMs?: (json: unknown) => number | null;
  /** What a reply's headers say is left of the limits. */
  remaining?: (headers: Headers) => Remaining;
  /** Why a call must never be made, whoever asks for it; null = it may. */
  forbid?: (request: HttpRequest) => string | null;
  signal?: AbortSignal | undefined;
}

/** Calls of the day that each purpose leaves to those after it. */
export const DAY_RESERVE: Readonly<Record<CallPurpose, number>> = { bulk: 50, effect: 10, settling: 0 };
/** Bulk reads have longer. */
const DEADLINE_MS: Readonly<Record<CallPurpose, number>> = {
  bulk: 110_000,
  effect: 30_000,
  settling: 30_000,
};
const ROWS_PER_REPLY = 1000;
const MAX_BYTES = 64 * 1024 * 1024;

/** One company's way to its platform: every call passes here. */
export class Http {
  readonly #options: HttpOptions;
  readonly #retry: RetryPolicy;
  readonly #origin: string;
  #calls = 0;
  #lastServerMs: number | null = null;
  #clockSkewMs: number | null = null;
  #toldOfSkew = false;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#retry = { ...DEFAULT_RETRY, ...options.retry };
    this.#origin = new URL(options.apiUrl).origin;
  }

  /** Rows to ask for at once, and a full page's number of rows. Both platforms serve a thousand at most. */
  get rowsPerReply(): number {
    return this.#options.rowsPerReply ?? ROWS_PER_REPLY;
  }

  /** Calls made so far, refused ones included. */
  get calls(): number {
    return this.#calls;
  }

  /** The platform's clock as the last good reply showed it, epoch ms; null when none did. */
  get lastServerMs(): number | null {
    return this.#lastServerMs;
  }

  /** How far the platform's clock is ahead of ours by the last good reply, ms; null when none told its time. */
  get clockSkewMs(): number | null {
    return this.#clockSkewMs;
  }

  /** Calls that today still allows for reading the books; null = no limit known. */
  async callsLeftToday(): Promise<number | null> {
    return this.#options.limiter.dayLeft(this.#nowMs(), DAY_RESERVE.bulk);
  }

  /**
   * Performs a call. Throws PlatformError with `sent`. A 401 leads to one forced refresh and one more try (the
   * server refused, so a write may go again); reads are repeated by the policy, writes never.
   */
  async send(request: HttpRequest): Promise<HttpReply> {
    const url = this.#url(request);
    this.#refuseForbidden(request);
    const what = this.#describe(request, url);
    let refreshed = false;
    for (let attempt = 1; ;) {
      try {
        return await this.#once(request, url, what, refreshed);
      } catch (error) {
        if (!(error instanceof PlatformError)) throw error;
        if (error.code === 'PLATFORM_TOKEN_REJECTED' && !refreshed) {
          refreshed = true;
          continue;
        }
        await this.#rest(error);
        if (!this.#mayRepeat(request, error, attempt)) throw error;
        await this.#pause(error, attempt);
        attempt += 1;
      }
    }
  }

  async #once(request: HttpRequest, url: URL, what: string, refreshed: boolean): Promise<HttpReply> {
    const { clock, limiter, signal, remaining } = this.#options;
    const token = await this.#token(refreshed);
    const purpose = request.purpose ?? (request.kind === 'write' ? 'effect' : 'settling');
    const limits = { deadlineMs: DEADLINE_MS[purpose], maxBytes: MAX_BYTES };
    const release = await limiter.acquire(clock, signal, DAY_RESERVE[purpose], limits.deadlineMs);
    this.#calls += 1;
    let left: Remaining | undefined;
    const sentMs = clock.nowMs();
    try {
      const reply = await exchange(this.#wire(request, url, token), what, limits, this.#options, signal);
      left = remaining?.(reply.headers);
      const accepted = this.#accept(request, reply, what, token);
      this.#compareClocks(accepted.serverMs, sentMs);
      return accepted;
    } finally {
      await this.#giveBack(release, left);
    }
  }

  /** The platform answered at some instant of the call: only outside of it are the clocks apart for certain. */
  #compareClocks(serverMs: number | null, sentMs: number): void {
    if (serverMs === null) return;
    const { log } = this.#options;
    this.#clockSkewMs = Math.min(0, serverMs - sentMs) || Math.max(0, serverMs - this.#nowMs());
    if (this.#toldOfSkew || Math.abs(this.#clockSkewMs) <= CLOCK_SKEW_MAX_MS) return;
    this.#toldOfSkew = true;
    log.warn({ skewMs: this.#clockSkewMs }, "this machine's clock is not the platform's: set it right");
  }

  /** What came of the call stands whatever happens here; a place that is not given back becomes free by itself. */
  async #giveBack(release: Release, left: Remaining | undefined): Promise<void> {
    await release(left).catch((error: unknown) => {
      const { log } = this.#options;
      log.warn({ fault: error instanceof HoldfastError ? error.code : 'unknown' }, 'call not counted');
    });
  }

  async #token(forceRefresh: boolean): Promise<string> {
    try {
      return await this.#options.accessToken(forceRefresh);
    } catch (error) {
      throw error instanceof PlatformError ? beforeSending(error) : error;
    }
  }

  #wire(request: HttpRequest, url: URL, token: string): WireRequest {
    return {
      method: request.method,
      url: url.href,
      headers: {
        Accept: 'application/json',
        'Accept-Encoding': 'gzip, deflate',
        ...this.#options.headers,
        ...request.headers,
        Authorization: `Bearer ${token}`,
      },
      body: request.body,
    };
  }

  #accept(request: HttpRequest, reply: RawReply, what: string, token: string): HttpReply {
    const parsed = parseJson(reply);
    const fault = this.#options.readFault(reply, parsed.json);
    const success = reply.status >= 200 && reply.status < 300;
    if (!success || fault !== null) {
      const error = replyError(what, reply, clean(fault, [token, ...this.#options.secrets]), this.#nowMs());
      this.#options.log.debug({ what, status: reply.status, fault: error.code }, 'platform call refused');
      throw error;
    }
    if (request.expect === 'json' && parsed.problem !== null)
      throw badReply(what, parsed.problem, reply.status);
    const at = this.#options.bodyMs?.(parsed.json) ?? serverMs(reply.headers);
    this.#lastServerMs = at ?? this.#lastServerMs;
    return { status: reply.status, headers: reply.headers, json: parsed.json, serverMs: at };
  }

  #mayRepeat(request: HttpRequest, error: PlatformError, attempt: number): boolean {
    if (request.kind === 'write' || !error.retryable || attempt >= this.#retry.attempts) return false;
    if (error.code === 'PLATFORM_DAY_LIMIT') return false;
    return (error.retryAfterMs ?? 0) <= this.#retry.maxRetryAfterMs;
  }

  /** After a 429 no other call of this company starts either, in no process. */
  async #rest(error: PlatformError): Promise<void> {
    const { limiter } = this.#options;
    // What the limiter itself refused is known to it.
    if (error.sent === 'no') return;
    if (error.code === 'PLATFORM_DAY_LIMIT') await limiter.endDay(error.retryAfterMs ?? null, this.#nowMs());
    if (error.code === 'PLATFORM_RATE_LIMITED')
      await limiter.pause(error.retryAfterMs ?? this.#retry.rateLimitMs, this.#nowMs());
  }

  async #pause(error: PlatformError, attempt: number): Promise<void> {
    const { baseMs, capMs, rateLimitMs, random } = this.#retry;
    const floor = error.code === 'PLATFORM_RATE_LIMITED' ? rateLimitMs : baseMs * 2 ** (attempt - 1);
    const backoff = Math.min(Math.max(capMs, rateLimitMs), floor) * (0.5 + random() / 2);
    const waitMs = error.retryAfterMs === undefined ? backoff : error.retryAfterMs + random() * baseMs;
    this.#options.log.debug({ fault: error.code, attempt, waitMs }, 'platform call will be repeated');
    await this.#options.clock.sleep(Math.ceil(waitMs), this.#options.signal);
  }

  #url(request: HttpRequest): URL {
    const url = new URL(this.#options.apiUrl.replace(/\/+$/, '') + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    if (url.origin !== this.#origin) {
      throw new HoldfastError('ADDRESS_NOT_ALLOWED', 'A call would leave the configured address.', {
        kind: 'internal',
      });
    }
    return url;
  }

  #refuseForbidden(request: HttpRequest): void {
    const why = this.#options.forbid?.(request) ?? null;
    if (why !== null) throw new HoldfastError('CALL_FORBIDDEN', why, { kind: 'internal' });
  }

  #describe(request: HttpRequest, url: URL): string {
    return redact(`${request.method} ${url.pathname}`, this.#options.secrets);
  }

  #nowMs(): number {
    return this.#options.clock.nowMs();
  }
}

/**
 * How far the platform's clock is ahead of ours, ms; 0 within what a Date header in whole seconds can tell. Stamps of
 * the platform are compared with instants of ours by it.
 */
export function skewMs(reply: HttpReply, nowMs: number): number {
  if (reply.serverMs === null) return 0;
  const skew = reply.serverMs + 500 - nowMs;
  return Math.abs(skew) < 2_000 ? 0 : skew;
}

function clean(fault: ReturnType<ReadFault>, secrets: string[]): ReturnType<ReadFault> {
  if (fault?.message === undefined) return fault;
  return { ...fault, message: redact(fault.message, secrets) };
}

/** The body as JSON, or why it is none. Checked strictly: a maintenance page must never look like "no rows". */
function parseJson(reply: RawReply): { json: unknown; problem: string | null } {
  if (reply.text === '') return { json: null, problem: 'it is empty' };
  const type = reply.headers.get('content-type') ?? '';
  if (!/\bjson\b/i.test(type)) return { json: null, problem: `it is "${type.slice(0, 60)}", not JSON` };
  try {
    return { json: parse(reply.text), problem: null };
  } catch {
    return { json: null, problem: 'its JSON is broken' };
  }
}

/** Half a character can come as an escape only, and no database or mail can hold it: it becomes U+FFFD. */
function parse(text: string): unknown {
  if (!mayHoldHalf(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  );
}

/** To look for fixed texts takes a tenth of the time that the pattern takes on a page without any escape of the kind. */
const mayHoldHalf = (text: string): boolean =>
  (text.includes('\\ud') || text.includes('\\uD')) && /\\u[dD][89a-fA-F]/.test(text);
