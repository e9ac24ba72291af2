export {
  STANDINGS,
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
  type Standing,
  type UseRule,
} from './schema.ts';
export { policyFor, type CustomerProfile, type PolicyForCustomer } from './policy-for.ts';
export { DEFAULT_POLICY_FILE, parsePolicy, readPolicyFile } from './document.ts';
export { useThreshold } from './lint.ts';
export { savePolicyVersion } from './store.ts';
