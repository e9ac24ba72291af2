import { createHash } from 'node:crypto';
import type { HeldWebhook } from '../../src/domain/index.ts';
import type { ConnectorDeps } from '../kit/deps.ts';
import type { HeldWebhookConfig } from './config.ts';
import { postHeld } from './push.ts';

export { heldWebhookConfig, heldWebhookEnvironment, type HeldWebhookConfig } from './config.ts';

/** The owner's own receiver of the held list (a shop, an order system). */
export function createHeldWebhook(config: HeldWebhookConfig, deps: ConnectorDeps): HeldWebhook {
  return {
    address: new URL(config.url).origin,
    receiver: createHash('sha256').update(config.url).digest('hex').slice(0, 16),
    post: (post) => postHeld(config, post, deps),
  };
}
