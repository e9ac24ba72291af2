import { z } from 'zod';
import { address } from '../kit/address.ts';

const calls = (fallback: number) => z.coerce.number().int().min(1).max(1_000_000).default(fallback);

/** The environment variables of the Xero connector. Addresses may be any server that speaks Xero's protocol. */
export const xeroEnvironment = z.object({
  XERO_LOGIN_URL: address('https://login.xero.com').describe('Where the user gives consent'),
  XERO_IDENTITY_URL: address('https://identity.xero.com').describe('Where tokens are issued'),
  XERO_API_URL: address('https://api.xero.com').describe('Where the accounting API answers'),
  XERO_CLIENT_ID: z.string().trim().default('').describe('Client id of your Xero app; empty = Xero is off'),
  XERO_CLIENT_SECRET: z.string().trim().default('').describe('Its secret; empty for PKCE apps'),
  XERO_SCOPES: z
    .string()
    .trim()
    .default(
      'offline_access openid profile email accounting.contacts accounting.invoices ' +
        'accounting.payments.read accounting.settings.read',
    )
    .describe('OAuth scopes; apps made before March 2026 may need the older, broader names'),
  XERO_CURRENCY_RATE: z
    .enum(['foreign-per-base', 'base-per-foreign'])
    .default('foreign-per-base')
    .describe("Direction of CurrencyRate, which Xero's documents leave open"),
  XERO_HOLD_GROUP: z
    .string()
    .trim()
    .min(1)
    .default('Credit hold')
    .describe('Name of the contact group that marks a customer as held'),
  XERO_WEBHOOK_KEY: z
    .string()
    .trim()
    .default('')
    .describe("Signing key of your app's webhooks; empty = no webhooks are taken"),
  XERO_CALLS_PER_MINUTE: calls(60).describe("Xero's limit per organisation"),
  XERO_CALLS_PER_DAY: calls(5_000).describe("Xero's limit per organisation; 1000 on its Starter tier"),
});

export type XeroEnvironment = z.output<typeof xeroEnvironment>;

export interface XeroConfig {
  loginUrl: string;
  identityUrl: string;
  apiUrl: string;
  clientId: string;
  clientSecret: string;
  scopes: string;
  currencyRate: XeroEnvironment['XERO_CURRENCY_RATE'];
  holdGroup: string;
  /** '' = no webhooks. */
  webhookKey: string;
  callsPerMinute: number;
  callsPerDay: number;
}

/** The connector's configuration; null when no client id is given: Xero is then not used. */
export function xeroConfig(env: XeroEnvironment): XeroConfig | null {
  if (env.XERO_CLIENT_ID === '') return null;
  return {
    loginUrl: trimSlash(env.XERO_LOGIN_URL),
    identityUrl: trimSlash(env.XERO_IDENTITY_URL),
    apiUrl: trimSlash(env.XERO_API_URL),
    clientId: env.XERO_CLIENT_ID,
    clientSecret: env.XERO_CLIENT_SECRET,
    scopes: env.XERO_SCOPES,
    currencyRate: env.XERO_CURRENCY_RATE,
    holdGroup: env.XERO_HOLD_GROUP,
    webhookKey: env.XERO_WEBHOOK_KEY,
    callsPerMinute: env.XERO_CALLS_PER_MINUTE,
    callsPerDay: env.XERO_CALLS_PER_DAY,
  };
}

const trimSlash = (url: string): string => url.replace(/\/+$/, '');
