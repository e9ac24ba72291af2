import type { World } from '../core/control.ts';
import { jsonBody, json } from '../core/http.ts';
import type { PlatformServer, Route } from '../core/http.ts';
import { emulatorClient } from '../core/oauth.ts';
import type { AuthorizationServer, ConsentSettings, OAuthClient } from '../core/oauth.ts';
import { contactEndpoints } from './contacts.ts';
import { documentEndpoints } from './documents.ts';
import { notFound } from './envelope.ts';
import { gated } from './gate.ts';
import { groupEndpoints } from './groups.ts';
import { historyEndpoints } from './history.ts';
import { identityRoutes, xeroAuthorization } from './identity.ts';
import { emailEndpoints } from './invoice-email.ts';
import { RateLimiter, xeroLimits } from './limits.ts';
import type { XeroLimits } from './limits.ts';
import { onlineInvoiceRoute } from './online-invoice.ts';
import { Organisations } from './organisation.ts';
import { defaultQuirks } from './quirks.ts';
import type { XeroQuirks } from './quirks.ts';
import { settingsEndpoints } from './settings.ts';

export interface XeroOptions {
  consent: ConsentSettings;
  clients?: OAuthClient[];
  quirks?: Partial<XeroQuirks>;
  limits?: XeroLimits;
}

/** Xero as a server: login, identity and api on one port. `quirks` may be changed while it runs. */
export interface XeroServer extends PlatformServer {
  oauth: AuthorizationServer;
  organisations: Organisations;
  quirks: XeroQuirks;
}

/** Builds the Xero server over a world whose books are, or will be, loaded. */
export function createXeroServer(world: World, options: XeroOptions): XeroServer {
  const quirks = { ...defaultQuirks, ...options.quirks };
  const organisations = new Organisations(world);
  const clients = options.clients ?? [emulatorClient];
  const oauth = xeroAuthorization(world, quirks, { clients, consent: options.consent });
  const limiter = new RateLimiter(options.limits ?? xeroLimits);
  const endpoints = [
    ...contactEndpoints,
    ...groupEndpoints,
    ...documentEndpoints,
    ...historyEndpoints,
    ...emailEndpoints,
    ...settingsEndpoints,
  ];
  const routes: Route[] = [
    ...gated({ world, oauth, organisations, limiter, quirks }, endpoints),
    ...identityRoutes(world, oauth, organisations),
    onlineInvoiceRoute(organisations),
  ];
  return { name: 'xero', routes, layers: [], notFound, oauth, organisations, quirks };
}

/** `/_emulator/quirks`: reads and changes the unconfirmed behaviour of a running server. */
export function quirkRoutes(quirks: XeroQuirks): Route[] {
  return [
    { method: 'GET', pattern: '/_emulator/quirks', handler: () => json(200, quirks) },
    {
      method: 'POST',
      pattern: '/_emulator/quirks',
      handler: (request) => json(200, Object.assign(quirks, jsonBody(request))),
    },
  ];
}

export { loadXeroBook } from './load.ts';
