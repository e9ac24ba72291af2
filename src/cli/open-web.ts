import type { App } from '../app.ts';
import { startWeb, type RunningWeb, type WebOptions } from '../web/index.ts';

/**
 * Opens the web door where the configuration says. On port 0 the system chooses, and the address that consents come
 * back to follows: for worlds that take any redirect address, as the emulated one does. Throws PORT_IN_USE.
 */
export async function openWeb(app: App, options: WebOptions = {}): Promise<RunningWeb> {
  const web = await startWeb(app, options);
  if (new URL(app.config.baseUrl).port === '0') app.config.baseUrl = web.url;
  return web;
}
