import type { App } from '../../src/app.ts';
import { newApiKey, saveApiKey, type ApiScope } from '../../src/cases/index.ts';
import { startWeb, type RunningWeb } from '../../src/web/index.ts';
import { send, type Answer } from './webhook-door.ts';

/** A program that asks the web door's interface. */
export interface ApiClient {
  web: RunningWeb;
  /** GET of a path with a key of these scopes, unless headers say otherwise. */
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

/** Makes a key for a program and returns it. */
export async function makeKey(
  app: App,
  scopes: ApiScope[],
  expiresAtMs: number | null = null,
): Promise<string> {
  const key = newApiKey();
  const of = { name: 'The shop', scopes, expiresAtMs };
  await app.store.write((tx) => saveApiKey(tx, key, of, { by: 'test', atMs: app.clock.nowMs() }));
  return key.key;
}

/** Opens the web door of an app and a program with a key for everything. */
export async function openApi(app: App): Promise<ApiClient> {
  const web = await startWeb(app, { port: 0 });
  const key = await makeKey(app, ['credit-check', 'held:read']);
  return {
    web,
    get: (path, headers = {}) =>
      send(`http://127.0.0.1:${web.port}${path}`, '', { authorization: `Bearer ${key}`, ...headers }, 'GET'),
    close: () => web.close(),
  };
}

/** The body as JSON. */
export const jsonOf = <T>({ body }: Answer): T => JSON.parse(body.toString()) as T;
