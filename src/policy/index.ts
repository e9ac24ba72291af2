export { FLAG_NAMES, RULE_NAMES, STANDINGS, type Standing } from './schema-words.ts';
export {
  compareStandings,
  policySchema,
  worstStanding,
  type ApprovalKind,
  type OverdueRule,
  type Override,
  type Policy,
  type PolicyDocument,
  type PolicyExample,
  type PolicyRule,
  type Segment,
  type UseRule,
} from './schema.ts';
export type { CustomerProfile } from './customer-profile.ts';
export { policyFor, type PolicyForCustomer } from './policy-for.ts';
export {
  DEFAULT_POLICY_FILE,
  parsePolicy,
  readPlacedPolicy,
  readPolicyFile,
  type PlacedPolicy,
} from './document.ts';
export { findCurrencyFaults } from './lint-examples.ts';
export { releaseFaultsOf } from './lint-release.ts';
export { useThreshold } from './lint-rules.ts';
export { isWorkingDay, nextWorkingDay } from './calendar.ts';
export { policyJsonSchema, policyJsonSchemaText } from './json-schema.ts';
export { readPolicyVersion, savePolicyVersion } from './store.ts';
export { describeRule } from './describe-rule.ts';
export { describePolicyChanges, type PolicyChange } from './policy-changes.ts';
