export { cannotDecide, evaluate, evaluateOne } from './evaluate.ts';
export { effectiveLimit, measurableLimit, type EffectiveLimit } from './effective-limit.ts';
export type { Flag, FlagCredit, FlagInvoice, RuleName } from './flag.ts';
export { highestUseBelow, isCashOnly, unassessedAtMost } from './limit-rules.ts';
export {
  countOlder,
  disputedAmounts,
  dueAtLatest,
  lateBook,
  lateSumMinor,
  netLate,
  unappliedIn,
  type DisputeMode,
  type LateBook,
  type LateItem,
} from './late-items.ts';
export { overdue } from './overdue-rule.ts';
export { overdueTerms, reachedThreshold, type OverdueTerms } from './overdue-terms.ts';
export { policyOf, profileOf } from './profile.ts';
export { isProbablyPaid } from './unapplied-cash.ts';
