import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { HoldfastError } from '../domain/index.ts';

const VERSION = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** A 256-bit key and the short name under which sealed values refer to it, so that keys can be changed. */
export interface SealingKey {
  id: string;
  bytes: Buffer;
}

export function newSealingKey(): SealingKey {
  const bytes = randomBytes(32);
  return { id: sha256Hex(bytes).slice(0, 8), bytes };
}

/**
 * Encrypts with AES-256-GCM (NIST SP 800-38D), a fresh 96-bit nonce each time. `context` (platform, row, column)
 * is authenticated, so that a sealed value copied to another row does not open there.
 */
export function seal(key: SealingKey, plain: string, context: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key.bytes, iv).setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return [VERSION, key.id, Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')].join('.');
}

/** Opens what `seal` made. Throws KEY_MISMATCH when it was sealed by another key, SEAL_BROKEN when altered. */
export function unseal(key: SealingKey, sealed: string, context: string): string {
  const [version, keyId, data] = sealed.split('.');
  if (version !== VERSION || data === undefined) throw sealBroken();
  if (keyId !== key.id) {
    throw new HoldfastError(
      'KEY_MISMATCH',
      `This was sealed with key ${keyId}, but the key file holds key ${key.id}.`,
      {
        kind: 'config',
        hint: 'Put back the key file that belongs to this data directory, or connect the company again.',
      },
    );
  }
  const bytes = Buffer.from(data, 'base64url');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(Buffer.from(context))
      .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString(
      'utf8',
    );
  } catch (cause) {
    throw sealBroken(cause);
  }
}

/** Keyed fingerprint for looking a sealed value up without opening every row. */
export function fingerprint(key: SealingKey, plain: string): string {
  return createHmac('sha256', key.bytes).update(plain).digest('hex').slice(0, 32);
}

export function sha256Hex(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

/** A random id of `bytes` bytes in base64url; 16 bytes and more cannot be guessed. */
export function randomId(bytes = 16): string {
  return randomBytes(bytes).toString('base64url');
}

function sealBroken(cause?: unknown): HoldfastError {
  return new HoldfastError(
    'SEAL_BROKEN',
    'A sealed value does not open: it was changed, or belongs to another row.',
    {
      kind: 'config',
      cause,
      hint: 'Restore the database from a backup, or connect the company again.',
    },
  );
}
