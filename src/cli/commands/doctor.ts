import type { Command } from 'commander';
import { loadConfig, type Config } from '../../config.ts';
import { command, type CommonOptions } from '../command.ts';
import { checkConfiguration, redirectAddresses } from '../doctor/check-configuration.ts';
import { checkDatabase } from '../doctor/check-database.ts';
import { checkMachine } from '../doctor/check-machine.ts';
import type { Finding, Severity } from '../doctor/finding.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { printJson, printLine } from '../print.ts';
import { paint, plain } from '../style.ts';

interface DoctorOptions extends CommonOptions {
  offline?: boolean;
}

export function doctorCommand(): Command {
  return command('doctor', 'what is configured, reachable, stale, wrong; fails only for real faults')
    .option('--offline', 'ask neither the platforms nor the mail server')
    .action(examine);
}

async function examine(options: DoctorOptions): Promise<void> {
  const config = loadConfig();
  const findings = [
    ...checkMachine(config),
    ...checkConfiguration(config),
    ...(await checkDatabase(config, options.offline ?? false)),
  ];
  const ok = findings.every((finding) => finding.severity !== 'fault');
  if (options.json) printJson({ ok, redirectAddresses: redirectAddresses(config), findings });
  else printFindings(config, findings);
  if (!ok) process.exitCode = EXIT_CODES.state;
}

const MARKS: Readonly<Record<Severity, () => string>> = {
  ok: () => paint('green', 'ok     '),
  info: () => paint('dim', 'info   '),
  warning: () => paint('yellow', 'warning'),
  fault: () => paint('red', 'fault  '),
};

function printFindings(config: Config, findings: Finding[]): void {
  let area = '';
  for (const finding of findings) {
    if (finding.area !== area) printLine(`${area === '' ? '' : '\n'}${paint('bold', finding.area)}`);
    area = finding.area;
    printLine(`  ${MARKS[finding.severity]()}  ${plain(finding.text)}`);
    if (finding.advice !== null) printLine(`           → ${finding.advice}`);
  }
  const { xero, quickbooks } = redirectAddresses(config);
  printLine(
    `\nRedirect addresses to register, to the letter:\n  Xero        ${xero}\n  QuickBooks  ${quickbooks}`,
  );
}
