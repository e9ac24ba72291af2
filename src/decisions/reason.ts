import type { CustomerFacts } from '../facts/index.ts';
import { compareStandings, type Standing } from '../policy/index.ts';
import type { Flag, RuleName } from '../rules/index.ts';

/** Why a standing is what it is: what asks for it (or keeps it), and its paragraph. */
export interface Reason {
  rule:
    | RuleName
    | 'release-threshold'
    | 'parent'
    /** A person set it. */
    | 'manual'
    /** Suspected fraud, set by a person. */
    | 'fraud'
    /** The insurer asked for it, set by a person. */
    | 'insurer'
    /** The policy's override of this customer. */
    | 'override'
    /** A person let it be served for the time being. */
    | 'released'
    /** A dispute that nobody approved lifts no hold. */
    | 'disputed';
  standing: Standing;
  explanation: string;
}

/** What people set and only people take away. */
const BY_PEOPLE: readonly Reason['rule'][] = ['manual', 'fraud', 'insurer'];
export const isByPeople = (reason: Reason): boolean => BY_PEOPLE.includes(reason.rule);

/** Reasons that say nothing of the customer's own figures. */
const NOT_OF_FIGURES: readonly Reason['rule'][] = [...BY_PEOPLE, 'parent', 'override', 'released'];
export const isOfFigures = (reason: Reason): boolean => !NOT_OF_FIGURES.includes(reason.rule);

/** Of equally severe reasons the first of these is named first (domain: hold order). */
const ORDER: readonly Reason['rule'][] = [
  'manual',
  'fraud',
  'insurer',
  'overdue',
  'disputed',
  'release-threshold',
  'group-over-limit',
  'over-limit',
  'cash-only',
  'group-near-limit',
  'near-limit',
  'unassessed',
];

/** The most severe first. */
export const bySeverity = (a: Reason, b: Reason): number =>
  compareStandings(b.standing, a.standing) || ORDER.indexOf(a.rule) - ORDER.indexOf(b.rule);

/** What a flag asks for; nothing of one that only informs. */
export function reasonOf(flag: Flag): Reason[] {
  if (flag.severity === 'info') return [];
  return [{ rule: flag.rule, standing: flag.severity, explanation: flag.explanation }];
}

const CAUSES = { person: 'manual', fraud: 'fraud', insurer: 'insurer' } as const;
const CAUSE_WORDS = {
  person: '',
  fraud: ' for suspected fraud',
  insurer: ' because the insurer asks for it',
};

/** What people set, the most severe first. It never clears itself, unless it was given an end. */
export function manualReasons({ customer, manualStandings }: CustomerFacts): Reason[] {
  return manualStandings
    .map(({ standing, cause, reason, by, from, until }): Reason => {
      const end = until === null ? 'Only a person takes it away' : `It ends after ${until}`;
      const explanation =
        `${by} set ${customer.name} to ${standing} on ${from}${CAUSE_WORDS[cause]}: ${reason}. ` +
        `${end}; no payment does.`;
      return { rule: CAUSES[cause], standing, explanation };
    })
    .sort(bySeverity);
}
