import { existsSync } from 'node:fs';
import type { Config } from '../config.ts';
import { DEFAULT_POLICY_FILE, type Policy } from '../policy/index.ts';

/** The file that decisions are made by: policy.yaml in the data directory, else the one that ships with Holdfast. */
export function policyFileInUse(config: Config): string {
  return existsSync(config.policyFile) ? config.policyFile : DEFAULT_POLICY_FILE;
}

/** A policy as --json names it. */
export function describePolicyRef(policy: Policy, file: string) {
  return { file, isDefault: file === DEFAULT_POLICY_FILE, name: policy.name, hash: policy.hash };
}
