import type { Command } from 'commander';
import { loadConfig } from '../../config.ts';
import { policyJsonSchemaText, readPolicyFile } from '../../policy/index.ts';
import { command, type CommonOptions } from '../command.ts';
import { describePolicyRef, policyFileInUse } from '../policy-files.ts';
import { printJson, printLine } from '../print.ts';
import { policyCheckCommand } from './policy-check.ts';
import { policyDiffCommand } from './policy-diff.ts';
import { policyTestCommand } from './policy-test.ts';

export function policyCommand(): Command {
  const show = command('show', 'print the policy in use').action((options: CommonOptions) =>
    showPolicy(options),
  );
  const schema = command(
    'schema',
    'print the JSON Schema of policy files, for editors and other programs',
  ).action(() => void process.stdout.write(policyJsonSchemaText()));
  const group = command('policy', 'the written credit policy');
  for (const child of [policyCheckCommand(), policyTestCommand(), policyDiffCommand(), show, schema])
    group.addCommand(child);
  return group;
}

function showPolicy(options: CommonOptions): void {
  const path = policyFileInUse(loadConfig());
  const policy = readPolicyFile(path);
  if (options.json) {
    const { hash: _hash, source, ...document } = policy;
    const rules = policy.rules.length;
    return printJson({ valid: true, ...describePolicyRef(policy, path), rules, policy: document, source });
  }
  printLine(`# ${path}, version ${policy.hash}`);
  process.stdout.write(policy.source);
}
