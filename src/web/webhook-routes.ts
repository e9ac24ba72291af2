import type { Request, RequestHandler, Response } from 'express';
import type { App } from '../app.ts';
import { HoldfastError, type PlatformName, type WebhookReader } from '../domain/index.ts';
import { saveNotice } from '../mirror/index.ts';
import { readBody, type BodyRoom } from './read-body.ts';

/** Told after the reply to a genuine notice that was not there yet. */
export type OnNotice = (platform: PlatformName) => void;

/**
 * Takes a platform's webhooks. They carry their own proof, so they are taken through any name, with no check of
 * where they come from: the raw bytes are verified before anything reads them, kept, and answered with an empty body:
 * 200, 401 (not signed by our key), 413, or 503, after which the platform tries again. Without a key there is nothing
 * here.
 */
export function takeWebhooks(app: App, room: BodyRoom, onNotice: OnNotice): RequestHandler {
  return async (req, res, next) => {
    const platform = platformOf(req.params['platform']);
    const reader = platform === null ? null : (app.connectors[platform]?.webhooks ?? null);
    if (platform === null || reader === null) return next();
    if (req.method !== 'POST') return answer(res.set('Allow', 'POST'), 405);
    const body = await readBody(req, room, app.clock);
    if (typeof body === 'number') return answer(res, body);
    await take(app, platform, reader, { req, res, body }, onNotice);
  };
}

interface Received {
  req: Request;
  res: Response;
  body: Buffer;
}

/** One durable insert, then the reply; whatever the notice means is found out after that. */
async function take(
  app: App,
  platform: PlatformName,
  reader: WebhookReader,
  { req, res, body }: Received,
  onNotice: OnNotice,
): Promise<void> {
  if (!reader.isGenuine(body, (name) => req.get(name))) return answer(res, 401);
  const isNew = await keep(app, platform, body);
  answer(res, isNew === null ? 503 : 200);
  if (isNew === true) onNotice(platform);
}

/** Whether it was not there yet; null when it could not be kept, so that the platform must send it again. */
async function keep(app: App, platform: PlatformName, body: Buffer): Promise<boolean | null> {
  try {
    return await saveNotice(app.store, platform, body, app.clock.nowMs());
  } catch (error) {
    const errorCode = error instanceof HoldfastError ? error.code : 'UNEXPECTED';
    const message = error instanceof Error ? error.message : String(error);
    app.log.error({ platform, errorCode, message }, 'a webhook could not be kept');
    return null;
  }
}

const answer = (res: Response, status: number): void => void res.status(status).end();

const platformOf = (text: unknown): PlatformName | null =>
  text === 'xero' || text === 'quickbooks' ? text : null;
