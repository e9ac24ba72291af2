export {
  STANDINGS,
  compareStandings,
  policySchema,
  worstStanding,
  type OverdueRule,
  type Policy,
  type PolicyDocument,
  type PolicyRule,
  type Standing,
  type UseRule,
} from './schema.ts';
export { DEFAULT_POLICY_FILE, parsePolicy, readPolicyFile } from './document.ts';
export { useThreshold } from './lint.ts';
export { savePolicyVersion } from './store.ts';
