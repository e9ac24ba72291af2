import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePolicy, readPolicyFile } from '../../src/policy/index.ts';
import { faultsOf, placeOf, policyText } from '../support/policy-text.ts';
import { tempDir } from '../support/temp-store.ts';

/** Each has one fault, which is said at `at` in words that contain `words`. */
type Case = [what: string, sections: string[], at: string, words: string | RegExp];

function refuses(cases: Case[]): void {
  it.each(cases)('%s', (_what, sections, at, words) => {
    const source = policyText(...sections);
    const faults = faultsOf(source);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(words);
    expect(faults[0]).toContain(`${placeOf(source, at)}: `);
  });
}

const HOLD = '{ rule: overdue, daysAtLeast: 30, standing: hold }';
const SEGMENTS = 'segments: [{ name: public, when: { country: [GB] } }, { name: key, when: { tag: [key] } }]';
const rules = (...lines: string[]): string => `rules:\n${lines.map((line) => `  - ${line}`).join('\n')}`;
const override = (fields: string): string => `overrides:\n  - ${fields}`;

describe('a policy is refused, where it is wrong and with what to do, for a segment', () => {
  refuses([
    [
      'that a rule names and that is not there',
      [SEGMENTS, rules('{ rule: overdue, daysAtLeast: 30, standing: hold, segments: [pubic] }')],
      'pubic',
      'did you mean "public"?',
    ],
    [
      'that a rule leaves out and that is not there',
      [rules('{ rule: overdue, daysAtLeast: 30, standing: hold, exceptSegments: [abroad] }')],
      'abroad',
      /no segment is called "abroad": the policy has none/,
    ],
    [
      'that a rule is for and not for',
      [
        SEGMENTS,
        rules(
          HOLD,
          '{ rule: overdue, daysAtLeast: 9, standing: watch, segments: [public, key], exceptSegments: [key] }',
        ),
      ],
      'key] }\n',
      /take it out of segments or exceptSegments/,
    ],
    [
      'with the name of another',
      ['segments: [{ name: a, when: { tag: [x] } }, { name: A, when: { tag: [y] } }]'],
      'A, when',
      /give each its own name/,
    ],
    [
      'with the conditions of another',
      ['segments: [{ name: a, when: { tag: [x, y] } }, { name: b, when: { tag: [y, x] } }]'],
      '{ tag: [y, x]',
      /make one segment of the two/,
    ],
    [
      'of nobody’s size',
      ['segments: [{ name: a, when: { balance: { atLeast: 500, below: 500 } } }]'],
      '{ atLeast: 500',
      /nobody owes at least 500 and less than 500/,
    ],
    [
      'of nobody’s terms',
      ['segments: [{ name: a, when: { termsDays: { atLeast: 31, atMost: 30 } } }]'],
      '{ atLeast: 31',
      /no terms are at least 31 and at most 30/,
    ],
    ['of any size', ['segments: [{ name: a, when: { balance: {} } }]'], '{} } }', /says nothing/],
    ['without a condition', ['segments: [{ name: a, when: {} }]'], '{} }', /give at least one condition/],
    [
      'in a country in small letters',
      ['segments: [{ name: a, when: { country: [gb] } }]'],
      'gb]',
      /two capital letters/,
    ],
    [
      'in Norway, which YAML 1.1 took for a no, as a word that it is not',
      ['segments: [{ name: a, when: { country: [false] } }]'],
      'false]',
      /must be a text/,
    ],
    ...['(a)\\1', '(?=x)', '(a', '[z-a]', 'a{2000}', '((a{100}){100}){100}'].map((pattern): Case => [
      `with the pattern ${pattern}, which RE2 cannot take`,
      [`segments: [{ name: a, when: { nameMatches: '${pattern}' } }]`],
      `'${pattern}`,
      /not a pattern that RE2 can take/,
    ]),
  ]);
});

describe('a policy is refused for an override', () => {
  refuses([
    [
      'of a customer that has another at the same time',
      [
        'overrides:\n  - { customer: A, reason: r, until: 2026-06-30, set: { graceDays: 1 } }\n  - { customer: A, reason: r, from: 2026-06-30, until: 2026-12-31, set: { graceDays: 2 } }',
      ],
      '{ customer: A, reason: r, from',
      /overrides.0 is for "A" too, until 2026-06-30/,
    ],
    [
      'that ends before it begins',
      [override('{ customer: A, reason: r, from: 2026-02-02, until: 2026-02-01, set: { graceDays: 1 } }')],
      '2026-02-01',
      /ends \(2026-02-01\) before it begins/,
    ],
    [
      'that asks for the impossible',
      [override('{ customer: A, reason: r, until: 2026-02-01, set: { atMost: watch, atLeast: hold } }')],
      'watch',
      /no standing is at most watch and at least hold/,
    ],
    [
      'that changes nothing',
      [override('{ customer: A, reason: r, until: 2026-02-01, set: {} }')],
      '{} }',
      /give at least one change/,
    ],
    [
      'without an end',
      [override('{ customer: A, reason: r, set: { graceDays: 1 } }')],
      '{ customer: A',
      /until is missing/,
    ],
    [
      'without a reason',
      [override("{ customer: A, reason: ' ', until: 2026-02-01, set: { graceDays: 1 } }")],
      "' '",
      /at least 1/,
    ],
    [
      'of a number whose zeros would be lost',
      [override('{ customer: 0042, reason: r, until: 2026-02-01, set: { graceDays: 1 } }')],
      '0042',
      /put it in quotes.*leading zeros/,
    ],
    [
      'until a day that is none',
      [override('{ customer: A, reason: r, until: 2026-02-30, set: { graceDays: 1 } }')],
      '2026-02-30',
      /a day of the calendar/,
    ],
    [
      'without rules that there are not',
      [override('{ customer: A, reason: r, until: 2026-02-01, set: { withoutRules: [overdu] } }')],
      'overdu]',
      /Did you mean overdue\?/,
    ],
  ]);

  it('but not for two of one customer, one after the other', () => {
    const source = policyText(
      'overrides:\n  - { customer: A, reason: r, from: 2026-07-01, until: 2026-12-31, set: { graceDays: 1 } }\n  - { customer: A, reason: r, until: 2026-06-30, set: { graceDays: 2 } }',
    );
    expect(parsePolicy(source, 'p').overrides).toHaveLength(2);
  });
});

describe('a policy is refused for a rule', () => {
  const zero = (rule: string, at: string): Case => [
    `of zero: ${rule}`,
    [rules(HOLD, rule)],
    at,
    /must be more than 0/,
  ];
  refuses([
    zero('{ rule: over-limit, useAbovePercent: 0, standing: watch }', '0, standing: watch'),
    zero('{ rule: near-limit, useAtLeastPercent: 0, standing: watch }', '0, standing: watch'),
    zero('{ rule: overdue, daysAtLeast: 9, amountAtLeast: 0.00, standing: watch }', '0.00'),
    zero(
      '{ rule: overdue, daysAtLeast: 9, orShareAtLeastPercent: 0, standing: watch }',
      '0, standing: watch',
    ),
    zero('{ rule: unassessed, openAtLeast: 0, standing: watch }', '0, standing: watch'),
    [
      'from NaN on',
      [rules('{ rule: overdue, daysAtLeast: 30, amountAtLeast: .nan, standing: hold }')],
      '.nan',
      /is not a number \(NaN\): nothing can be compared with it/,
    ],
    [
      'from infinity on',
      [rules('{ rule: over-limit, useAbovePercent: .inf, standing: hold }')],
      '.inf',
      /is infinite: nothing can be compared with it/,
    ],
    [
      'of an amount in words',
      [rules('{ rule: overdue, daysAtLeast: 30, amountAtLeast: "1,250.00", standing: hold }')],
      '"1,250.00"',
      /without thousands signs/,
    ],
    [
      'of half a day',
      [rules('{ rule: overdue, daysAtLeast: 0.5, standing: hold }')],
      '0.5',
      /a whole number/,
    ],
    [
      'of more than the whole balance',
      [rules('{ rule: overdue, daysAtLeast: 30, orShareAtLeastPercent: 101, standing: hold }')],
      '101',
      /at most 100/,
    ],
    [
      'that Holdfast does not know',
      [rules(HOLD, '{ rule: overdu, standing: hold }')],
      'overdu, standing',
      /no rule that Holdfast knows: use near-limit/,
    ],
    [
      'with an amount finer than any currency',
      [rules('{ rule: overdue, daysAtLeast: 30, amountAtLeast: 250.0001, standing: hold }')],
      '250.0001',
      /more decimals than any currency/,
    ],
    [
      'with an amount below the tolerance',
      [
        'overdue: { tolerance: 100 }',
        rules('{ rule: overdue, daysAtLeast: 30, amountAtLeast: 99.99, standing: hold }'),
      ],
      '99.99',
      /below the tolerance of 100/,
    ],
    [
      'that another one makes idle',
      [
        rules(
          '{ rule: overdue, daysAtLeast: 30, standing: hold }',
          '{ rule: overdue, daysAtLeast: 45, amountAtLeast: 100, standing: hold }',
        ),
      ],
      '{ rule: overdue, daysAtLeast: 45',
      /can never matter, as rules.0 gives hold whenever it speaks/,
    ],
    [
      'that stands there twice, once',
      [rules(HOLD, '{ rule: cash-only, standing: prepay }', '{ rule: cash-only, standing: prepay  }')],
      '{ rule: cash-only, standing: prepay  }',
      /can never matter/,
    ],
    [
      'that is milder for more',
      [
        rules(
          '{ rule: unassessed, openAtLeast: 10, standing: prepay }',
          '{ rule: unassessed, openAtLeast: 20, standing: watch }',
        ),
      ],
      '{ rule: unassessed, openAtLeast: 20',
      /a higher threshold gives a milder standing \(watch\) than a lower one \(prepay\)/,
    ],
  ]);

  it.each([
    [
      'a large sum early, or any sum late',
      [
        '{ rule: overdue, daysAtLeast: 1, amountAtLeast: 9000, standing: hold }',
        '{ rule: overdue, daysAtLeast: 15, standing: watch }',
      ],
    ],
    [
      'an amount early, a share late',
      [
        '{ rule: overdue, daysAtLeast: 1, amountAtLeast: 9000, standing: hold }',
        '{ rule: overdue, daysAtLeast: 15, orShareAtLeastPercent: 50, standing: hold }',
      ],
    ],
    [
      'the same days for others',
      [
        '{ rule: overdue, daysAtLeast: 9, standing: hold, segments: [key] }',
        '{ rule: overdue, daysAtLeast: 30, standing: watch }',
      ],
    ],
    [
      'at the limit watched, above it held',
      [
        '{ rule: over-limit, useAtLeastPercent: 100, standing: watch }',
        '{ rule: over-limit, useAbovePercent: 100, standing: hold }',
      ],
    ],
    [
      'near and over are two rules',
      [
        '{ rule: near-limit, useAtLeastPercent: 80, standing: watch }',
        '{ rule: over-limit, useAbovePercent: 100, standing: watch }',
      ],
    ],
  ])('but not for rules that only look alike: %s', (_what, lines) => {
    expect(parsePolicy(policyText(SEGMENTS, rules(...lines)), 'p').rules).toHaveLength(lines.length);
  });
});

describe('a policy is refused for a release that is milder than what places the hold', () => {
  const places = rules(
    '{ rule: over-limit, useAbovePercent: 110, standing: hold }',
    '{ rule: overdue, daysAtLeast: 30, amountAtLeast: 250, standing: hold }',
  );
  const strict = rules('{ rule: over-limit, useAbovePercent: 80, standing: stop, segments: [key] }', HOLD);
  refuses([
    ['by use', [places, 'release: { useAtMostPercent: 111 }'], '111', /set it to 110 % or less/],
    ['by days', [places, 'release: { overdueDaysBelow: 31 }'], '31', /set it to 30 days or less/],
    ['by amount', [places, 'release: { overdueBelow: 250.01 }'], '250.01', /set it to 250 or less/],
    [
      'for a segment that sets its own',
      [places, 'segments: [{ name: a, when: { tag: [a] }, set: { release: { useAtMostPercent: 112 } } }]'],
      '112',
      /the segment "a"/,
    ],
    [
      'for a segment that has a stricter rule',
      [SEGMENTS, strict, 'release: { useAtMostPercent: 90 }'],
      '{ name: key',
      /the segment "key"\).*80 % or less/,
    ],
    [
      'for an override',
      [
        places,
        override('{ customer: A, reason: r, until: 2026-12-31, set: { release: { overdueDaysBelow: 40 } } }'),
      ],
      '40 }',
      /the customer "A"/,
    ],
    ['at less than nothing overdue', ['release: { overdueBelow: 0 }'], '0 }', /must be more than 0/],
  ]);

  it.each([
    ['as strict', [places, 'release: { useAtMostPercent: 110, overdueDaysBelow: 30, overdueBelow: 250 }']],
    [
      'for a segment without the rule',
      [
        SEGMENTS,
        rules(
          '{ rule: over-limit, useAbovePercent: 90, standing: hold, exceptSegments: [key] }',
          '{ rule: over-limit, useAbovePercent: 120, standing: hold, segments: [key] }',
        ),
        'release: { useAtMostPercent: 90 }',
      ],
    ],
    [
      'for an override that goes without the rule',
      [
        places,
        override(
          '{ customer: A, reason: r, until: 2026-12-31, set: { withoutRules: [overdue], release: { overdueDaysBelow: 40 } } }',
        ),
      ],
    ],
  ])('but not when it is %s', (_what, sections) => {
    expect(parsePolicy(policyText(...sections), 'p').version).toBe(1);
  });
});

describe('a policy is refused for', () => {
  refuses([
    [
      'an approval that repeats',
      ['approvals: { may: [{ kind: limit, role: boss, upTo: 10 }, { kind: limit, role: boss }] }'],
      '{ kind: limit, role: boss }',
      /approvals.may.0 already says/,
    ],
    [
      'a holiday that is no day',
      ["calendar: { holidays: { '*': [2026-12-25, 2026-13-01] } }"],
      '2026-13-01',
      /a day of the calendar/,
    ],
    [
      'a holiday of a country that is written wrongly',
      ['calendar: { holidays: { Germany: [2026-12-25] } }'],
      '[2026-12-25]',
      /not a key that can stand here/,
    ],
    [
      'working days that no message can leave on',
      ['calendar: { workingDays: { AE: [6, 7] } }'],
      '[6, 7]',
      /nobody in AE would ever be reminded/,
    ],
    ['an eighth day of the week', ['calendar: { workingDays: { AE: [1, 8] } }'], '8]', /at most 7/],
    [
      'an example that expects an unknown rule',
      ['tests: [{ name: t, expect: { standing: clear, flags: [overlimit] } }]'],
      'overlimit',
      /Did you mean over-limit\?/,
    ],
    [
      'two examples of one name',
      ['tests: [{ name: t, expect: { standing: clear } }, { name: t, expect: { standing: hold } }]'],
      't, expect: { standing: hold',
      /tests.0 is called the same/,
    ],
    [
      'an invoice that stands in an example twice',
      [
        'tests: [{ name: t, invoices: [{ number: A, amount: 1, daysOverdue: 0 }, { number: A, amount: 2, daysOverdue: 0 }], expect: { standing: clear } }]',
      ],
      'A, amount: 2',
      /stands here twice/,
    ],
    [
      'an example with half a yen',
      ['tests: [{ name: t, baseCurrency: JPY, customer: { limit: 100.5 }, expect: { standing: clear } }]'],
      '100.5',
      /more decimals than JPY has: write whole amounts/,
    ],
    [
      'an example with a limit in words',
      ['tests: [{ name: t, customer: { limit: lots }, expect: { standing: clear } }]'],
      'lots',
      /neither of what it may be/,
    ],
    [
      'an example whose base currency has a rate',
      ['tests: [{ name: t, rates: { GBP: 1.2 }, expect: { standing: clear } }]'],
      '1.2',
      /the base currency, whose rate is 1/,
    ],
    [
      'a key with nothing behind it',
      ['overdue: { tolerance: } # here'],
      '} # here',
      /is empty: give a number/,
    ],
  ]);
});

describe('text that is no policy is refused', () => {
  const [begin] = ['version: 1\nname: p\n'];
  it.each([
    [
      'a tab to indent',
      `${begin}rates:\n\tmaximumAgeDays: 3`,
      /line 4, column 1: a tab is used to indent: use spaces/,
    ],
    ['a key that stands twice', `${begin}name: q`, /line 3, column 1: "name" stands here twice: keep one/],
    [
      'a key that stands twice in brackets',
      `${begin}rates: { maximumAgeDays: 1, maximumAgeDays: 2 }`,
      /line 3, column 29: "maximumAgeDays" stands here twice/,
    ],
    ['a second document', `${begin}---\nversion: 1`, /line 3, column 1: a second document begins here/],
    ['a tag of another language', `${begin}rates: !!js/function 'x'`, /mean nothing here/],
    ['an alias of nothing', `version: 1\nname: *nobody`, /nobody/],
    ['UTF-16', '\0v\0e\0r\0s\0i\0o\0n', /line 1, column 1: this is not text in UTF-8/],
    [
      'Latin-1',
      Buffer.from('name: Caf\xe9', 'latin1').toString('utf8'),
      /line 1, column 10: this is not text in UTF-8/,
    ],
    ['a key that is a list', `${begin}? [a, b]\n: c`, /line 3, column 1: "\?" begins a key/],
  ])('%s', (_what, source, words) => {
    expect(faultsOf(source)[0]).toMatch(words);
  });

  it.each([
    ['brackets without end', `a: ${'['.repeat(500_000)}`, /lists lie within lists more than 40 deep/],
    ['braces within braces', '{a: '.repeat(300_000), /lists lie within lists more than 40 deep/],
    ['dashes without end', `${'- '.repeat(500_000)}x`, /lists lie within lists more than 40 deep/],
    ['questions without end', `${'? '.repeat(100_000)}x`, /begins a key/],
    ['more than any policy says', `name: ${'x'.repeat(3_000_000)}`, /longer than 2000000 characters/],
    [
      'a hundred thousand keys',
      Array.from({ length: 100_000 }, (_, i) => `k${i}: ${i}`).join('\n'),
      /far more in it than in any policy/,
    ],
    [
      'aliases that swell',
      `a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]`,
      /alias/,
    ],
  ])('%s, without taking long over it', (_what, source, words) => {
    expect(faultsOf(source).join('\n')).toMatch(words);
  });

  it('a file that is much larger than any policy, unread', () => {
    const file = join(tempDir(), 'policy.yaml');
    writeFileSync(file, Buffer.alloc(9_000_000, 'a'));
    expect(() => readPolicyFile(file)).toThrow(/much larger than any policy/);
  });

  it('with at most fifty faults shown, and the number of the others', () => {
    const many = Array.from(
      { length: 60 },
      (_, i) => `{ rule: overdue, daysAtLeast: ${i}.5, standing: hold }`,
    );
    const faults = faultsOf(policyText(rules(...many)));
    expect(faults).toHaveLength(51);
    expect(faults.at(-1)).toBe('and 10 more');
  });
});
