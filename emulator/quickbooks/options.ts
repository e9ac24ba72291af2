import { emulatorClient } from '../core/oauth.ts';
import type { ConsentSettings, OAuthClient } from '../core/oauth.ts';
import { pacificZone } from './zone-time.ts';

/**
 * How the emulated QuickBooks behaves where Intuit's documents are silent or disagree, and what a test may turn
 * off. README.md says of each what is known.
 */
export interface QuickBooksOptions {
  clients: OAuthClient[];
  consent: ConsentSettings;
  /** Zone of the offset in MetaData and `time`: Intuit's own Pacific, or the company's. */
  metaDataZone: 'pacific' | 'company';
  /** Whether the refresh token's value changes once a day or at every use. */
  refreshRotation: 'daily' | 'always';
  /** How long a replaced refresh token still works. */
  refreshGraceMs: number;
  /** Whether using a dead refresh token ends every token of its consent. */
  refreshReuseRevokes: boolean;
  /** How long, by the world's clock, a requestid is remembered. 0 = not at all. */
  requestIdMemoryMs: number;
  /** Whether `requestid` is honoured on /invoice/{id}/send too. */
  requestIdOnSend: boolean;
  /** MetaData times are cut down to a multiple of this. */
  updatedGrainMs: number;
  /** Whether a condition on MetaData.LastUpdatedTime has no effect at all. */
  lastUpdatedTimeIgnored: boolean;
  /** Objects in a CDC reply, and whether that cap counts per reply or per entity. */
  cdcCapObjects: number;
  cdcCapPer: 'response' | 'entity';
  /** Whether query replies carry totalCount; 'unfiltered' = only queries without WHERE. */
  totalCount: 'always' | 'never' | 'unfiltered';
  /** Order of a query without ORDERBY: as recorded (customers by name, others newest first), or by Id. */
  defaultOrder: 'recorded' | 'id';
  notesMaxLength: number;
  /** Status answered to a send with a JSON content type and no body; 200 = it sends. */
  sendAsJsonStatus: 200 | 400 | 500;
  /** World time between a send's reply and its DeliveryInfo. 0 = the reply has it already. */
  sendDelayMs: number;
  /** Whether a deactivated customer's names get " (deleted)". */
  deletedSuffix: boolean;
  /** Whether CompanyInfo carries DefaultTimeZone (in the schema, in no recorded reply). */
  timeZoneInCompanyInfo: boolean;
  /** 500 requests a minute and 10 a second per realm. */
  limits: boolean;
  /** Whose time those run on: the machine's, or the world's, so that a test can end a minute. */
  limitClock: 'real' | 'world';
  /** Retry-After of a 429 in seconds; null = none. */
  retryAfterSeconds: number | null;
  /** Fault codes that are answered with HTTP 200 and the Fault as body. */
  okFaultCodes: string[];
}

/** What is most likely true of the real service. */
export const defaultOptions: QuickBooksOptions = {
  clients: [emulatorClient],
  consent: { autoApprove: true },
  metaDataZone: 'pacific',
  refreshRotation: 'daily',
  refreshGraceMs: 0,
  refreshReuseRevokes: false,
  requestIdMemoryMs: 86_400_000,
  requestIdOnSend: true,
  updatedGrainMs: 1000,
  lastUpdatedTimeIgnored: false,
  cdcCapObjects: 1000,
  cdcCapPer: 'response',
  totalCount: 'unfiltered',
  defaultOrder: 'recorded',
  notesMaxLength: 2000,
  sendAsJsonStatus: 400,
  sendDelayMs: 0,
  deletedSuffix: true,
  timeZoneInCompanyInfo: false,
  limits: true,
  limitClock: 'real',
  retryAfterSeconds: null,
  okFaultCodes: [],
};

/** The zone in which a company's MetaData is stamped. */
export function stampZone(options: Pick<QuickBooksOptions, 'metaDataZone'>, companyZone: string): string {
  return options.metaDataZone === 'pacific' ? pacificZone : companyZone;
}
