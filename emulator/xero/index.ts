import type { World } from '../core/control.ts';
import type { PlatformServer, Route } from '../core/http.ts';
import { emulatorClient } from '../core/oauth.ts';
import type { AuthorizationServer, ConsentSettings, OAuthClient } from '../core/oauth.ts';
import { xeroEndpoints } from './endpoints.ts';
import { notFound } from './envelope.ts';
import { gated } from './gate.ts';
import { identityRoutes, xeroAuthorization } from './identity.ts';
import { RateLimiter, xeroLimits } from './limits.ts';
import type { XeroLimits } from './limits.ts';
import { onlineInvoiceRoute } from './online-invoice.ts';
import { Organisations } from './organisation.ts';
import { defaultQuirks } from './quirks.ts';
import type { XeroQuirks } from './quirks.ts';

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
  const organisations = new Organisations(world, quirks);
  const clients = options.clients ?? [emulatorClient];
  const oauth = xeroAuthorization(world, quirks, { clients, consent: options.consent });
  const limiter = new RateLimiter(options.limits ?? xeroLimits, world.clock);
  const routes: Route[] = [
    ...gated({ world, oauth, organisations, limiter, quirks }, xeroEndpoints),
    ...identityRoutes(world, oauth, organisations),
    onlineInvoiceRoute(organisations),
  ];
  return { name: 'xero', routes, layers: [], notFound, oauth, organisations, quirks };
}

export { loadXeroBook } from './load.ts';
