import { json, jsonBody } from './http.ts';
import type { EmulatorRequest, Reply, Route } from './http.ts';
import type { Subscription, Webhooks } from './webhooks.ts';

/** What a test, over HTTP or IPC, may ask of one platform's webhooks. */
export interface WebhookOrder {
  subscribe?: Subscription;
  unsubscribe?: boolean;
  /** Asks the receiver for its intent to receive. */
  intent?: boolean;
  /** Sends what is due now. */
  tick?: boolean;
  /** Sends a delivery's bytes once more. */
  replay?: number;
}

/** Carries an order out, its parts in the order of their declaration, and returns how things stand then. */
export async function orderWebhooks(
  webhooks: Webhooks,
  platform: string,
  order: WebhookOrder,
): Promise<unknown> {
  if (order.subscribe) webhooks.subscribe(platform, order.subscribe);
  if (order.unsubscribe === true) webhooks.unsubscribe(platform);
  const intent = order.intent === true ? { intent: await webhooks.askIntent(platform) } : {};
  if (order.tick === true) await webhooks.tick();
  if (order.replay !== undefined) await webhooks.replay(order.replay);
  return { ...webhooks.list(), ...intent };
}

/** `/_emulator/webhooks` of one platform's server: GET lists, POST takes an order. */
export function webhookRoutes(webhooks: Webhooks, platform: string): Route[] {
  const pattern = '/_emulator/webhooks';
  return [
    { method: 'GET', pattern, handler: () => json(200, webhooks.list()) },
    { method: 'POST', pattern, handler: (request) => order(webhooks, platform, request) },
  ];
}

async function order(webhooks: Webhooks, platform: string, request: EmulatorRequest): Promise<Reply> {
  try {
    return json(200, await orderWebhooks(webhooks, platform, jsonBody(request) ?? {}));
  } catch (error) {
    return json(400, { error: error instanceof Error ? error.message : String(error) });
  }
}
