import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { loadConfig, type Config } from '../../config.ts';
import { DEFAULT_POLICY_FILE, readPolicyFile, type Policy } from '../../policy/index.ts';
import { command, type CommonOptions } from '../command.ts';
import { printJson, printLine } from '../print.ts';

export function policyCommand(): Command {
  const check = command('check', 'say whether a policy can be used; faults come with line and column')
    .argument('[file]', 'policy file (default: the one in use)')
    .action((file: string | undefined, options: CommonOptions) => checkPolicy(file, options));
  const show = command('show', 'print the policy in use').action((options: CommonOptions) =>
    showPolicy(options),
  );
  return command('policy', 'the written credit policy').addCommand(check).addCommand(show);
}

/** The file that decisions are made by: policy.yaml in the data directory, else the one that ships with Holdfast. */
export function policyFileInUse(config: Config): string {
  return existsSync(config.policyFile) ? config.policyFile : DEFAULT_POLICY_FILE;
}

function checkPolicy(file: string | undefined, options: CommonOptions): void {
  const path = file ?? policyFileInUse(loadConfig());
  const policy = readPolicyFile(path);
  if (options.json) return printJson(describePolicy(policy, path));
  printLine(`${path} can be used: "${policy.name}", ${policy.rules.length} rules, version ${policy.hash}.`);
}

function showPolicy(options: CommonOptions): void {
  const path = policyFileInUse(loadConfig());
  const policy = readPolicyFile(path);
  if (options.json) {
    const { hash: _hash, source, ...document } = policy;
    return printJson({ ...describePolicy(policy, path), policy: document, source });
  }
  printLine(`# ${path}, version ${policy.hash}`);
  process.stdout.write(policy.source);
}

function describePolicy(policy: Policy, file: string) {
  const isDefault = file === DEFAULT_POLICY_FILE;
  return { valid: true, file, isDefault, name: policy.name, hash: policy.hash, rules: policy.rules.length };
}
