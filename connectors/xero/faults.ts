import type { PlatformErrorCode } from '../../src/domain/index.ts';
import type { RawReply, VendorFault } from '../kit/errors.ts';
import type { LimiterRules, Remaining } from '../kit/call-counts.ts';
import type { XeroConfig } from './config.ts';

/** Per organisation and app: 5 calls at once, 60 a minute, 5,000 a day (1,000 on the Starter tier, as headers tell). */
export function xeroLimits(config: Pick<XeroConfig, 'callsPerMinute' | 'callsPerDay'>): LimiterRules {
  return { perSecond: null, perMinute: config.callsPerMinute, perDay: config.callsPerDay, concurrent: 5 };
}

/** What Xero's reply headers say is left for this organisation. */
export function remaining(headers: Headers): Remaining {
  return {
    minute: count(headers.get('x-minlimit-remaining')),
    day: count(headers.get('x-daylimit-remaining')),
  };
}

/** Xero's clock as its envelope tells it ('/Date(1552326816230)/'), epoch ms; null without it. */
export function bodyMs(json: unknown): number | null {
  const text = field(json, 'DateTimeUTC');
  const match = typeof text === 'string' ? /^\/Date\((\d{1,15})/.exec(text) : null;
  return match === null ? null : Number(match[1]);
}

/**
 * Xero's faults: ValidationException (400, its useful text in Elements), 401 and 403 with a Detail that tells an
 * expired token from a missing scope, 429 with X-Rate-Limit-Problem. A 200 that carries an ErrorNumber is one too.
 */
export function readFault(reply: RawReply, json: unknown): VendorFault | null {
  if (reply.status < 300 && typeof field(json, 'ErrorNumber') !== 'number') return null;
  const number = field(json, 'ErrorNumber');
  return {
    code: codeOf(reply, json),
    vendorCode: typeof number === 'number' ? String(number) : (text(field(json, 'Type')) ?? undefined),
    message: messageOf(json),
  };
}

function codeOf(reply: RawReply, json: unknown): PlatformErrorCode | undefined {
  if (reply.status < 300) return 'PLATFORM_REFUSED';
  if (reply.status === 429 && /day/i.test(reply.headers.get('x-rate-limit-problem') ?? '')) {
    return 'PLATFORM_DAY_LIMIT';
  }
  // A refresh cannot add a scope: this 401 needs a new consent.
  const detail = text(field(json, 'Detail')) ?? '';
  return reply.status === 401 && /AuthorizationUnsuccessful/i.test(detail) ? 'PLATFORM_FORBIDDEN' : undefined;
}

function messageOf(json: unknown): string | undefined {
  const elements = field(json, 'Elements');
  const validation = (Array.isArray(elements) ? elements : [])
    .flatMap((element: unknown) => {
      const errors = field(element, 'ValidationErrors');
      return Array.isArray(errors) ? errors.map((error: unknown) => text(field(error, 'Message'))) : [];
    })
    .filter((message) => message !== null);
  if (validation.length > 0) return validation.join(' ');
  return text(field(json, 'Detail')) ?? text(field(json, 'Message')) ?? undefined;
}

function count(value: string | null): number | null {
  return value !== null && /^\d+$/.test(value) ? Number(value) : null;
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
