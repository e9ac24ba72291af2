import type { PlatformErrorCode } from '../../src/domain/index.ts';
import type { RawReply, VendorFault } from '../kit/errors.ts';
import type { LimiterRules } from '../kit/call-counts.ts';
import type { QuickBooksConfig } from './config.ts';

/** Per company and app: 10 requests a second, 10 at once, 500 a minute; no day limit. One a second is left spare. */
export function quickbooksLimits(
  config: Pick<QuickBooksConfig, 'callsPerSecond' | 'callsPerMinute'>,
): LimiterRules {
  return { perSecond: config.callsPerSecond, perMinute: config.callsPerMinute, perDay: null, concurrent: 10 };
}

/** After a 429 Intuit asks for a minute's rest, mostly without a Retry-After. */
export const RATE_LIMIT_REST_MS = 60_000;

/** Intuit's codes that say more than the status. Others go by the status alone. */
const CODES: Readonly<Record<string, PlatformErrorCode>> = {
  5010: 'PLATFORM_STALE',
  610: 'PLATFORM_NOT_FOUND',
  3200: 'PLATFORM_TOKEN_REJECTED',
  3100: 'PLATFORM_FORBIDDEN',
  120: 'PLATFORM_FORBIDDEN',
  6190: 'PLATFORM_FORBIDDEN',
  3001: 'PLATFORM_RATE_LIMITED',
  10000: 'PLATFORM_UNAVAILABLE',
};

/** QuickBooks' clock as a reply's `time` tells it, epoch ms; null without it. */
export function bodyMs(json: unknown): number | null {
  const time = field(json, 'time');
  const ms = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}

interface Found {
  code: string | null;
  message: string | null;
}

/**
 * Intuit's faults in their four shapes: {Fault:{Error:[…]}}, the gateway's lower-case one, XML although JSON was
 * asked for, and a Fault under status 200.
 */
export function readFault(reply: RawReply, json: unknown): VendorFault | null {
  const found = fromJson(json) ?? (reply.status >= 300 ? fromXml(reply.text) : null);
  if (found === null) return reply.status < 300 ? null : { message: undefined };
  const vendorCode = found.code?.replace(/^0+(?=\d)/, '');
  const code = vendorCode === undefined ? undefined : CODES[vendorCode];
  return {
    code: code ?? (reply.status < 300 ? 'PLATFORM_REFUSED' : undefined),
    vendorCode,
    message: found.message ?? undefined,
  };
}

function fromJson(json: unknown): Found | null {
  const fault = field(json, 'Fault') ?? field(json, 'fault');
  if (fault === undefined) return null;
  const errors = field(fault, 'Error') ?? field(fault, 'error');
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const code = field(first, 'code');
  const parts = [
    field(first, 'Message') ?? field(first, 'message'),
    field(first, 'Detail') ?? field(first, 'detail'),
  ];
  return {
    code: typeof code === 'string' || typeof code === 'number' ? String(code) : null,
    message: parts.filter((part) => typeof part === 'string').join(' '),
  };
}

function fromXml(text: string): Found | null {
  if (!/<Fault\b/.test(text)) return null;
  return {
    code: /<Error\b[^>]*\bcode="(\d+)"/.exec(text)?.[1] ?? null,
    message: /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? null,
  };
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
