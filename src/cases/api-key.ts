import { randomId, sha256Hex } from '../lib/index.ts';

/** What a key may be used for. */
export const API_SCOPES = ['credit-check', 'held:read'] as const;
export type ApiScope = (typeof API_SCOPES)[number];

const ID_BYTES = 6;
const SECRET_BYTES = 32;
const PATTERN = /^hf_([A-Za-z0-9_-]{8})\.[A-Za-z0-9_-]{43}$/;

export interface NewApiKey {
  /** Shown once, kept nowhere: 'hf_', a public id, '.', and 256 random bits. */
  key: string;
  id: string;
  /**
   * SHA-256 of the whole key. A slow hash such as scrypt protects secrets that can be guessed; 256 random bits cannot,
   * and a slow one would cost a shop's checkout tens of milliseconds at every order.
   */
  hash: string;
}

export function newApiKey(): NewApiKey {
  const id = randomId(ID_BYTES);
  const key = `hf_${id}.${randomId(SECRET_BYTES)}`;
  return { key, id, hash: sha256Hex(key) };
}

/** The public part of a key; null for what does not look like one. */
export const keyIdOf = (key: string): string | null => PATTERN.exec(key)?.[1] ?? null;
