import type { CompanyId, CustomerId, DocumentId } from './ids.ts';
import type { Day } from './day.ts';
import type {
  Credit,
  CreditKind,
  Customer,
  ExchangeRate,
  Invoice,
  OpenOrder,
  Organisation,
  Payment,
  PlatformName,
} from './records.ts';

/** What the OAuth server gave, before it is sealed. Instants are epoch ms by the injected clock. */
export interface TokenSet {
  accessToken: string;
  accessExpiresAtMs: number;
  /** Null for client credentials: a new access token is simply asked for. */
  refreshToken: string | null;
  refreshExpiresAtMs: number | null;
  /** When the consent ends whatever is done (Intuit: five years); missing or null = never, or not said. */
  consentEndsAtMs?: number | null;
  grant: 'authorization-code' | 'client-credentials';
  scope: string;
}

/** A company that a consent covers. */
export interface ConnectedCompany {
  companyId: CompanyId;
  name: string;
}

/** What must be kept between sending the user to the platform and the callback. One use, ten minutes. */
export interface PendingAuthorization {
  url: string;
  state: string;
  /** PKCE verifier (RFC 7636). */
  codeVerifier: string;
  redirectUri: string;
}

export interface Grant {
  tokens: TokenSet;
  companies: ConnectedCompany[];
}

/** The OAuth side of a connector. Stateless: whoever calls keeps and seals what it returns. */
export interface Authorizer {
  begin(redirectUri: string): Promise<PendingAuthorization>;
  /** Exchanges the callback. Throws PlatformError when state differs, consent was denied or the code is used. */
  complete(pending: PendingAuthorization, callbackUrl: string): Promise<Grant>;
  /** Xero custom connections only; throws HoldfastError NOT_SUPPORTED elsewhere. */
  clientCredentials(): Promise<Grant>;
  /** New tokens for old ones. PLATFORM_RECONNECT on invalid_grant. The reply may lack a new refresh token: then the old one stays. */
  refresh(tokens: TokenSet): Promise<TokenSet>;
  /** Ends the consent for this company at the platform. `lastCompany`: no other connection uses these tokens. */
  revoke(tokens: TokenSet, company: CompanyId, lastCompany: boolean): Promise<void>;
}

/** Streams in the order in which they are pulled; each has its own cursor. */
export type StreamName = 'customers' | 'invoices' | 'credits' | 'payments' | 'changes';

/** How the id begins that stands for one which the platform did not give; a digest of the row follows. */
export const NO_ID = 'no-id-';

/** Platforms' clocks are right within seconds: when ours is further off, a person is told to set it. */
export const CLOCK_SKEW_MAX_MS = 120_000;

/** A row that could not be understood. Its customer is left alone until somebody resolves it. */
export interface QuarantinedRow {
  /** What it would have become; when a later row of this kind and id is understood, it leaves quarantine. */
  kind: 'customer' | 'invoice' | 'credit' | 'payment' | 'order';
  /** One that begins with NO_ID when the row has none; it leaves when the platform no longer shows such rows. */
  remoteId: string;
  customerId: CustomerId | null;
  /** Which field, what was found, what was expected. */
  reason: string;
}

/** One record of a platform by its id. */
export interface RowRef {
  kind: 'customer' | 'invoice' | 'credit' | 'payment';
  remoteId: string;
  /** Of a credit: which list it is in; without it a credit note. */
  creditKind?: CreditKind;
}

/** A record that the platform deleted. A payment takes its unapplied rest with it. */
export type DeletedRow = RowRef;

/** A record as a list of the platform's shows it: enough to notice one that is missing, gone or newer. */
export interface RowStamp extends RowRef {
  /** '' for a record that is listed without an id. */
  remoteId: string;
  updatedAtMs: number;
}

/** What a pull of everything would cost. */
export interface SyncForecast {
  /** Rows of each list, as the platform counts them, purchases included where its list has both. */
  rows: { stream: StreamName; rows: number }[];
  /** Calls of the whole first sync, closing deltas included. */
  calls: number;
  /** Whole minutes by the platform's limits alone; 0 = less than one. */
  minutes: number;
  /** Calls that today still allows; null = no limit known. */
  callsLeftToday: number | null;
}

/** What a platform's notice (webhook) says: something about this record changed. A hint to read it, never data. */
export interface ChangeNotice {
  companyId: CompanyId;
  row: RowRef;
  /** When it happened by the platform's clock; null when the notice does not say. */
  atMs: number | null;
}

/** A platform's webhooks. Pure: raw bytes in, verdict and notices out. */
export interface WebhookReader {
  /** Whether these bytes were signed with our key, compared in constant time. `header` reads a request header. */
  isGenuine(body: Uint8Array, header: (name: string) => string | undefined): boolean;
  /** The notices in a genuine body; those of records that are not mirrored are left out. Throws PLATFORM_BAD_REPLY. */
  read(body: Uint8Array): ChangeNotice[];
}

/** One page, ready for the mirror, with the cursor to save in the same transaction. */
export interface Page {
  customers: Customer[];
  invoices: Invoice[];
  credits: Credit[];
  payments: Payment[];
  deleted: DeletedRow[];
  quarantined: QuarantinedRow[];
  /** Opaque to everyone but the connector. */
  cursor: string;
  /** For progress: rows expected in this stream, when the platform said so. */
  totalRows: number | null;
}

/** All open orders of a company at one moment. */
export interface OpenOrders {
  orders: OpenOrder[];
  quarantined: QuarantinedRow[];
}

/** How one pull goes: `cursor` null = everything; otherwise what changed since. */
export interface PullRequest {
  stream: StreamName;
  cursor: string | null;
  /** The run's start by the platform's clock is taken from reply headers; this is only the fallback. */
  nowMs: number;
}

/** Whether a customer carries our hold on the platform, and the text that says so. */
export interface HoldState {
  held: boolean;
  /** QuickBooks: our line in the Notes; Xero: the group's name. */
  marker: string | null;
}

/** What a look for a sent message found. 'absent' proves nothing until some time has passed. */
export interface SendEvidence {
  found: boolean;
  atMs: number | null;
  detail: string;
}

/** The customer and the documents that a preflight looks at again, straight from the platform. */
export interface Preflight {
  customer: Customer | null;
  invoices: Invoice[];
}

export interface SessionCapabilities {
  /** A timeline on the customer that takes notes (Xero history). */
  history: boolean;
  /** The hold is carried by the text of the customer's Notes (QuickBooks) rather than a group (Xero). */
  holdInNotes: boolean;
}

/**
 * One connection's live access to its platform. Every method goes through the connection's limiter, has a
 * deadline, redacts secrets, and throws PlatformError. Writes never retry by themselves.
 */
export interface PlatformSession {
  readonly capabilities: SessionCapabilities;
  /** Calls made so far in this session, for reports. */
  calls(): number;
  /** How far the platform's clock is ahead of ours by its last reply, ms; null while none told. 0 = within the call. */
  clockSkewMs(): number | null;
  /**
   * The company as the platform describes it. With `known` only what one light call tells is read again (whether this
   * is still the same company above all) and the rest is taken from `known`.
   */
  readOrganisation(known?: Organisation): Promise<Organisation>;
  /** The streams this platform needs for a full (cursor null) or an incremental run, in order. */
  streams(mode: 'full' | 'incremental'): StreamName[];
  pull(request: PullRequest): AsyncIterable<Page>;
  /** What a first sync would cost, by a few light calls. */
  forecast(): Promise<SyncForecast>;
  /** Every record of the sales side that the platform still shows, page by page: for the sweep. Order is not promised. */
  listStamps(kind: RowRef['kind']): AsyncIterable<RowStamp[]>;
  /** These records as they are now, in one page; those that the platform does not know (any more) come as `deleted`. */
  readRows(rows: RowRef[]): Promise<Page>;
  /** Every order that is accepted and not invoiced in full, by one call a page. */
  readOpenOrders(): Promise<OpenOrders>;
  /** Rates of the platform's own list for a day; empty where it has none (Xero). */
  readRates(currencies: string[], day: Day): Promise<ExchangeRate[]>;
  readForPreflight(customer: CustomerId, invoices: DocumentId[]): Promise<Preflight>;
  readHold(customer: CustomerId): Promise<HoldState>;
  /** Ids of every customer that carries the hold now, or null when that cannot be listed in few calls. */
  listHeld(): Promise<CustomerId[] | null>;
  /** Sets the hold. A state: safe to repeat. `reason` is one line for staff, at most 200 characters. */
  placeHold(customer: CustomerId, hold: { id: string; reason: string; day: Day }): Promise<void>;
  /** Removes our hold only; a line or group that is not ours is left alone. */
  releaseHold(customer: CustomerId): Promise<void>;
  /** Appends a note to the customer's timeline. An event: look with findNote before any second try. */
  addNote(customer: CustomerId, note: { id: string; text: string }): Promise<void>;
  /** Whether a note that carries this id is on the timeline. */
  findNote(customer: CustomerId, noteId: string): Promise<boolean>;
  /** The platform's own e-mail of one invoice. An event. */
  sendInvoice(invoice: DocumentId, idempotencyKey: string): Promise<void>;
  /** Whether the platform shows an e-mail of this invoice at or after `sinceMs`. */
  findSend(invoice: DocumentId, sinceMs: number): Promise<SendEvidence>;
  /** The address where the debtor can see and pay it; null when there is none. */
  onlineInvoiceUrl(invoice: DocumentId): Promise<string | null>;
}

/** What a session needs from its owner. `accessToken(true)` asks for a refresh after a 401. */
export interface SessionContext {
  companyId: CompanyId;
  accessToken(forceRefresh?: boolean): Promise<string>;
  nowMs(): number;
  /** Where call counts live, so that limits hold across processes; without it they hold within this one. */
  budget?: CallBudget;
  signal?: AbortSignal;
}

/** Call counts of one connection, kept for all processes. */
export interface CallBudget {
  /** Reads, changes and keeps the state in one step that no other process can come between. */
  change<T>(work: (saved: string | null) => { state: string; result: T }): Promise<T>;
}

/** A platform: one per folder in connectors/, named in connectors/registry.ts. */
export interface Connector {
  readonly platform: PlatformName;
  readonly authorizer: Authorizer;
  /** Null while no key for webhooks is configured. */
  readonly webhooks: WebhookReader | null;
  open(context: SessionContext): PlatformSession;
}

/** One e-mail in our own words. */
export interface MailMessage {
  /** Deterministic RFC 5322 Message-ID, so that a provider's log can settle a doubt. */
  messageId: string;
  to: string[];
  subject: string;
  text: string;
  html: string;
}

/** The SMTP connector. */
export interface MailConnector {
  /** Resolves with the server's final reply once it accepted the message. Throws PlatformError (sent: no | maybe | refused). */
  send(message: MailMessage): Promise<{ reply: string }>;
  /** Checks that the server can be reached and takes our login. */
  verify(): Promise<void>;
}

/** The held list as it is posted. */
export interface HeldPost {
  /** The same at every attempt, for de-duplication. */
  id: string;
  /** JSON text; the bytes that are signed. */
  body: string;
}

/** The owner's receiver of the held list. */
export interface HeldWebhook {
  /** Scheme and host, for people. */
  readonly address: string;
  /** Tells one address from another, and does not tell the address. */
  readonly receiver: string;
  /** One attempt. Throws PlatformError unless it was taken (2xx), with `status` when it was answered at all. */
  post(post: HeldPost): Promise<void>;
}
