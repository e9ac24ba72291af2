import { z } from 'zod';
import { HoldfastError } from '../../src/domain/index.ts';
import { isLoopback } from '../kit/address.ts';

const SECRET_CHARS_MIN = 16;

const isProtected = (url: string): boolean => url.startsWith('https:') || isLoopback(url);
const isWithoutLogin = (url: string): boolean => {
  const parsed = URL.parse(url);
  return parsed?.username === '' && parsed.password === '';
};

/** The environment variables of the webhook that goes out. */
export const heldWebhookEnvironment = z.object({
  HOLDFAST_HELD_WEBHOOK_URL: z
    .union([
      z.literal(''),
      z
        .url({ protocol: /^https?$/ })
        .refine(isProtected, 'must be https, except on this machine')
        .refine(isWithoutLogin, 'must not hold a user name or password: what is sent is signed'),
    ])
    .default('')
    .describe('Where the list of held customers is posted whenever it changes; empty = nowhere'),
  HOLDFAST_HELD_WEBHOOK_SECRET: z
    .union([
      z.literal(''),
      z.string().min(SECRET_CHARS_MIN, `must be at least ${SECRET_CHARS_MIN} characters`).max(500),
    ])
    .default('')
    .describe('Signs what is posted there; known to Holdfast and the receiver alone'),
});

export type HeldWebhookEnvironment = z.output<typeof heldWebhookEnvironment>;

export interface HeldWebhookConfig {
  url: string;
  secret: string;
}

/** The webhook's configuration; null without an address. Throws CONFIG_INVALID for an address without a secret. */
export function heldWebhookConfig(env: HeldWebhookEnvironment): HeldWebhookConfig | null {
  const { HOLDFAST_HELD_WEBHOOK_URL: url, HOLDFAST_HELD_WEBHOOK_SECRET: secret } = env;
  if (url === '') return null;
  if (secret !== '') return { url, secret };
  throw new HoldfastError(
    'CONFIG_INVALID',
    'The configuration cannot be used:\n  HOLDFAST_HELD_WEBHOOK_SECRET: is missing, and nothing is posted unsigned',
    { kind: 'config', hint: `Set it to ${SECRET_CHARS_MIN} random characters or more.` },
  );
}
