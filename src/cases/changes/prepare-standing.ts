import type { Reader } from '../../store/index.ts';
import type { ManualStanding } from '../case-file.ts';
import { readManualStandings } from '../notes/store.ts';
import { saveManualStanding } from '../noting/store.ts';
import type { Asking, Prepare, StandingChange } from './case-change.ts';
import { assertDayBetween, refused, yearAfter } from './refuse.ts';

type Of<K extends StandingChange['kind']> = Extract<StandingChange, { kind: K }>;

/** Standings that a person can set, the mildest first. */
export const MANUAL_STANDINGS = ['watch', 'approve-first', 'prepay', 'hold', 'stop'] as const;
export const CAUSES = ['person', 'fraud', 'insurer'] as const;

export const prepareStanding: Prepare<Of<'standing.set'>> = async (reader, asking, change) => {
  const { connection, today } = asking;
  const { customer, standing, cause, until, exposureMinor } = change;
  if (until !== null) assertDayBetween('The last day', until, today, yearAfter(today));
  const before = (await standingsOf(reader, asking, customer.id)).find((one) => one.cause === cause);
  const isMilder = before !== undefined && lifts(before, change);
  const instead = before === undefined ? '' : ` (was ${before.standing})`;
  return {
    summary: `${customer.name}: ${standing}${instead} by ${causeText(cause)}${until === null ? '' : ` until ${until}`}`,
    details: { name: customer.name, standing, cause, until, before: before?.standing ?? null },
    // To put a milder or a shorter one in its place would be to lift it.
    question: isMilder ? { kind: 'standing', amountMinor: exposureMinor } : null,
    commit: async (tx, meta) => {
      await saveManualStanding(tx, connection.id, { customerId: customer.id, cause, standing, until }, meta);
      return null;
    },
  };
};

export const prepareClearing: Prepare<Of<'standing.clear'>> = async (reader, asking, change) => {
  const { customer, cause, exposureMinor } = change;
  const all = await standingsOf(reader, asking, customer.id);
  const cleared = all.filter((one) => cause === null || one.cause === cause);
  if (cleared.length === 0)
    throw refused(
      'NO_STANDING',
      `Nobody set a standing of ${customer.name}${cause === null ? '' : ` because of ${causeText(cause)}`}.`,
      '`holdfast standing list` shows those that people set.',
    );
  const names = cleared.map((one) => `${one.standing} (${causeText(one.cause)})`).join(', ');
  return {
    summary: `${customer.name}: ${names} is lifted`,
    details: { name: customer.name, causes: cleared.map((one) => one.cause), exposureMinor },
    question: { kind: 'standing', amountMinor: exposureMinor },
    commit: async (tx, meta) => {
      for (const one of cleared) {
        const lifted = { customerId: customer.id, cause: one.cause, standing: null, until: null };
        await saveManualStanding(tx, asking.connection.id, lifted, meta);
      }
      return null;
    },
  };
};

async function standingsOf(reader: Reader, asking: Asking, customerId: ManualStanding['customerId']) {
  const moment = { asOf: asking.today, knownAtMs: Infinity };
  return readManualStandings(reader, asking.connection.id, moment, [customerId]);
}

function lifts(before: ManualStanding, now: Of<'standing.set'>): boolean {
  const isMilder = MANUAL_STANDINGS.indexOf(now.standing) < MANUAL_STANDINGS.indexOf(before.standing);
  return isMilder || (now.until !== null && (before.until === null || now.until < before.until));
}

const causeText = (cause: ManualStanding['cause']): string =>
  ({ person: 'a person', fraud: 'suspected fraud', insurer: 'the insurer' })[cause];
