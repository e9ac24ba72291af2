import type { Command } from 'commander';
import { loadConfig } from '../../config.ts';
import { HoldfastError } from '../../domain/index.ts';
import { readPolicyFile } from '../../policy/index.ts';
import { runPolicyTests, type ExampleResult } from '../../whatif/index.ts';
import { command, type CommonOptions } from '../command.ts';
import { describePolicyRef, policyFileInUse } from '../policy-files.ts';
import { printJson, printLine } from '../print.ts';
import { paint, plain } from '../style.ts';

export function policyTestCommand(): Command {
  return command('test', 'judge the example customers of a policy’s own tests: section')
    .argument('[files...]', 'policy files (default: the one in use)')
    .action((files: string[], options: CommonOptions) => testPolicies(files, options));
}

/** What came of one file. */
interface FileResult {
  policy: ReturnType<typeof describePolicyRef>;
  passed: number;
  failed: number;
  examples: ExampleResult[];
}

function testPolicies(files: string[], options: CommonOptions): void {
  const paths = files.length > 0 ? files : [policyFileInUse(loadConfig())];
  const results = paths.map(testFile);
  if (options.json) printJson(results);
  else results.forEach(printFile);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  if (failed > 0) throw failure(failed, results);
}

function testFile(path: string): FileResult {
  const policy = readPolicyFile(path);
  const examples = runPolicyTests(policy);
  const passed = examples.filter((example) => example.passed).length;
  return { policy: describePolicyRef(policy, path), passed, failed: examples.length - passed, examples };
}

function printFile({ policy, passed, failed, examples }: FileResult): void {
  printLine(`${policy.file}: "${policy.name}", version ${policy.hash}`);
  if (examples.length === 0)
    printLine('  It has no examples: add some under tests:, docs/policy.md shows how.');
  for (const example of examples) printExample(example);
  if (examples.length > 0) printLine(`  ${passed} passed, ${failed} failed`);
}

function printExample({ name, passed, expected, found, inSegments, because }: ExampleResult): void {
  const mark = passed ? paint('green', '✓') : paint('red', '✗');
  printLine(`  ${mark} ${plain(name)}`);
  if (passed) return;
  const flags = (list: string[] | null): string =>
    list === null ? '' : `, flags ${list.length === 0 ? 'none' : list.join(', ')}`;
  printLine(`      expected ${expected.standing}${flags(expected.flags)}`);
  const shown = expected.flags === null ? null : found.flags;
  const segments = inSegments.length === 0 ? 'in no segment' : `in segment ${inSegments.join(', ')}`;
  printLine(`      found    ${found.standing}${flags(shown)} (${segments})`);
  for (const line of because) printLine(`      ${plain(line)}`);
}

function failure(failed: number, results: FileResult[]): HoldfastError {
  const total = results.reduce((sum, { examples }) => sum + examples.length, 0);
  return new HoldfastError(
    'POLICY_TESTS_FAILED',
    `${failed} of ${total} examples ${failed === 1 ? 'is' : 'are'} not judged as expected.`,
    { kind: 'config', hint: 'Correct the rules, or what the examples expect.' },
  );
}
