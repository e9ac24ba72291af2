import { createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { createApp, type App } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import type { PlatformName } from '../../src/domain/index.ts';
import { present, SystemClock } from '../../src/lib/index.ts';
import { startNoticeKeeper, type NoticeKeeper } from '../../src/scheduler/index.ts';
import { startWeb, type RunningWeb } from '../../src/web/index.ts';
import type { World } from './world.ts';

/** A clock on which every wait is over a thousand times sooner. */
class HastyClock extends SystemClock {
  override monotonicMs(): number {
    return super.monotonicMs() * 1000;
  }

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return super.sleep(ms / 1000, signal);
  }
}

export interface DoorOptions {
  settings?: Record<string, string>;
  /** Whether what comes in is read, as `serve` does; true by default. */
  reads?: boolean;
  /** Whether its waits are over a thousand times sooner. */
  isHasty?: boolean;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** A Holdfast of its own on a world's data that takes webhooks and reads what they name. */
export interface WebhookDoor {
  app: App;
  web: RunningWeb;
  keeper: NoticeKeeper | null;
  /** Every call to the platforms, as 'GET /path?query'. */
  calls: string[];
  urlOf(platform: PlatformName): string;
  /** Sends bytes to the endpoint, signed rightly unless the headers say otherwise. */
  post(platform: PlatformName, body: string | Buffer, headers?: Record<string, string>): Promise<Answer>;
  /** Takes the world's time over. */
  followTime(): void;
  close(): Promise<void>;
}

export const SIGNATURES = { xero: 'x-xero-signature', quickbooks: 'intuit-signature' };

export async function openWebhookDoor(world: World, options: DoorOptions = {}): Promise<WebhookDoor> {
  const calls: string[] = [];
  const transport = (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    calls.push(`${request.method} ${pathname}${decodeURIComponent(search)}`);
    return fetch(request);
  };
  const app = createApp(parseConfig({ ...world.env, ...options.settings }), {
    transport,
    ...(options.isHasty === true ? { clock: new HastyClock() } : {}),
  });
  const followTime = (): void => app.clock.setOffset(world.emulator.clock.offsetMs());
  followTime();
  const keeper =
    options.reads === false ? null : startNoticeKeeper(app, { settleMs: 1, lookEveryMs: 60_000 });
  const web = await startWeb(app, { port: 0, onNotice: (platform) => keeper?.kick(platform) });
  const urlOf = (platform: PlatformName): string => `http://127.0.0.1:${web.port}/webhooks/${platform}`;
  return {
    app,
    web,
    keeper,
    calls,
    urlOf,
    followTime,
    post: (platform, body, headers = {}) =>
      send(urlOf(platform), body, { [SIGNATURES[platform]]: signatureOf(app, platform, body), ...headers }),
    async close() {
      await web.close();
      await keeper?.stop();
      await app.close();
    },
  };
}

/** What the platform would sign a body with. */
export function signatureOf(app: App, platform: PlatformName, body: string | Buffer): string {
  const { xero, quickbooks } = app.config;
  const key = platform === 'xero' ? xero?.webhookKey : quickbooks?.webhookToken;
  return createHmac('sha256', present(key, 'a key')).update(body).digest('base64');
}

/** A POST of just these bytes, with these headers and no others. */
export function send(
  url: string,
  body: string | Buffer,
  headers: Record<string, string>,
  method = 'POST',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method, headers }, (reply) => {
      buffer(reply).then(
        (content) => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: content }),
        reject,
      );
    });
    sent.on('error', reject).end(body);
  });
}
