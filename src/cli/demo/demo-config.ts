import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseDocument } from 'yaml';
import { demoEnvironment, parseConfig, type Config } from '../../config.ts';
import { DEFAULT_POLICY_FILE } from '../../policy/index.ts';
import type { DemoPlace } from './demo-place.ts';

/** The emulated platforms count no calls in a demo, so ours need not be spread over minutes. */
const NO_CALL_LIMITS = {
  XERO_CALLS_PER_MINUTE: '100000',
  XERO_CALLS_PER_DAY: '1000000',
  QUICKBOOKS_CALLS_PER_SECOND: '10000',
  QUICKBOOKS_CALLS_PER_MINUTE: '100000',
};

/** The demo's configuration: the emulator's addresses and its own folders; no key or address of the user's. */
export function demoConfig(place: DemoPlace, emulatorEnv: Record<string, string>): Config {
  return parseConfig({ ...demoVariables(place, emulatorEnv), HOLDFAST_PORT: '0' });
}

/** The same as variables, for other commands to look at the demo's data while it runs. */
export function demoVariables(place: DemoPlace, emulatorEnv: Record<string, string>): Record<string, string> {
  const log = demoEnvironment()['HOLDFAST_LOG'];
  return {
    ...emulatorEnv,
    ...NO_CALL_LIMITS,
    ...(log === undefined ? {} : { HOLDFAST_LOG: log }),
    HOLDFAST_DATA_DIR: place.dataDir,
    HOLDFAST_KEY_FILE: place.keyFile,
  };
}

/**
 * Writes the demo's own policy at the first run: the default one, with every effect automatic, and without a stop
 * at crowds, since a first night brings one and nobody is there to approve it.
 */
export function writeDemoPolicy(file: string): void {
  if (existsSync(file)) return;
  const policy = parseDocument(readFileSync(DEFAULT_POLICY_FILE, 'utf8'));
  policy.commentBefore =
    ' The demo writes this once and never touches it again. It is the default policy, all automatic.';
  policy.set('name', 'Demo policy');
  for (const path of [['standings', 'hold'], ['standings', 'stop'], ['releaseHolds'], ['reminders']]) {
    policy.setIn([...path, 'automatic'], true);
  }
  policy.setIn(['gates', 'blastRadius', 'customers'], 100_000);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, policy.toString({ lineWidth: 0 }));
}
