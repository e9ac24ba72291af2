import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLimits, parseLimits, type LimitTable } from '../../src/cases/index.ts';
import { HoldfastError, customerId } from '../../src/domain/index.ts';
import { amountLimit, ledgerCustomer } from '../support/facts-builders.ts';

const customers = [
  ledgerCustomer('id-1', { name: 'Alder Ltd', accountNumber: 'A-1' }),
  ledgerCustomer('id-2', { name: 'Birch, Beck & Co', accountNumber: 'A-2' }),
  ledgerCustomer('id-3', { name: 'Twins Ltd' }),
  ledgerCustomer('id-4', { name: 'Twins Ltd' }),
  ledgerCustomer('id-5', { name: 'Gone Ltd', status: 'deleted' }),
  ledgerCustomer('id-6', { name: 'Old Name Ltd', status: 'archived' }),
  ledgerCustomer('id-7', { name: 'A-1' }),
];

const HEAD = 'customer,limit,group,group_limit';
const parse = (...lines: string[]): LimitTable => parseLimits(lines.join('\n'), customers, 'GBP');
const limitsOf = (table: LimitTable): Record<string, unknown> =>
  Object.fromEntries(table.entries.map((entry) => [entry.customerId, entry.limit]));

/** The faults that a file is refused for. */
function faultsOf(text: string, currency = 'GBP'): string[] {
  try {
    parseLimits(text, customers, currency);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    expect(error).toMatchObject({
      code: 'CSV_INVALID',
      message: expect.stringContaining('nothing was imported') as string,
    });
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  throw new Error('this file was taken');
}

describe('a limits file', () => {
  it('names a customer by id, by account number or by its exact name, in this order', () => {
    const table = parse(HEAD, 'id-6,100,,', 'A-1,200,,', '"Birch, Beck & Co",300,,');
    expect(limitsOf(table)).toEqual({
      'id-6': amountLimit(100_00),
      'id-1': amountLimit(200_00),
      'id-2': amountLimit(300_00),
    });
  });

  it('tells a limit of nothing from none at all and from one without end', () => {
    const table = parse('customer,limit', 'id-1,0', 'id-2,', 'id-3,unlimited', 'id-4,UNLIMITED', 'id-6,0.01');
    expect(limitsOf(table)).toEqual({
      'id-1': amountLimit(0),
      'id-2': null,
      'id-3': { kind: 'unlimited' },
      'id-4': { kind: 'unlimited' },
      'id-6': amountLimit(1),
    });
  });

  it('puts customers into groups with one limit, written once or on every row', () => {
    const table = parse(HEAD, 'id-1,,Wood,5000', 'id-2,100,Wood,', 'id-3,,Water,7', 'id-4,,Water,7.00');
    expect(table.groups).toEqual([
      { name: 'Wood', limitMinor: 5000_00 },
      { name: 'Water', limitMinor: 7_00 },
    ]);
    expect(table.entries.map((entry) => entry.group)).toEqual(['Wood', 'Wood', 'Water', 'Water']);
  });

  it.each([
    ['a byte-order mark', '\uFEFFcustomer,limit\nid-1,5\n'],
    ['semicolons', 'customer;limit\nid-1;5\n'],
    ['CRLF line ends', 'customer,limit\r\nid-1,5\r\n'],
    ['capitals and spaces in its header', ' Customer , LIMIT \nid-1 , 5 \n'],
    ['its columns the other way round', 'limit,customer\n5,id-1\n'],
    ['quotes around everything', '"customer","limit"\n"id-1","5"\n'],
    ['empty lines', 'customer,limit\n\nid-1,5\n\n\n'],
    ['no line end at its end', 'customer,limit\nid-1,5'],
  ])('is understood with %s', (_what, text) => {
    expect(limitsOf(parseLimits(text, customers, 'GBP'))).toEqual({ 'id-1': amountLimit(5_00) });
  });

  it('counts amounts in the minor units of the company’s currency', () => {
    expect(limitsOf(parseLimits('customer,limit\nid-1,1200', customers, 'JPY'))).toEqual({
      'id-1': amountLimit(1200),
    });
    expect(limitsOf(parseLimits('customer,limit\nid-1,1.234', customers, 'KWD'))).toEqual({
      'id-1': amountLimit(1234),
    });
    expect(faultsOf('customer,limit\nid-1,1200.5', 'JPY')[0]).toMatch(/^line 2: "1200.5" is not a limit/);
    expect(faultsOf('customer,limit\nid-1,1.234', 'GBP')[0]).toMatch(/^line 2: "1.234" is not a limit/);
  });
});

describe('a limits file is refused', () => {
  it.each([
    ['an unknown customer', 'nobody,5,,', /^line 3: no customer has .* "nobody"/],
    ['a customer that is gone', 'Gone Ltd,5,,', /^line 3: no customer has .* "Gone Ltd"/],
    ['a name in other letters', 'alder ltd,5,,', /^line 3: no customer has/],
    [
      'a name that two customers have',
      'Twins Ltd,5,,',
      /^line 3: 2 customers .* use one of the ids id-3, id-4/,
    ],
    ['no customer', ',5,,', /^line 3: no customer is named/],
    ['a row of separators', ',,,', /^line 3: no customer is named/],
    ['a negative limit', 'id-2,-5,,', /^line 3: "-5" is not a limit/],
    ['thousands', 'id-2,"1,200.00",,', /^line 3: "1,200.00" is not a limit/],
    ['a decimal comma', 'id-2,"1200,00",,', /^line 3: "1200,00" is not a limit/],
    ['an exponent', 'id-2,1e3,,', /^line 3: "1e3" is not a limit/],
    ['a currency sign', 'id-2,£5,,', /^line 3: "£5" is not a limit/],
    ['NaN', 'id-2,NaN,,', /^line 3: "NaN" is not a limit/],
    ['a word', 'id-2,none,,', /^line 3: "none" is not a limit/],
    ['too many digits', 'id-2,1234567890123,,', /^line 3: "1234567890123" is not a limit/],
    ['a cell too many', 'id-2,5,,,', /^line 3: 5 cells where the header has 4/],
    ['a cell too few', 'id-2,5', /^line 3: 2 cells where the header has 4/],
    ['a group without a limit', 'id-2,5,Wood,', /^line 3: no row gives the group "Wood" a group_limit/],
    ['a group limit without a group', 'id-2,5,,70', /^line 3: a group limit without a group/],
    ['a group limit that is no amount', 'id-2,5,Wood,lots', /^line 3: "lots" is not a group limit/],
    ['the same customer again', 'A-1,6,,', /^line 3: this customer already has a limit on line 2/],
    ['an unclosed quote', '"id-2,5,,', /line 3/],
  ])('for %s, with the number of the line', (_what, line, message) => {
    expect(faultsOf([HEAD, 'id-1,5,,', line].join('\n'))).toEqual(
      expect.arrayContaining([expect.stringMatching(message)]),
    );
  });

  it('for a group that has two limits', () => {
    const faults = faultsOf([HEAD, 'id-1,,Wood,5', 'id-2,,Wood,6'].join('\n'));
    expect(faults).toEqual(['line 3: the group "Wood" has another limit on line 2']);
  });

  it('with every bad line at once, counted as an editor counts them', () => {
    for (const end of ['\n', '\r\n']) {
      const lines = [
        'customer,limit',
        'nobody,1',
        '',
        `"two${end}lines",2`,
        'id-1,x',
        `"and${end}two${end}more",3`,
        'id-2,y',
      ];
      const numbers = faultsOf(lines.join(end)).map((fault) => /^line (\d+)/.exec(fault)?.[1]);
      expect(numbers.filter((number) => number !== undefined)).toEqual(['2', '4', '6', '7', '10']);
    }
  });

  it.each([
    ['a column is missing', 'customer,group\nid-1,x', /column "limit" is missing/],
    ['a column is not known', 'customer,limit,colour\nid-1,5,red', /column "colour" is not known/],
    ['a column stands twice', 'customer,limit,limit\nid-1,5,6', /column "limit" stands twice/],
    ['it is empty', '', /column "customer" is missing/],
    ['it has a header only', 'customer,limit\n', /no rows/],
    ['it is another kind of file', 'PK\u0003\u0004\u0000\u0000', /not UTF-8 text/],
  ])('when %s', (_what, text, message) => {
    expect(faultsOf(text).join(' ')).toMatch(message);
  });
});

describe('what spreadsheets do to a file', () => {
  const numbered = [
    ledgerCustomer('n-1', { name: 'Alder Ltd', accountNumber: '00123' }),
    ledgerCustomer('n-2', { name: 'Birch\u00A0Beck', accountNumber: 'B-7' }),
    ledgerCustomer('77', { name: 'Cedar Ltd', accountNumber: '0099' }),
    ledgerCustomer('99', { name: 'Dogwood Ltd' }),
  ];
  const faultOf = (...lines: string[]): string => {
    try {
      parseLimits(['customer;limit', ...lines].join('\n'), numbered, 'GBP');
    } catch (error) {
      if (error instanceof HoldfastError) return error.message;
      throw error;
    }
    throw new Error('this file was taken');
  };

  it.each([
    ['1.200,00', 'a comma may mean thousands or decimals'],
    ['1200,5', 'a comma may mean thousands or decimals'],
    ['1.200.000', 'points between thousands are not taken'],
    ['1.200', 'this currency has 2 decimals'],
    ['1,2E+05', 'a comma may mean'],
    ['1.2E+05', 'wrote it with an exponent'],
    ['1\u00A0200.00', 'a non-breaking space in it'],
    ['1\u202F200', 'a non-breaking space in it'],
    ['1 200', 'a space in it'],
    ['£1200', 'leave currency signs'],
    ['1200EUR', 'leave currency signs'],
    ['EUR1200', 'leave currency signs'],
    ['-1200', 'it is negative'],
    ['(1200)', 'it is negative'],
    ['NaN', 'it is not a number'],
    ['#REF!', 'it is not a number'],
    ['1234567890123', 'more than 12 digits'],
  ])('an amount such as %s is refused with the reason, for it may mean two things or none', (text, fault) => {
    expect(faultOf(`Alder Ltd;${text}`)).toContain(`line 2: "${text}" is not a limit (`);
    expect(faultOf(`Alder Ltd;${text}`)).toContain(fault);
  });

  it('leading zeros that are gone are noticed, and the account number that was meant is named', () => {
    expect(faultOf('Alder Ltd;5', '123;5')).toMatch(
      /line 3: no customer has .* "123": a spreadsheet took its leading zeros if "00123" \(Alder Ltd\) is meant/,
    );
  });

  it('an account number without its zeros is never taken for the id of another customer', () => {
    expect(faultOf('Alder Ltd;5', '99;5')).toMatch(
      /line 3: "99" is Dogwood Ltd, or the account number "0099" of Cedar Ltd without its leading zeros: use the id 77/,
    );
    expect(limitsOf(parseLimits('customer,limit\n99,5\n77,6', numbered, 'GBP'))).toEqual({
      '99': amountLimit(5_00),
      '77': amountLimit(6_00),
    });
  });

  it('a name with another kind of space or other letters is found and shown, and not guessed', () => {
    for (const name of ['Birch Beck', 'birch beck', 'Birch\u200B Beck'])
      expect(faultOf(`${name};5`), name).toMatch(/write "Birch\u00A0Beck" if that is meant/);
  });

  it.each([
    ['UTF-16 with its mark', Buffer.from('\uFEFFcustomer,limit\nAlder Ltd,5\n', 'utf16le'), 'it is UTF-16'],
    ['UTF-16 without it', Buffer.from('customer,limit\nAlder Ltd,5\n', 'utf16le'), 'it is UTF-16'],
    ['UTF-16 the other way round', Buffer.from('\uFEFFcustomer,limit\n', 'utf16le').swap16(), 'it is UTF-16'],
    [
      'Windows letters',
      Buffer.from('customer,limit\nM\u00FCller,5\n', 'latin1'),
      'line 2 has letters in another',
    ],
    ['a workbook', Buffer.from('PK\u0003\u0004\u0014\u0000\u0006'), 'it is an Excel workbook'],
  ])('a file in %s is refused with what it is', (_what, bytes, fault) => {
    const faults = faultsOf(bytes.toString('utf8'));
    expect(faults[0]).toContain(fault);
    expect(faults[0]).toContain('save it as CSV UTF-8');
  });
});

describe('a day of review', () => {
  const file = (...rows: string[]) =>
    parseLimits(['customer,limit,review_on', ...rows].join('\n'), customers, 'GBP');

  it('is set, taken away, or left alone where the file has no such column', () => {
    const { entries } = file('id-1,5,2026-09-30', 'id-2,5,');
    expect(entries.map((entry) => entry.reviewOn)).toEqual(['2026-09-30', null]);
    expect(parse('customer,limit', 'id-1,5').entries[0]).not.toHaveProperty('reviewOn');
  });

  it('that there is not is refused', () => {
    expect(faultsOf('customer,limit,review_on\nid-1,5,30.09.2026')[0]).toMatch(
      /^line 2: "30.09.2026" is not a day of/,
    );
  });

  it('comes back from an export, which has the column only where there is one', () => {
    const table = file('id-1,5,2026-09-30', 'id-2,,');
    const text = formatLimits(table, customers, 'GBP');
    expect(text.split('\n')[0]).toBe('customer,limit,group,group_limit,review_on');
    expect(parseLimits(text, customers, 'GBP')).toEqual(table);
    expect(formatLimits(parse('customer,limit', 'id-1,5'), customers, 'GBP')).toMatch(
      /^customer,limit,group,group_limit\n/,
    );
  });
});

describe('an export', () => {
  it('is imported again as it was, whatever the groups are called', () => {
    const name = fc
      .tuple(
        fc.constantFrom('', '=', '+', '-', '@', "'", "'=", "''=", '"', ',', ';', '-5'),
        fc.stringMatching(/^[a-zäß'=+\-@",; ]{0,8}$/),
      )
      .map((parts) => parts.join('').trim())
      .filter((text) => text !== '');
    const amount = fc.integer({ min: 0, max: 1e11 });
    const limit = fc.oneof(
      amount.map(amountLimit),
      fc.constant(null),
      fc.constant({ kind: 'unlimited' as const }),
    );
    const groups = fc.uniqueArray(fc.record({ name, limitMinor: amount }), {
      selector: (group) => group.name,
      minLength: 1,
      maxLength: 3,
    });
    const entries = fc.uniqueArray(
      fc.record({
        customerId: fc.constantFrom('id-1', 'id-2', 'id-3', 'id-6').map(customerId),
        limit,
        of: fc.nat(3),
      }),
      { selector: (entry) => entry.customerId, minLength: 1 },
    );
    fc.assert(
      fc.property(groups, entries, (all, some) => {
        const table: LimitTable = {
          entries: some.map(({ of, ...entry }) => ({ ...entry, group: all[of]?.name ?? null })),
          groups: [],
        };
        table.groups = all.filter((group) => table.entries.some((entry) => entry.group === group.name));
        const text = formatLimits(table, customers, 'GBP');
        const again = parseLimits(text, customers, 'GBP');
        expect(again.entries).toEqual(table.entries);
        expect([...again.groups].sort(byName)).toEqual([...table.groups].sort(byName));
      }),
      { numRuns: 300 },
    );
  });

  it('leaves no cell that a spreadsheet would take for a formula', () => {
    const table: LimitTable = {
      entries: ['=cmd()', '+1', '@x', '-x'].map((group, i) => ({
        customerId: customerId(`id-${i + 1}`),
        limit: null,
        group,
      })),
      groups: [],
    };
    expect(formatLimits(table, customers, 'GBP')).not.toMatch(/(^|,)[=+@-]/m);
  });

  it('leaves out customers that are gone, so that it can be imported', () => {
    const entries = ['id-5', 'id-1'].map((id) => ({
      customerId: customerId(id),
      limit: amountLimit(5_00),
      group: null,
    }));
    const text = formatLimits({ entries, groups: [] }, customers, 'GBP');
    expect(limitsOf(parseLimits(text, customers, 'GBP'))).toEqual({ 'id-1': amountLimit(5_00) });
  });
});

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
