import { formatMoney } from '../../domain/index.ts';
import { readReleases } from '../notes/store.ts';
import { nextNumber, saveRelease } from '../noting/store.ts';
import type { Prepare, ReleaseChange } from './case-change.ts';
import { assertDayBetween, refused, yearAfter } from './refuse.ts';

type Of<K extends ReleaseChange['kind']> = Extract<ReleaseChange, { kind: K }>;

export const prepareRelease: Prepare<Of<'release.grant'>> = (_reader, asking, change) => {
  const { connection, today, by, why } = asking;
  const { customer, upToMinor, until, orderReference } = change;
  assertDayBetween('The last day', until, today, yearAfter(today));
  const scope = orderReference === null ? ('customer' as const) : ('order' as const);
  const order = orderReference === null ? '' : ` for order ${orderReference}`;
  return Promise.resolve({
    summary: `release of ${customer.name}${order} until ${until}, while the exposure is at most ${formatMoney(upToMinor, connection.baseCurrency)}`,
    details: { name: customer.name, upToMinor, until, orderReference },
    question: { kind: 'release', amountMinor: upToMinor },
    commit: async (tx, meta, approvedBy) => {
      const id = await nextNumber(tx, 'hold_release');
      const one = { id, customerId: customer.id, scope, upToExposureMinor: upToMinor, orderReference };
      const who = approvedBy.length === 0 ? by : approvedBy.join(', ');
      const rest = { reason: why, by: who, from: meta.day, until, state: 'open' as const };
      await saveRelease(tx, connection.id, { ...one, ...rest }, meta);
      return id;
    },
  });
};

export const prepareReleaseEnd: Prepare<Of<'release.end'>> = async (reader, asking, change) => {
  const { connection, today } = asking;
  const moment = { asOf: today, knownAtMs: Infinity };
  const one = (await readReleases(reader, connection.id, moment)).find((release) => release.id === change.id);
  if (one === undefined)
    throw refused(
      'NOT_IN_FORCE',
      `There is no release number ${change.id} that is in force.`,
      '`holdfast release list` shows those that are.',
    );
  return {
    summary: `release ${one.id} of ${change.customer.name} ends: what held the customer holds it again`,
    details: { name: change.customer.name, number: one.id },
    question: null,
    commit: async (tx, meta) => {
      await saveRelease(tx, connection.id, { ...one, state: 'ended' }, meta);
      return one.id;
    },
  };
};
