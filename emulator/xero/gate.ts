import { randomUUID } from 'node:crypto';
import type { World } from '../core/control.ts';
import type { EmulatorRequest, Reply, Route } from '../core/http.ts';
import { header } from '../core/http.ts';
import { bearerOf } from '../core/oauth.ts';
import type { AccessGrant, AuthorizationServer } from '../core/oauth.ts';
import type { Endpoint } from './call.ts';
import { notFound, refused } from './envelope.ts';
import { IdempotencyMemory } from './idempotency.ts';
import { withRetryAfter } from './limits.ts';
import type { RateLimiter } from './limits.ts';
import type { Organisations } from './organisation.ts';
import type { XeroQuirks } from './quirks.ts';
import { toXml } from './xml.ts';

export interface GateParts {
  world: World;
  oauth: AuthorizationServer;
  organisations: Organisations;
  limiter: RateLimiter;
  quirks: XeroQuirks;
}

/** Puts the endpoints behind Xero's gate: token, organisation, scope, limits, idempotency, reply format. */
export function gated(parts: GateParts, endpoints: readonly Endpoint[]): Route[] {
  const memory = new IdempotencyMemory();
  return endpoints.map((endpoint) => ({
    method: endpoint.method,
    pattern: `/api.xro/2.0/${endpoint.path}`,
    handler: (request) => asAccepted(parts.quirks, request, pass(parts, memory, endpoint, request)),
  }));
}

function pass(
  parts: GateParts,
  memory: IdempotencyMemory,
  endpoint: Endpoint,
  request: EmulatorRequest,
): Reply {
  const { world, oauth, organisations, limiter, quirks } = parts;
  if (quirks.maxQueryLength !== null && request.url.length > quirks.maxQueryLength) return notFound();
  const grant = oauth.check(bearerOf(request) ?? '');
  if (!grant) return refused(401, unauthorized(oauth, bearerOf(request)));
  const tenant = tenantOf(grant, request);
  const organisation = grant.companies.includes(tenant) ? organisations.find(tenant) : undefined;
  if (!organisation) return refused(403, 'AuthenticationUnsuccessful');
  if (!endpoint.scopes.some((scope) => grant.scope.split(' ').includes(scope)))
    return refused(401, 'AuthorizationUnsuccessful');
  const admitted = limiter.admit(organisation.tenant, request);
  if ('refused' in admitted) return withRetryAfter(admitted.refused, quirks.retryAfter);
  const call = { world, request, organisation, grant, quirks };
  const reply = memory.run(call, () => endpoint.handler(call));
  const headers = { ...reply.headers, ...admitted.headers, 'xero-correlation-id': randomUUID() };
  return { ...reply, headers };
}

function tenantOf(grant: AccessGrant, request: EmulatorRequest): string {
  const named = header(request, 'xero-tenant-id')?.toLowerCase() ?? '';
  return named === '' && grant.kind === 'custom' ? (grant.companies[0] ?? '') : named;
}

function unauthorized(oauth: AuthorizationServer, bearer: string | undefined): string {
  const expiredMs = oauth.expiredAtMs(bearer ?? '');
  if (expiredMs === undefined) return 'AuthenticationUnsuccessful';
  return `TokenExpired: token expired at ${new Date(expiredMs).toISOString()}`;
}

/** Xero answers in XML unless the client asks for JSON. */
function asAccepted(quirks: XeroQuirks, request: EmulatorRequest, reply: Reply): Reply {
  const wantsJson = (header(request, 'accept') ?? '').includes('json');
  const isJson = reply.headers?.['content-type']?.includes('json') === true && typeof reply.body === 'string';
  if (!quirks.xmlByDefault || wantsJson || !isJson) return reply;
  const headers = { ...reply.headers, 'content-type': 'text/xml; charset=utf-8' };
  return { ...reply, headers, body: toXml(reply.body as string) };
}
