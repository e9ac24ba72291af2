import { describe, expect, it } from 'vitest';
import { signatureOf } from '../../connectors/held-webhook/push.ts';
import { parseConfig } from '../../src/config.ts';

const SECRET = 'sixteen characters';
const parse = (url: string, secret = SECRET) =>
  parseConfig({ HOLDFAST_HELD_WEBHOOK_URL: url, HOLDFAST_HELD_WEBHOOK_SECRET: secret });

describe('the address of the held list', () => {
  it.each([
    'https://shop.example.com/held?x=1',
    'https://10.0.0.7/held',
    'http://localhost:8080/held',
    'http://127.0.0.1/',
  ])('may be %s', (url) => {
    expect(parse(url).heldWebhook).toEqual({ url, secret: SECRET });
  });

  it.each([
    'http://shop.example.com/',
    'https://user:word@shop.example.com/',
    'ftp://shop.example.com/',
    'shop',
  ])('may not be %s', (url) => {
    expect(() => parse(url)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it('is none by default, and none without a secret that is long enough', () => {
    expect(parse('', '').heldWebhook).toBeNull();
    for (const secret of ['', 'short'])
      expect(() => parse('https://shop.example.com/', secret)).toThrow(/HOLDFAST_HELD_WEBHOOK_SECRET/);
  });
});

describe('the signature of the held list', () => {
  it('is of the second and of the body, as the documents say', () => {
    // printf '1773230400.{"version":1}' | openssl dgst -sha256 -hmac 'sixteen characters'
    expect(signatureOf(SECRET, '{"version":1}', 1_773_230_400_999)).toBe(
      't=1773230400,v1=332daeb3b7f97251656ee217543b757f03225a24e6e8fc2560e7881dacf38d85',
    );
  });
});
