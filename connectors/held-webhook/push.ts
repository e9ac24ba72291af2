import { createHmac } from 'node:crypto';
import { PlatformError, type HeldPost, type PlatformErrorCode } from '../../src/domain/index.ts';
import type { ConnectorDeps } from '../kit/deps.ts';
import { retryAfterMs, type RawReply } from '../kit/errors.ts';
import { exchange } from '../kit/exchange.ts';
import type { HeldWebhookConfig } from './config.ts';

/** A receiver is to take the list and answer; what it does with it can wait. */
const DEADLINE_MS = 10_000;
/** What it answers is not read for anything. */
const REPLY_BYTES_MAX = 64 * 1024;
const WHAT = 'POST of the held list';

/**
 * The signature of a body at an instant: `t=<seconds>,v1=<hex of HMAC-SHA256(secret, t + '.' + body)>`. The time is
 * signed too, so that a receiver can refuse what was recorded and is played again.
 */
export function signatureOf(secret: string, body: string, nowMs: number): string {
  const t = Math.floor(nowMs / 1000);
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
}

/** Posts a list once. Throws PlatformError unless it is answered with 2xx; with `status` when it was answered at all. */
export async function postHeld(
  config: HeldWebhookConfig,
  post: HeldPost,
  deps: ConnectorDeps,
): Promise<void> {
  const { clock } = deps;
  const request = {
    method: 'POST' as const,
    url: config.url,
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': 'Holdfast',
      'Holdfast-Event': 'held-list',
      'Holdfast-Delivery': post.id,
      'Holdfast-Signature': signatureOf(config.secret, post.body, clock.nowMs()),
    },
    body: post.body,
  };
  const limits = { deadlineMs: DEADLINE_MS, maxBytes: REPLY_BYTES_MAX };
  const reply = await exchange(request, WHAT, limits, deps).catch((error: unknown) => {
    // It was taken: how the rest of the answer came is nobody's business.
    if (error instanceof PlatformError && isSuccess(error.status ?? 0)) return null;
    throw error;
  });
  if (reply !== null && !isSuccess(reply.status)) throw refused(reply, clock.nowMs());
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

function refused({ status, headers }: RawReply, nowMs: number): PlatformError {
  const code: PlatformErrorCode =
    status >= 500 ? 'PLATFORM_UNAVAILABLE' : status === 429 ? 'PLATFORM_RATE_LIMITED' : 'PLATFORM_REFUSED';
  return new PlatformError(code, `The receiver of the held list answered ${status}.`, {
    sent: 'refused',
    retryable: true,
    status,
    retryAfterMs: retryAfterMs(headers, nowMs),
  });
}
