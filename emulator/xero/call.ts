import type { World } from '../core/control.ts';
import type { EmulatorRequest, Reply } from '../core/http.ts';
import { header, jsonBody } from '../core/http.ts';
import type { AccessGrant } from '../core/oauth.ts';
import type { Json } from './native.ts';
import type { Organisation } from './organisation.ts';
import type { XeroQuirks } from './quirks.ts';

/** One call to the Accounting API that has passed the gate. */
export interface XeroCall {
  world: World;
  request: EmulatorRequest;
  organisation: Organisation;
  grant: AccessGrant;
  quirks: XeroQuirks;
}

/** One operation of the Accounting API. `path` is below /api.xro/2.0. */
export interface Endpoint {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  path: string;
  /** Scopes of which the token must have one. */
  scopes: string[];
  handler: (call: XeroCall) => Reply;
}

/** A path parameter. */
export function param(call: XeroCall, name: string): string {
  return call.request.params[name] ?? '';
}

/** The elements of a write's body: `{ Contacts: [...] }`, or the one element itself. */
export function elements(call: XeroCall, name: string): Json[] {
  const body = jsonBody(call.request);
  if (typeof body !== 'object' || body === null) return [];
  const listed = (body as Json)[name];
  return Array.isArray(listed) ? (listed as Json[]) : [body as Json];
}

/** A text field of an element; '' when it is missing or no text. */
export function textField(element: Json, name: string): string {
  const value = element[name];
  return typeof value === 'string' ? value : '';
}

/** Writes an effect of this call into the ledger. */
export function record(call: XeroCall, kind: string, target: string): void {
  const { request, world, organisation } = call;
  world.effects.add({
    platform: 'xero',
    company: organisation.tenant,
    kind,
    target,
    method: request.method,
    path: request.path,
    requestId: header(request, 'idempotency-key') ?? null,
    body: request.body.length === 0 ? null : request.body.toString('utf8'),
  });
}
