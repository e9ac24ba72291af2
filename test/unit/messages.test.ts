import { describe, expect, it } from 'vitest';
import { renderReminder, type ReminderItem, type ReminderLetter } from '../../src/messages/index.ts';
import { day } from '../support/mirror-records.ts';

const item = (number: string, openMinor: number, fields: Partial<ReminderItem> = {}): ReminderItem => ({
  number,
  issueDate: day('2026-02-01'),
  dueDate: day('2026-03-03'),
  currency: 'GBP',
  openMinor,
  url: null,
  ...fields,
});

const letter = (fields: Partial<ReminderLetter> = {}): ReminderLetter => ({
  company: 'Harbour Test Ltd',
  customer: 'Alder Ltd',
  asOf: day('2026-03-11'),
  step: 7,
  position: 1,
  items: [item('INV-1', 1_200_00)],
  credits: [],
  ...fields,
});

const CREDIT = {
  kind: 'credit-note',
  number: 'CN-9',
  date: day('2026-03-01'),
  currency: 'GBP',
  openMinor: 200_00,
};

describe('a reminder', () => {
  it('reads, word for word, as a person would have written it', () => {
    const { subject, text } = renderReminder(
      letter({
        items: [
          item('INV-1', 1_200_00, { url: 'https://pay.example/1' }),
          item('INV-2', 50, { dueDate: day('2026-03-10') }),
        ],
        credits: [CREDIT],
      }),
    );
    expect(subject).toBe('Second reminder: 1,000.50 GBP overdue (Harbour Test Ltd)');
    expect(text).toBe(`Dear Alder Ltd,

the following is still open although we reminded you before.

- Invoice INV-1 of 2026-02-01, due 2026-03-03 (8 days overdue): 1,200.00 GBP
  https://pay.example/1
- Invoice INV-2 of 2026-02-01, due 2026-03-10 (1 day overdue): 0.50 GBP
- Less credit note CN-9 of 2026-03-01: -200.00 GBP
Total: 1,000.50 GBP

Please pay by return, or answer this message with the day on which you will.

If you have paid in the last few days, please take this as seen to, and thank you.

Harbour Test Ltd
`);
  });

  it('is the same bytes for the same letter', () => {
    expect(renderReminder(letter())).toEqual(renderReminder(letter()));
  });

  it('says the same in HTML, with the links', () => {
    const { html } = renderReminder(
      letter({
        items: [item('INV-1', 1_200_00, { url: 'https://pay.example/1?a=1&b=2' })],
        credits: [CREDIT],
      }),
    );
    expect(html).toContain('<a href="https://pay.example/1?a=1&amp;b=2">INV-1</a>');
    expect(html).toContain('-200.00 GBP');
    expect(html).toContain('<strong>1,000.00 GBP</strong>');
    expect(html).toContain('8 days');
    expect(html).not.toMatch(/\{\{|\}\}|\{%|undefined|\[object/);
  });

  it('never adds up different currencies: each has its own items, credits and total', () => {
    const { subject, text, html } = renderReminder(
      letter({
        items: [
          item('E-1', 10_00, { currency: 'EUR' }),
          item('G-1', 5_00),
          item('J-1', 700, { currency: 'JPY' }),
        ],
        credits: [
          { ...CREDIT, number: 'CN-E', currency: 'EUR', openMinor: 1_00 },
          { ...CREDIT, number: 'CN-U', currency: 'USD', openMinor: 1_00 },
        ],
      }),
    );
    expect(subject).toBe('Second reminder: 9.00 EUR and 5.00 GBP and 700 JPY overdue (Harbour Test Ltd)');
    expect(text.match(/^Total: .*$/gm)).toEqual(['Total: 9.00 EUR', 'Total: 5.00 GBP', 'Total: 700 JPY']);
    expect(html.match(/<table/g)).toHaveLength(3);
    expect(text).not.toContain('CN-U');
  });

  it('calls each kind of credit by its name', () => {
    const kinds = ['credit-note', 'overpayment', 'prepayment', 'unapplied-payment'];
    const { text } = renderReminder(letter({ credits: kinds.map((kind) => ({ ...CREDIT, kind })) }));
    for (const name of ['credit note', 'overpayment', 'prepayment', 'payment not yet allocated']) {
      expect(text).toContain(`- Less ${name} CN-9`);
    }
  });
});

describe('the tone', () => {
  it.each([
    [-3, 0, 'Coming due: 1,200.00 GBP'],
    [1, 0, 'Payment reminder: 1,200.00 GBP'],
    [7, 1, 'Second reminder: 1,200.00 GBP overdue'],
    [14, 2, 'Overdue: 1,200.00 GBP, please reply'],
    [30, 3, 'Final reminder: 1,200.00 GBP'],
    [60, 4, 'Final reminder: 1,200.00 GBP'],
  ])('of step %s is that of a ladder: position %s says "%s"', (step, position, subject) => {
    expect(renderReminder(letter({ step, position })).subject).toBe(`${subject} (Harbour Test Ltd)`);
  });

  it('threatens nothing before the last step', () => {
    for (const [step, position] of [
      [-3, 0],
      [1, 0],
      [7, 1],
      [14, 2],
    ] as const) {
      expect(renderReminder(letter({ step, position })).text).not.toMatch(/at once|in advance|final/i);
    }
  });

  it('of a courtesy speaks of no days overdue', () => {
    const { text } = renderReminder(
      letter({ step: -3, position: 0, items: [item('INV-1', 5_00, { dueDate: day('2026-03-13') })] }),
    );
    expect(text).toContain('due 2026-03-13: 5.00 GBP');
    expect(text).not.toMatch(/overdue/);
  });
});

describe('what a customer calls itself', () => {
  it('stays text in HTML, whatever it contains', () => {
    const customer = `<script>alert("x")</script> & 'Sons'`;
    const { html, text } = renderReminder(
      letter({ customer, company: '<b>Us</b>', items: [item('<img src=x>', 5_00)] }),
    );
    expect(html).not.toMatch(/<script|<img|<b>/);
    expect(html).toContain('&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; &amp; &#39;Sons&#39;');
    expect(text).toContain(customer);
  });

  it('cannot break out of a link', () => {
    const url = 'https://pay.example/"onmouseover="alert(1)';
    const { html } = renderReminder(letter({ items: [item('INV-1', 5_00, { url })] }));
    expect(html).not.toContain('"onmouseover');
  });

  it('is not run as a template', () => {
    const customer = '{{ company }} {% if true %}x{% endif %}';
    const { text, html } = renderReminder(letter({ customer, items: [item('{{ subject }}', 5_00)] }));
    expect(text).toContain(`Dear ${customer},`);
    expect(text).toContain('Invoice {{ subject }} of');
    expect(html).toContain('{{ company }} {% if true %}x{% endif %}');
  });

  it('does not put its dollar signs or braces into the subject’s own words', () => {
    const { subject } = renderReminder(letter({ company: "$& {total} $' Ltd" }));
    expect(subject).toBe("Second reminder: 1,200.00 GBP overdue ($& {total} $' Ltd)");
  });

  it('makes no new line, header or hidden direction', () => {
    const sly = 'Alder\r\nBcc: all@example.com\u202e\u2028\u0007Ltd';
    const { subject, text, html } = renderReminder(
      letter({
        company: sly,
        customer: sly,
        items: [item(sly, 5_00)],
        credits: [{ ...CREDIT, number: sly }],
      }),
    );
    const control = /[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u;
    expect(subject).not.toMatch(control);
    expect(text.replaceAll('\n', '')).not.toMatch(control);
    expect(html.replaceAll('\n', '')).not.toMatch(control);
    expect(text).not.toMatch(/^Bcc/m);
    expect(text).toContain('Dear Alder Bcc: all@example.com Ltd,');
  });
});
