import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprint, newSealingKey, randomId, seal, unseal } from '../../src/lib/index.ts';

const key = newSealingKey();
const broken = expect.objectContaining({ code: 'SEAL_BROKEN' }) as Error;

describe('a sealed value', () => {
  it('opens to what went in, with its key and its context', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (plain) => {
        expect(unseal(key, seal(key, plain, 'xero:1:tokens'), 'xero:1:tokens')).toBe(plain);
      }),
    );
  });

  it('shows nothing of what went in and differs every time', () => {
    const first = seal(key, 'refresh-token-of-somebody', 'a');
    expect(first).not.toContain('refresh');
    expect(Buffer.from(first.split('.')[2] ?? '', 'base64url').toString('latin1')).not.toContain('refresh');
    expect(seal(key, 'refresh-token-of-somebody', 'a')).not.toBe(first);
  });

  it('names the key that it wants when it meets another one', () => {
    const other = newSealingKey();
    expect(() => unseal(other, seal(key, 'x', 'a'), 'a')).toThrow(
      expect.objectContaining({
        code: 'KEY_MISMATCH',
        message: expect.stringContaining(key.id) as string,
      }),
    );
  });

  it('does not open with another key that took on its name', () => {
    const impostor = { ...newSealingKey(), id: key.id };
    expect(() => unseal(impostor, seal(key, 'x', 'a'), 'a')).toThrow(broken);
  });

  it('does not open in another row than its own', () => {
    expect(() => unseal(key, seal(key, 'x', 'xero:1:tokens'), 'xero:2:tokens')).toThrow(broken);
  });

  it('does not open when any one byte of it was altered', () => {
    const [version, id, data = ''] = seal(key, 'a secret', 'a').split('.');
    const bytes = Buffer.from(data, 'base64url');
    for (let at = 0; at < bytes.length; at += 1) {
      const altered = Buffer.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(() => unseal(key, [version, id, altered.toString('base64url')].join('.'), 'a')).toThrow(broken);
    }
  });

  it('does not open when it was cut, wherever, even of an empty text', () => {
    for (const plain of ['', 'a secret']) {
      const [version, id, data = ''] = seal(key, plain, 'a').split('.');
      const bytes = Buffer.from(data, 'base64url');
      for (let length = 0; length < bytes.length; length += 1) {
        const cut = [version, id, bytes.subarray(0, length).toString('base64url')].join('.');
        expect(() => unseal(key, cut, 'a')).toThrow(broken);
      }
    }
  });

  it.each(['', 'v1', 'v1.abc', 'v2.abc.def', 'nonsense'])('does not open when it is "%s"', (text) => {
    expect(() => unseal(key, text, 'a')).toThrow(broken);
  });
});

describe('a fingerprint', () => {
  it('is the same for the same value under the same key only', () => {
    expect(fingerprint(key, 'company')).toBe(fingerprint(key, 'company'));
    expect(fingerprint(key, 'company')).not.toBe(fingerprint(key, 'compani'));
    expect(fingerprint(key, 'company')).not.toBe(fingerprint(newSealingKey(), 'company'));
  });
});

describe('a random id', () => {
  it('has as many bytes as asked for and no second of its kind', () => {
    const ids = Array.from({ length: 500 }, () => randomId());
    expect(new Set(ids).size).toBe(500);
    expect(Buffer.from(ids[0] ?? '', 'base64url')).toHaveLength(16);
    expect(Buffer.from(randomId(8), 'base64url')).toHaveLength(8);
  });
});
