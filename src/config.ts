import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import {
  heldWebhookConfig,
  heldWebhookEnvironment,
  type HeldWebhookConfig,
} from '../connectors/held-webhook/config.ts';
import { mailConfig, mailEnvironment, type MailConfig } from '../connectors/mail/config.ts';
import {
  quickbooksConfig,
  quickbooksEnvironment,
  type QuickBooksConfig,
} from '../connectors/quickbooks/config.ts';
import { xeroConfig, xeroEnvironment, type XeroConfig } from '../connectors/xero/config.ts';
import { HoldfastError } from './domain/index.ts';

const HOME = join(homedir(), '.holdfast');

const holdfastEnvironment = z.object({
  HOLDFAST_DATA_DIR: z
    .string()
    .min(1)
    .default(join(HOME, 'data'))
    .describe('Database, policy.yaml, rates.csv, backups'),
  HOLDFAST_KEY_FILE: z
    .string()
    .min(1)
    .default(join(HOME, 'holdfast.key'))
    .describe('Key that seals tokens; must lie outside the data directory'),
  HOLDFAST_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(7420)
    .describe('Port of `holdfast serve`, on loopback'),
  HOLDFAST_BASE_URL: z
    .string()
    .default('')
    .describe(
      'Address at which a browser reaches `serve`; default http://localhost:PORT. https behind a proxy',
    ),
  HOLDFAST_LOG: z
    .enum(['silent', 'error', 'warn', 'info', 'debug'])
    .default('warn')
    .describe('How much is logged, on stderr'),
  HOLDFAST_CLOCK_OFFSET_MS: z.coerce
    .number()
    .int()
    .default(0)
    .describe("An emulated world's clock; honoured only while every platform address is loopback"),
});

const environment = z.object({
  ...xeroEnvironment.shape,
  ...quickbooksEnvironment.shape,
  ...mailEnvironment.shape,
  ...heldWebhookEnvironment.shape,
  ...holdfastEnvironment.shape,
});

/** Everything that can be configured, parsed once. */
export interface Config {
  dataDir: string;
  databaseFile: string;
  policyFile: string;
  ratesFile: string;
  keyFile: string;
  port: number;
  baseUrl: string;
  logLevel: string;
  clockOffsetMs: number;
  xero: XeroConfig | null;
  quickbooks: QuickBooksConfig | null;
  mail: MailConfig | null;
  heldWebhook: HeldWebhookConfig | null;
}

/** Every variable that is read, in the order of .env.example. */
export function environmentNames(): string[] {
  return Object.keys(environment.shape);
}

/**
 * Reads .env in the working directory (what is set already wins) and the environment. Throws CONFIG_INVALID naming
 * every fault at once; values are never repeated, since they may be secrets.
 */
export function loadConfig(overrides: Record<string, string> = {}): Config {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return parseConfig({ ...process.env, ...overrides });
}

/**
 * What the demo takes from the environment: where its own data lie and how much is logged. Nothing of a platform,
 * and nothing from .env, which points at real companies.
 */
export function demoEnvironment(): Record<string, string> {
  const names = ['HOLDFAST_DATA_DIR', 'HOLDFAST_KEY_FILE', 'HOLDFAST_LOG'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name] ?? '';
      return value === '' ? [] : [[name, value]];
    }),
  );
}

/**
 * The environment for a child process of ours: the same, but glibc keeps one heap instead of one for each thread,
 * which is a tenth of a night's memory.
 */
export const childEnvironment = (): Record<string, string | undefined> => ({
  ...process.env,
  MALLOC_ARENA_MAX: '1',
});

/** A key that lies beside a data directory under its name belongs to it (the demo's does); else the usual one. */
function ownKeyFile(dataDir: string): string {
  const beside = `${dataDir}.key`;
  return existsSync(beside) ? beside : join(HOME, 'holdfast.key');
}

/** Parses an environment. Empty values count as not set. */
export function parseConfig(source: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.entries(source).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environment.safeParse(given);
  const faults = [
    ...unknownNames(Object.keys(given)),
    ...(parsed.success
      ? []
      : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)),
  ];
  if (!parsed.success || faults.length > 0) throw invalid(faults);
  const env = parsed.data;
  const dataDir = resolve(env.HOLDFAST_DATA_DIR);
  const keyFile =
    given['HOLDFAST_KEY_FILE'] === undefined ? ownKeyFile(dataDir) : resolve(env.HOLDFAST_KEY_FILE);
  if (`${keyFile}/`.startsWith(`${dataDir}/`)) {
    throw invalid([
      'HOLDFAST_KEY_FILE: must lie outside HOLDFAST_DATA_DIR, or a stolen copy of the data opens itself',
    ]);
  }
  const config = {
    dataDir,
    databaseFile: join(dataDir, 'holdfast.sqlite'),
    policyFile: join(dataDir, 'policy.yaml'),
    ratesFile: join(dataDir, 'rates.csv'),
    keyFile,
    port: env.HOLDFAST_PORT,
    baseUrl: baseUrl(env.HOLDFAST_BASE_URL, env.HOLDFAST_PORT),
    logLevel: env.HOLDFAST_LOG,
    clockOffsetMs: env.HOLDFAST_CLOCK_OFFSET_MS,
    xero: xeroConfig(env),
    quickbooks: quickbooksConfig(env),
    mail: mailConfig(env),
    heldWebhook: heldWebhookConfig(env),
  };
  return config.clockOffsetMs === 0 || isEmulated(config) ? config : { ...config, clockOffsetMs: 0 };
}

/** Where each platform sends the user back to; to be registered with the app there, to the letter. */
export function redirectUri(config: Config, platform: 'xero' | 'quickbooks'): string {
  return `${config.baseUrl}/connect/${platform}/callback`;
}

/** Where each platform is to send its webhooks. */
export function webhookUri(config: Config, platform: 'xero' | 'quickbooks'): string {
  return `${config.baseUrl}/webhooks/${platform}`;
}

/** True when every configured platform is on this machine: only then may the clock be moved. */
export function isEmulated(config: Pick<Config, 'xero' | 'quickbooks'>): boolean {
  const { xero, quickbooks } = config;
  const urls = [
    ...(xero === null ? [] : [xero.loginUrl, xero.identityUrl, xero.apiUrl]),
    ...(quickbooks === null
      ? []
      : [quickbooks.authorizeUrl, quickbooks.tokenUrl, quickbooks.revokeUrl, quickbooks.apiUrl]),
  ];
  return urls.length > 0 && urls.every((url) => LOOPBACK.test(new URL(url).hostname));
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

function baseUrl(text: string, port: number): string {
  if (text === '') return `http://localhost:${port}`;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.hash !== '') {
    throw invalid(['HOLDFAST_BASE_URL: must be an address such as https://holdfast.example.com']);
  }
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    throw invalid(['HOLDFAST_BASE_URL: must be https, except on this machine']);
  }
  return text.replace(/\/+$/, '');
}

/** A misspelt name would silently be a default: refuse it. */
function unknownNames(names: string[]): string[] {
  const known = environmentNames();
  const ours = names.filter(
    (name) => /^(HOLDFAST|XERO|QUICKBOOKS)_/.test(name) && !name.startsWith('HOLDFAST_TEST_'),
  );
  return ours
    .filter((name) => !known.includes(name))
    .map((name) => `${name}: no such setting (see .env.example)`);
}

function invalid(faults: string[]): HoldfastError {
  return new HoldfastError('CONFIG_INVALID', `The configuration cannot be used:\n  ${faults.join('\n  ')}`, {
    kind: 'config',
    hint: 'Correct .env or the environment; .env.example explains every setting.',
  });
}
