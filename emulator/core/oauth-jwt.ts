import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import type { WorldState } from './state.ts';

const keyId = 'emulator-1';
let processKeyPem: string | undefined;

/** A JWT signed RS256 (RFC 7519) with the world's key; the key is made at first need and kept with the state. */
export function signJwt(state: WorldState, claims: Record<string, unknown>): string {
  const head = encode({ alg: 'RS256', typ: 'JWT', kid: keyId });
  const payload = encode(claims);
  const signature = sign('RSA-SHA256', Buffer.from(`${head}.${payload}`), privateKeyPem(state));
  return `${head}.${payload}.${signature.toString('base64url')}`;
}

/** The public key as a JWK set (RFC 7517). */
export function jwks(state: WorldState): { keys: JsonWebKey[] } {
  const jwk = createPublicKey(createPrivateKey(privateKeyPem(state))).export({ format: 'jwk' });
  return { keys: [{ ...jwk, kid: keyId, use: 'sig', alg: 'RS256' }] };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

// Worlds in memory share one key per process: making an RSA key takes long beside everything else in a test.
function privateKeyPem(state: WorldState): string {
  const kept = state.getValue<string>('oauth-key');
  if (kept !== undefined) return kept;
  processKeyPem ??= generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;
  state.setValue('oauth-key', processKeyPem);
  return processKeyPem;
}
