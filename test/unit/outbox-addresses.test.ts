import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMailbox } from '../../connectors/mail/address.ts';
import { validAddresses } from '../../src/outbox/addresses.ts';

describe('an address on file', () => {
  it.each([
    'ada@example.com',
    'ada.lovelace+invoices@accounts.example.co.uk',
    "o'neill@example.com",
    'a@b-c.example',
    'büro@müller.example',
    '1@example.com',
    'ada@пример.xn--p1ai',
  ])('%s can be used', (address) => {
    expect(validAddresses([address])).toEqual([address]);
  });

  it.each([
    ['nothing', ''],
    ['no @', 'ada.example.com'],
    ['two @', 'ada@@example.com'],
    ['an address within', 'ada@example.com@evil.example'],
    ['no domain', 'ada@'],
    ['nobody', '@example.com'],
    ['a domain without a dot', 'ada@localhost'],
    ['a number for a domain', 'ada@127.0.0.1'],
    ['spaces', 'ada lovelace@example.com'],
    ['a space at its end', 'ada@example.com '],
    ['a name before it', 'Ada <ada@example.com>'],
    ['quotes', '"ada"@example.com'],
    ['a list', 'ada@example.com,bob@example.com'],
    ['a semicolon', 'ada@example.com;bob@example.com'],
    ['a line break', 'ada@example.com\nBcc: all@example.com'],
    ['a carriage return', 'ada@example.com\r'],
    ['a null character', 'ada\u0000@example.com'],
    ['two dots', 'ada..b@example.com'],
    ['two dots in its domain', 'ada@example..com'],
    ['a dot at its beginning', '.ada@example.com'],
    ['a dot before its @', 'ada.@example.com'],
    ['a hyphen that begins its domain', 'ada@-example.com'],
    ['a hyphen that ends a part of its domain', 'ada@example-.com'],
    ['a dot that begins its domain', 'ada@.example.com'],
    ['a name that is too long', `${'a'.repeat(65)}@example.com`],
    ['too much of everything', `${'a'.repeat(60)}@${'b.'.repeat(120)}example.com`],
  ])('with %s is left out, not repaired', (_what, address) => {
    expect(validAddresses([address, 'bob@example.com'])).toEqual(['bob@example.com']);
  });

  it('is used once, as it was written first', () => {
    expect(
      validAddresses(['Ada@Example.com', 'ada@example.com', 'bob@example.com', 'Ada@Example.com']),
    ).toEqual(['Ada@Example.com', 'bob@example.com']);
    expect(validAddresses([])).toEqual([]);
  });

  it('that can be used is one that the mail connector takes', () => {
    const piece = fc.constantFrom(
      'a',
      'Z',
      '9',
      '.',
      '-',
      '+',
      "'",
      '_',
      'é',
      'ß',
      '\u202e',
      '\u2028',
      '\u00ad',
      ' ',
      '"',
      '@',
      'xn--',
    );
    const part = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(
        part,
        part,
        fc.constantFrom('com', 'example', 'c', '99', 'xn--p1ai'),
        (local, domain, top) => {
          for (const address of validAddresses([`${local}@${domain}.${top}`, `${local}@x.${top}`])) {
            expect([address, isMailbox(address)]).toEqual([address, true]);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});
