import type { WorldClock } from './core/clock.ts';
import type { OAuthClient } from './core/oauth.ts';
import { quickBooksWebhooks } from './quickbooks/webhook-events.ts';
import { xeroWebhooks } from './xero/webhook-events.ts';

/** Addresses of an emulator's servers; '' for those that were not started. */
export interface Addresses {
  xeroUrl: string;
  quickbooksUrl: string;
  smtpUrl: string;
  inboxUrl: string;
}

/** The environment variables that point Holdfast at an emulator and into its time. */
export function environment(urls: Addresses, clock: WorldClock, client: OAuthClient): Record<string, string> {
  return {
    ...(urls.xeroUrl === '' ? {} : xero(urls.xeroUrl, client)),
    ...(urls.quickbooksUrl === '' ? {} : quickbooks(urls.quickbooksUrl, client)),
    ...(urls.smtpUrl === '' ? {} : { SMTP_URL: urls.smtpUrl, MAIL_FROM: 'accounts@holdfast.example' }),
    HOLDFAST_CLOCK_OFFSET_MS: String(Math.round(clock.offsetMs())),
  };
}

function xero(url: string, client: OAuthClient): Record<string, string> {
  return {
    XERO_LOGIN_URL: url,
    XERO_IDENTITY_URL: url,
    XERO_API_URL: url,
    XERO_CLIENT_ID: client.id,
    XERO_CLIENT_SECRET: client.secret,
    XERO_WEBHOOK_KEY: xeroWebhooks.defaultKey,
  };
}

function quickbooks(url: string, client: OAuthClient): Record<string, string> {
  return {
    QUICKBOOKS_AUTHORIZE_URL: `${url}/connect/oauth2`,
    QUICKBOOKS_TOKEN_URL: `${url}/oauth2/v1/tokens/bearer`,
    QUICKBOOKS_REVOKE_URL: `${url}/v2/oauth2/tokens/revoke`,
    QUICKBOOKS_API_URL: url,
    QUICKBOOKS_CLIENT_ID: client.id,
    QUICKBOOKS_CLIENT_SECRET: client.secret,
    QUICKBOOKS_WEBHOOK_TOKEN: quickBooksWebhooks.defaultKey,
  };
}
