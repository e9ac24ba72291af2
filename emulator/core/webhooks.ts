import { createHmac } from 'node:crypto';
import type { WorldClock } from './clock.ts';
import type { RowChange, WorldState } from './state.ts';
import { attempt, checkLoopback } from './webhook-send.ts';
import type { Attempt, Send } from './webhook-send.ts';

export type { Attempt, Send } from './webhook-send.ts';

/** Where a platform's events go; all but the address are the platform's own choices. */
export interface Subscription {
  /** Loopback addresses only. */
  url: string;
  /** Signs the events; the platform's default, which is in the emulator's environment, unless given. */
  key?: string;
  /** Intuit's form: a CloudEvents array (default), or the older eventNotifications. */
  format?: 'cloudevents' | 'notifications';
  /** Whether events are held back until the intent to receive was shown (Xero); true unless told otherwise. */
  intentRequired?: boolean;
}

/** What a platform does its own way. */
export interface WebhookPlatform {
  name: string;
  signatureHeader: string;
  defaultKey: string;
  /** How long the receiver may take. */
  timeoutMs: number;
  /** World time from failure number n (from 1) to the next attempt; null when it gives up. */
  retryAfterMs(failures: number): number | null;
  /** The event of a change, or undefined when the platform sends none. */
  eventOf(change: RowChange, at: { nowMs: number; origin: string }): object | undefined;
  bodyOf(events: object[], firstSequence: number, subscription: Subscription): string;
  /** Signs of life before events flow: bodies with good and bad signatures; none where it is not asked for. */
  asksIntent: boolean;
}

/** One request to a receiver, with every attempt at it. */
export interface Delivery {
  id: number;
  platform: string;
  kind: 'events' | 'intent-good' | 'intent-bad';
  url: string;
  /** Exactly the bytes that are signed and sent. */
  body: string;
  signature: string;
  attempts: Attempt[];
  state: 'waiting' | 'delivered' | 'given up';
  /** World time of the next attempt; null when there is none. */
  nextMs: number | null;
}

interface Channel {
  platform: WebhookPlatform;
  subscription: Subscription;
  key: string;
  open: boolean;
  disabled: boolean;
  pending: object[];
  sequence: number;
}

/** How a platform's subscription stands. */
export interface ChannelStatus {
  platform: string;
  url: string;
  status: 'intent required' | 'open' | 'disabled';
  pending: number;
}

const eventsPerRequest = 100;

/**
 * Webhooks of all platforms: off until somebody subscribes, to loopback only, kept in memory. Nothing is sent before
 * `tick`, which sends what is due by the world's clock; the emulator as a server ticks by itself.
 */
export class Webhooks {
  readonly deliveries: Delivery[] = [];
  readonly #state: WorldState;
  readonly #clock: WorldClock;
  readonly #platforms: WebhookPlatform[];
  readonly #send: Send;
  readonly #channels = new Map<string, Channel>();
  /** Address of each platform's API, as it stands in events. */
  readonly #origins: Record<string, string> = {};
  #ticking: Promise<Delivery[]> | undefined;

  constructor(
    world: { state: WorldState; clock: WorldClock },
    platforms: WebhookPlatform[],
    send: Send = fetch,
  ) {
    this.#state = world.state;
    this.#clock = world.clock;
    this.#platforms = platforms;
    this.#send = send;
  }

  /** Says under which address a platform is called. */
  serveAt(platform: string, origin: string): void {
    this.#origins[platform] = origin;
  }

  /** Starts sending a platform's events, or sends them elsewhere. Throws unless the address is loopback. */
  subscribe(name: string, subscription: Subscription): ChannelStatus {
    const platform = this.#platforms.find((one) => one.name === name);
    if (!platform) throw new Error(`${name} has no webhooks`);
    checkLoopback(subscription.url);
    const open = !(platform.asksIntent && (subscription.intentRequired ?? true));
    const key = subscription.key ?? platform.defaultKey;
    const channel: Channel = { platform, subscription, key, open, disabled: false, pending: [], sequence: 0 };
    this.#channels.set(name, channel);
    this.#state.watch((change) => this.#note(change));
    return statusOf(channel);
  }

  /** Ends a platform's events, waiting ones included. */
  unsubscribe(name: string): void {
    this.#channels.delete(name);
    if (this.#channels.size === 0) this.#state.watch(undefined);
    for (const one of this.deliveries)
      if (one.platform === name && one.state === 'waiting')
        Object.assign(one, { state: 'given up', nextMs: null });
  }

  list(): { channels: ChannelStatus[]; deliveries: Delivery[] } {
    return { channels: [...this.#channels.values()].map(statusOf), deliveries: this.deliveries };
  }

  /**
   * Asks for the intent to receive: a body without events four times, once signed rightly (to be answered 200 with
   * nothing in it) and thrice wrongly (401). Events flow when all four were answered so. Returns whether they do.
   */
  async askIntent(name: string): Promise<boolean> {
    const channel = this.#need(name);
    let shown = true;
    for (const key of ['wrong', channel.key, 'wrong too', '']) {
      const good = key === channel.key;
      const body = channel.platform.bodyOf([], 0, channel.subscription);
      const delivery = this.#delivery(channel, good ? 'intent-good' : 'intent-bad', body, key);
      const { status, replyBytes } = await this.#attempt(channel, delivery);
      const right = good ? status === 200 && replyBytes === 0 : status === 401;
      Object.assign(delivery, { state: right ? 'delivered' : 'given up', nextMs: null });
      shown &&= right;
    }
    Object.assign(channel, { open: shown, disabled: false });
    return shown;
  }

  /** Sends everything that is due now. Returns what was attempted. */
  tick(): Promise<Delivery[]> {
    this.#ticking ??= this.#sendDue().finally(() => (this.#ticking = undefined));
    return this.#ticking;
  }

  /** Sends the very same bytes once more, as platforms do when they are in doubt. */
  async replay(id: number): Promise<Delivery> {
    const delivery = this.deliveries.find((one) => one.id === id);
    if (!delivery) throw new Error(`no delivery ${String(id)}`);
    await this.#attempt(this.#need(delivery.platform), delivery);
    return delivery;
  }

  #note(change: RowChange): void {
    for (const channel of this.#channels.values()) {
      const { platform, pending } = channel;
      const at = { nowMs: Math.floor(this.#clock.nowMs()), origin: this.#origins[platform.name] ?? '' };
      const event = platform.eventOf(change, at);
      if (event && !channel.disabled) pending.push(event);
    }
  }

  async #sendDue(): Promise<Delivery[]> {
    const attempted: Delivery[] = [];
    for (const channel of this.#channels.values()) {
      if (!channel.open || channel.disabled) continue;
      while (channel.pending.length > 0) this.#pack(channel);
      for (const delivery of this.#due(channel)) {
        attempted.push(delivery);
        const { status } = await this.#attempt(channel, delivery);
        if (status === 200) Object.assign(delivery, { state: 'delivered', nextMs: null });
        else this.#later(channel, delivery);
      }
    }
    return attempted;
  }

  #due({ platform }: Channel): Delivery[] {
    const nowMs = this.#clock.nowMs();
    return this.deliveries.filter(
      (one) => one.platform === platform.name && one.nextMs !== null && one.nextMs <= nowMs,
    );
  }

  #pack(channel: Channel): void {
    const events = channel.pending.splice(0, eventsPerRequest);
    const body = channel.platform.bodyOf(events, channel.sequence + 1, channel.subscription);
    channel.sequence += events.length;
    this.#delivery(channel, 'events', body, channel.key);
  }

  #delivery(channel: Channel, kind: Delivery['kind'], body: string, key: string): Delivery {
    const delivery: Delivery = {
      id: this.deliveries.length + 1,
      platform: channel.platform.name,
      kind,
      url: channel.subscription.url,
      body,
      signature: createHmac('sha256', key).update(body).digest('base64'),
      attempts: [],
      state: 'waiting',
      nextMs: Math.floor(this.#clock.nowMs()),
    };
    this.deliveries.push(delivery);
    return delivery;
  }

  async #attempt({ platform }: Channel, delivery: Delivery): Promise<Attempt> {
    const headers = { 'content-type': 'application/json', [platform.signatureHeader]: delivery.signature };
    const { url, body } = delivery;
    const made = await attempt(this.#send, { url, body, headers, timeoutMs: platform.timeoutMs });
    const stamped = { ...made, atMs: Math.floor(this.#clock.nowMs()) };
    delivery.attempts.push(stamped);
    return stamped;
  }

  #later(channel: Channel, delivery: Delivery): void {
    const waitMs = channel.platform.retryAfterMs(delivery.attempts.length);
    if (waitMs === null) {
      Object.assign(delivery, { state: 'given up', nextMs: null });
      channel.disabled = true;
    } else delivery.nextMs = Math.floor(this.#clock.nowMs()) + waitMs;
  }

  #need(name: string): Channel {
    const channel = this.#channels.get(name);
    if (!channel) throw new Error(`nobody subscribed to ${name}`);
    return channel;
  }
}

function statusOf({ platform, subscription, open, disabled, pending }: Channel): ChannelStatus {
  const status = disabled ? 'disabled' : open ? 'open' : 'intent required';
  return { platform: platform.name, url: subscription.url, status, pending: pending.length };
}
