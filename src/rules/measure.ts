import { daysBetween, type Day } from '../domain/index.ts';
import type { CustomerFacts } from '../facts/index.ts';
import type { Standing } from '../policy/index.ts';

/** Days past due on the facts' day; negative while not due yet. */
export function daysPastDue(facts: CustomerFacts): (dueDate: Day) => number {
  return (dueDate) => daysBetween(dueDate, facts.asOf);
}

/** A rule whose standing is 'clear' only informs. */
export function severityOf(standing: Standing): Standing | 'info' {
  return standing === 'clear' ? 'info' : standing;
}
