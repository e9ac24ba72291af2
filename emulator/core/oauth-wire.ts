import { createHash } from 'node:crypto';
import { header, json, redirect } from './http.ts';
import type { EmulatorRequest, Reply } from './http.ts';
import type { OAuthClient } from './oauth-options.ts';

/** The token of an `Authorization: Bearer` header. */
export function bearerOf(request: EmulatorRequest): string | undefined {
  return /^Bearer (\S+)$/i.exec(header(request, 'authorization') ?? '')?.[1];
}

/** Whether a client may be sent back to this address: exact comparison, no wildcard. */
export function redirectAllowed(client: OAuthClient, uri: string): boolean {
  if (!URL.canParse(uri)) return false;
  return client.redirectUris === undefined || client.redirectUris.includes(uri);
}

/** Sends the browser back to the application with these fields and its own state. */
export function back(query: URLSearchParams, fields: Record<string, string>): Reply {
  const url = new URL(query.get('redirect_uri') ?? '');
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  const state = query.get('state');
  if (state !== null) url.searchParams.set('state', state);
  return redirect(url.href);
}

/** Client id and secret of an `Authorization: Basic` header (form-encoded, RFC 6749 section 2.3.1). */
export function basicCredentials(value: string | undefined): [string, string] | undefined {
  const encoded = /^Basic (\S+)$/i.exec(value ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [id = '', secret = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return [decodeURIComponent(id), decodeURIComponent(secret)];
}

/** Whether a PKCE verifier belongs to the challenge; true when none was sent. */
export function verifierMatches(challenge: string | null, verifier: string | null): boolean {
  if (challenge === null) return true;
  return (
    createHash('sha256')
      .update(verifier ?? '')
      .digest('base64url') === challenge
  );
}

/** An error body of the token endpoint (RFC 6749 section 5.2). */
export function oauthError(status: number, error: string, description: string): Reply {
  return json(status, { error, error_description: description }, { 'cache-control': 'no-store' });
}

/** 400 invalid_grant. */
export function invalidGrant(description: string): Reply {
  return oauthError(400, 'invalid_grant', description);
}
