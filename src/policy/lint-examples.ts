import { exponentOf } from '../domain/index.ts';
import type { Contradiction } from './contradiction.ts';
import type { PolicyDocument, PolicyExample } from './schema.ts';

/** No currency has more decimals than this. */
const MOST_DECIMALS = 3;

/** Amounts in base currency, which differs by organisation: what no currency could keep is refused here. */
export function findDecimalFaults(policy: PolicyDocument): Contradiction[] {
  return amountsOf(policy).flatMap(({ path, amount }) =>
    tooFine(path, amount, MOST_DECIMALS, 'any currency'),
  );
}

/** Amounts of a policy that are finer than the currency of one organisation can be. */
export function findCurrencyFaults(policy: PolicyDocument, currency: string): Contradiction[] {
  return amountsOf(policy).flatMap(({ path, amount }) =>
    tooFine(path, amount, exponentOf(currency), currency),
  );
}

interface PlacedAmount {
  path: (string | number)[];
  amount: number;
}

/** Every amount in base currency outside of the examples. */
function amountsOf(policy: PolicyDocument): PlacedAmount[] {
  const { overdue, release, rules, segments, overrides, approvals } = policy;
  return [
    ...pick(['overdue'], overdue, ['tolerance']),
    ...pick(['release'], release, ['overdueBelow']),
    ...rules.flatMap((rule, index) => pick(['rules', index], rule, ['amountAtLeast', 'openAtLeast'])),
    ...segments.flatMap(({ when, set }, index) => [
      ...pick(['segments', index, 'when', 'balance'], when.balance ?? {}, ['atLeast', 'below']),
      ...amountsOfChanges(['segments', index, 'set'], set),
    ]),
    ...overrides.flatMap(({ set }, index) => amountsOfChanges(['overrides', index, 'set'], set)),
    ...approvals.may.flatMap((line, index) => pick(['approvals', 'may', index], line, ['upTo'])),
    ...pick(['approvals'], approvals, ['fourEyesForLimitsAbove']),
  ];
}

function amountsOfChanges(
  path: (string | number)[],
  set: PolicyDocument['segments'][number]['set'],
): PlacedAmount[] {
  return [
    ...pick(path, set, ['tolerance', 'defaultLimit']),
    ...pick([...path, 'release'], set.release ?? {}, ['overdueBelow']),
  ];
}

function pick(path: (string | number)[], holder: object, keys: string[]): PlacedAmount[] {
  return Object.entries(holder).flatMap(([key, value]: [string, unknown]) =>
    keys.includes(key) && typeof value === 'number' ? [{ path: [...path, key], amount: value }] : [],
  );
}

function tooFine(
  path: (string | number)[],
  amount: number,
  places: number,
  currency: string,
): Contradiction[] {
  if (decimalsOf(amount) <= places) return [];
  const wanted = places === 0 ? 'write whole amounts' : `write at most ${places}`;
  return [{ path, message: `${amount} has more decimals than ${currency} has: ${wanted}` }];
}

/** Decimals of the shortest text that means the number: 250.5 has one, 1e-7 has seven. */
function decimalsOf(amount: number): number {
  const [digits = '', exponent = '0'] = String(amount).split('e');
  return Math.max(0, (digits.split('.')[1]?.length ?? 0) - Number(exponent));
}

/** Examples that are called the same, that name a document twice, or whose amounts their currency cannot have. */
export function findExampleFaults({ tests }: PolicyDocument): Contradiction[] {
  const seen = new Map<string, number>();
  return tests.flatMap((example, index) => {
    const before = seen.get(example.name);
    seen.set(example.name, index);
    const doubled =
      before === undefined
        ? []
        : [
            {
              path: ['tests', index, 'name'],
              message: `tests.${before} is called the same: say what differs`,
            },
          ];
    return [
      ...doubled,
      ...numbersOf(example, index),
      ...finenessOf(example, index),
      ...ratesOf(example, index),
    ];
  });
}

function numbersOf({ invoices }: PolicyExample, index: number): Contradiction[] {
  return invoices.flatMap(({ number }, at) =>
    invoices.findIndex((other) => other.number === number) === at
      ? []
      : [
          {
            path: ['tests', index, 'invoices', at, 'number'],
            message: `the invoice "${number}" stands here twice: give each its own number`,
          },
        ],
  );
}

function finenessOf(example: PolicyExample, index: number): Contradiction[] {
  const { baseCurrency, customer } = example;
  const own = customer.currency ?? baseCurrency;
  const at = (path: (string | number)[], amount: unknown, currency: string): Contradiction[] =>
    typeof amount === 'number'
      ? tooFine(['tests', index, ...path], amount, exponentOf(currency), currency)
      : [];
  return [
    ...at(['customer', 'limit'], customer.limit, baseCurrency),
    ...at(['customer', 'group', 'limit'], customer.group?.limit, baseCurrency),
    ...at(['customer', 'group', 'othersOwe'], customer.group?.othersOwe, baseCurrency),
    ...at(['credits'], example.credits, own),
    ...at(['drafts'], example.drafts, own),
    ...at(['orders'], example.orders, own),
    ...example.invoices.flatMap((invoice, row) =>
      at(['invoices', row, 'amount'], invoice.amount, invoice.currency ?? own),
    ),
  ];
}

function ratesOf({ rates, baseCurrency }: PolicyExample, index: number): Contradiction[] {
  const rate = rates[baseCurrency];
  if (rate === undefined || rate === 1) return [];
  const message = `${baseCurrency} is the base currency, whose rate is 1: remove this one`;
  return [{ path: ['tests', index, 'rates', baseCurrency], message }];
}
