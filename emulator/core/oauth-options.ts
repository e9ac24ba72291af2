import type { World } from './control.ts';
import type { EmulatorRequest } from './http.ts';

/** How the emulated user answers consent pages; may be changed while the server runs. */
export interface ConsentSettings {
  /** Answers every authorization at once with a 302 instead of a page. */
  autoApprove: boolean;
  /** Answers every authorization at once with access_denied. */
  deny?: boolean;
  /** Remote ids that auto-approval consents to; all (Xero) or the first unconnected one (QuickBooks) if absent. */
  companies?: string[];
}

/** An application that may ask for consent. */
export interface OAuthClient {
  id: string;
  secret: string;
  /** Registered addresses, compared exactly; any is accepted when absent. */
  redirectUris?: string[];
  /** Remote id of the one company of a Xero custom connection; the first company when absent. */
  customCompany?: string;
}

export interface AuthorizationOptions {
  world: World;
  platform: string;
  clients: OAuthClient[];
  consent: ConsentSettings;
  companiesPerConsent: 'many' | 'one';
  accessMs: number;
  refreshMs: number;
  /** How long after the consent every refresh token dies, however often it was renewed; never when absent. */
  hardRefreshMs?: number;
  /** Whether the refresh token's value changes at each use or once in 24 hours. */
  rotate: 'always' | 'daily';
  /** How long a replaced refresh token still works, for clients that lost the reply. */
  graceMs: number;
  /** Whether using a dead refresh token ends every token of its consent. */
  reuseRevokes?: boolean;
  /** Whether a grant without offline_access gets no refresh token (Xero). */
  refreshNeedsScope?: boolean;
  clientCredentials?: boolean;
  /** Whether revoking a refresh token also removes the connections of its user (Xero). */
  revokeDisconnects?: boolean;
  /** Issuer of id tokens, from the address under which the client called. */
  issuer?: (origin: string) => string;
  /** Says what is wrong with a scope that is asked for, if anything. */
  scopeFault?: (scope: string) => string | undefined;
  /** Makes the access token's text; random when absent. */
  accessToken?: (grant: AccessGrant, request: EmulatorRequest) => string;
  extraRedirect?: (companies: string[], scope: string) => Record<string, string>;
  extraToken?: (
    grant: AccessGrant,
    refresh: RefreshLeft | null,
    request: EmulatorRequest,
  ) => Record<string, unknown>;
}

/** How long a refresh token is still good: if it is not used, and at the very most. */
export interface RefreshLeft {
  leftMs: number;
  hardLeftMs: number | null;
}

/** Who stands behind a bearer token. */
export interface AccessGrant {
  subject: string;
  clientId: string;
  /** Remote ids of the companies that may be called now; shrinks when a connection is deleted. */
  companies: string[];
  /** Granted scopes, separated by spaces. */
  scope: string;
  /** The consent's id (Xero: authentication_event_id). */
  eventId: string;
  /** 'custom' for client credentials: no user, one company. */
  kind: 'user' | 'custom';
}

/** Client id and secret that every emulator accepts unless told otherwise. */
export const emulatorClient: OAuthClient = { id: 'holdfast-emulator', secret: 'holdfast-emulator-secret' };
