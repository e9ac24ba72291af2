import type { Connector, HeldWebhook, MailConnector } from '../src/domain/index.ts';
import { createHeldWebhook, type HeldWebhookConfig } from './held-webhook/index.ts';
import { createMailConnector, type MailConfig } from './mail/index.ts';
import { createQuickBooksConnector, type QuickBooksConfig } from './quickbooks/index.ts';
import { createXeroConnector, type XeroConfig } from './xero/index.ts';

/** What each connector is configured with; null = not used. */
export interface ConnectorsConfig {
  xero: XeroConfig | null;
  quickbooks: QuickBooksConfig | null;
  mail: MailConfig | null;
  heldWebhook?: HeldWebhookConfig | null;
}

/** What every connector is handed: the clock, the log and, in tests, the way to the platforms. */
export type ConnectorDeps = Parameters<typeof createXeroConnector>[1];

export interface Connectors {
  xero: Connector | null;
  quickbooks: Connector | null;
  mail: MailConnector | null;
  heldWebhook: HeldWebhook | null;
}

/** Every connector there is. A new platform is a folder beside these and a line here. */
export function createConnectors(config: ConnectorsConfig, deps: ConnectorDeps): Connectors {
  return {
    xero: config.xero === null ? null : createXeroConnector(config.xero, deps),
    quickbooks: config.quickbooks === null ? null : createQuickBooksConnector(config.quickbooks, deps),
    mail: config.mail === null ? null : createMailConnector(config.mail, deps),
    heldWebhook: config.heldWebhook == null ? null : createHeldWebhook(config.heldWebhook, deps),
  };
}
