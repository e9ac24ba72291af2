import { createHmac, timingSafeEqual } from 'node:crypto';
import type { z } from 'zod';
import { PlatformError } from '../../src/domain/index.ts';

/**
 * Whether `signature` is base64 of HMAC-SHA256 over these very bytes with `key`, as Xero and Intuit sign theirs. What
 * was claimed and what is right are compared by digests of one length, so the time tells nothing of either.
 */
export function isSignedWith(key: string, body: Uint8Array, signature: string | undefined): boolean {
  const right = createHmac('sha256', key).update(body).digest('base64');
  const digest = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  return timingSafeEqual(digest(right), digest(signature ?? ''));
}

/** A notice's JSON. Throws PLATFORM_BAD_REPLY, whose message repeats nothing of the body. */
export function parseNotice(platform: string, body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw badNotice(platform, 'it is not JSON');
  }
}

/** A part of a notice as the schema's type. Throws PLATFORM_BAD_REPLY naming the first field that does not fit. */
export function checkNotice<Schema extends z.ZodType>(
  platform: string,
  schema: Schema,
  part: unknown,
): z.output<Schema> {
  const result = schema.safeParse(part);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw badNotice(platform, `${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? ''}`);
}

/** When something happened, epoch ms; UTC where no zone is named, null when there is no time or it is none. */
export function noticeMs(text: string | null | undefined): number | null {
  if (text === null || text === undefined) return null;
  const at = Date.parse(/(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
  return Number.isNaN(at) ? null : at;
}

function badNotice(platform: string, why: string): PlatformError {
  const message = `A notice (webhook) of ${platform} was signed rightly but cannot be used: ${why}.`;
  return new PlatformError('PLATFORM_BAD_REPLY', message, { sent: 'no' });
}
