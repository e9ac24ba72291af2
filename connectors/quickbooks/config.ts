import { z } from 'zod';
import { address } from '../kit/address.ts';

const calls = (fallback: number) => z.coerce.number().int().min(1).max(1_000_000).default(fallback);

/** The environment variables of the QuickBooks connector. Addresses may be any server that speaks its protocol. */
export const quickbooksEnvironment = z.object({
  QUICKBOOKS_AUTHORIZE_URL: address('https://appcenter.intuit.com/connect/oauth2').describe(
    'Where the user gives consent',
  ),
  QUICKBOOKS_TOKEN_URL: address('https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer').describe(
    'Where tokens are issued',
  ),
  QUICKBOOKS_REVOKE_URL: address('https://developer.api.intuit.com/v2/oauth2/tokens/revoke').describe(
    'Where tokens are revoked',
  ),
  QUICKBOOKS_API_URL: address('https://quickbooks.api.intuit.com').describe(
    'Where the accounting API answers; https://sandbox-quickbooks.api.intuit.com for sandbox keys',
  ),
  QUICKBOOKS_CLIENT_ID: z
    .string()
    .trim()
    .default('')
    .describe('Client id of your Intuit app; empty = QuickBooks is off'),
  QUICKBOOKS_CLIENT_SECRET: z.string().trim().default('').describe('Its secret'),
  QUICKBOOKS_WEBHOOK_TOKEN: z
    .string()
    .trim()
    .default('')
    .describe("Verifier token of your app's webhooks; empty = no webhooks are taken"),
  QUICKBOOKS_CALLS_PER_SECOND: calls(9).describe("Intuit's limit per company is 10; one is left spare"),
  QUICKBOOKS_CALLS_PER_MINUTE: calls(500).describe("Intuit's limit per company"),
});

export type QuickBooksEnvironment = z.output<typeof quickbooksEnvironment>;

export interface QuickBooksConfig {
  authorizeUrl: string;
  tokenUrl: string;
  revokeUrl: string;
  apiUrl: string;
  clientId: string;
  clientSecret: string;
  /** '' = no webhooks. */
  webhookToken: string;
  callsPerSecond: number;
  callsPerMinute: number;
}

/** The connector's configuration; null when no client id is given: QuickBooks is then not used. */
export function quickbooksConfig(env: QuickBooksEnvironment): QuickBooksConfig | null {
  if (env.QUICKBOOKS_CLIENT_ID === '') return null;
  return {
    authorizeUrl: env.QUICKBOOKS_AUTHORIZE_URL,
    tokenUrl: env.QUICKBOOKS_TOKEN_URL,
    revokeUrl: env.QUICKBOOKS_REVOKE_URL,
    apiUrl: env.QUICKBOOKS_API_URL.replace(/\/+$/, ''),
    clientId: env.QUICKBOOKS_CLIENT_ID,
    clientSecret: env.QUICKBOOKS_CLIENT_SECRET,
    webhookToken: env.QUICKBOOKS_WEBHOOK_TOKEN,
    callsPerSecond: env.QUICKBOOKS_CALLS_PER_SECOND,
    callsPerMinute: env.QUICKBOOKS_CALLS_PER_MINUTE,
  };
}
