import { existsSync } from 'node:fs';
import { parseRates } from '../../cases/index.ts';
import { isEmulated, redirectUri, webhookUri, type Config } from '../../config.ts';
import type { PlatformName } from '../../domain/index.ts';
import { readPolicyFile } from '../../policy/index.ts';
import { policyFileInUse } from '../policy-files.ts';
import { describeError } from '../report-error.ts';
import { readUserFile } from '../user-files.ts';
import { findingsOf, type Finding } from './finding.ts';

/** Where each platform must be told to send users back to. */
export function redirectAddresses(config: Config): Record<PlatformName, string> {
  return { xero: redirectUri(config, 'xero'), quickbooks: redirectUri(config, 'quickbooks') };
}

/** What .env and the environment say: platforms, mail, address, policy. Nothing of it is a secret. */
export function checkConfiguration(config: Config): Finding[] {
  const { ok, info } = findingsOf('configuration');
  const platforms = (['xero', 'quickbooks'] as const).map((platform) => {
    const configured = config[platform];
    if (configured === null)
      return info(`${platform}: not configured`, `Set ${platform.toUpperCase()}_CLIENT_ID to use it.`);
    return ok(
      `${platform}: ${configured.apiUrl}, redirect address to register: ${redirectUri(config, platform)}`,
    );
  });
  const mail =
    config.mail === null
      ? info(
          'mail: not configured, reminders go by the platforms’ own invoice e-mail',
          'Set SMTP_URL and MAIL_FROM for reminders in your own words.',
        )
      : ok(`mail: sent as ${config.mail.from}`);
  return [
    ...platforms,
    ...checkWebhookKeys(config),
    mail,
    checkAddress(config),
    ...checkWorld(config),
    checkPolicy(config),
    ...checkRates(config),
  ];
}

function checkWebhookKeys(config: Config): Finding[] {
  const { ok } = findingsOf('configuration');
  const keys = { xero: config.xero?.webhookKey ?? '', quickbooks: config.quickbooks?.webhookToken ?? '' };
  return (['xero', 'quickbooks'] as const)
    .filter((platform) => keys[platform] !== '')
    .map((platform) => ok(`${platform}: webhooks are taken at ${webhookUri(config, platform)}`));
}

function checkAddress({ baseUrl, quickbooks }: Config): Finding {
  const { ok, info } = findingsOf('configuration');
  if (baseUrl.startsWith('https:')) return ok(`address: ${baseUrl}`);
  const advice = 'Put a proxy with a certificate in front and set HOLDFAST_BASE_URL to its https address.';
  if (quickbooks === null) return info(`address: ${baseUrl} (not https)`);
  return info(
    `address: ${baseUrl} (not https: Intuit's production keys demand it, sandbox keys do not)`,
    advice,
  );
}

function checkWorld(config: Config): Finding[] {
  if (!isEmulated(config)) return [];
  const { info } = findingsOf('configuration');
  const days = Math.round(config.clockOffsetMs / 86_400_000);
  return [info(`the platforms are emulated on this machine; the clock is moved by ${days} days`)];
}

/** A file of rates that cannot be read stops the night, so it is better found by day. */
function checkRates({ ratesFile }: Config): Finding[] {
  if (!existsSync(ratesFile)) return [];
  const { ok, fault } = findingsOf('rates');
  try {
    return [ok(`${parseRates(readUserFile(ratesFile)).length} exchange rates in ${ratesFile}`)];
  } catch (error) {
    const { message, hint } = describeError(error);
    return [fault(`${ratesFile}: ${message}`, hint ?? undefined)];
  }
}

function checkPolicy(config: Config): Finding {
  const { ok, fault } = findingsOf('policy');
  const file = policyFileInUse(config);
  try {
    const policy = readPolicyFile(file);
    return ok(`"${policy.name}" (${file}), version ${policy.hash}`);
  } catch (error) {
    const { message, hint } = describeError(error);
    return fault(message, hint ?? undefined);
  }
}
