/** Behaviour of Xero that no public source settles, and behaviour worth playing both ways. See emulator/README.md. */
export interface XeroQuirks {
  /** What CurrencyRate means: units of the foreign currency for one of the base, or the inverse. */
  currencyRateDirection: 'foreign-per-base' | 'base-per-foreign';
  /** Decimals that CurrencyRate is rounded to. */
  currencyRateDecimals: number;
  /** Whether joining or leaving a group moves the contact's UpdatedDateUTC. */
  groupEditTouchesContact: boolean;
  /** Whether unapplied credits lower Balances.AccountsReceivable.Outstanding. */
  balancesIncludeCredits: boolean;
  /** How long after an invoice e-mail its History entry can be read. */
  historyDelayMs: number;
  /** Whether an invoice e-mail leaves a History entry at all. */
  emailWritesHistory: boolean;
  /** `Changes` of that entry. */
  emailHistoryChanges: string;
  /** Whether sending it moves the invoice's UpdatedDateUTC. */
  emailTouchesInvoice: boolean;
  /** Whether a paid invoice may be e-mailed. */
  emailPaidInvoices: boolean;
  /** Invoice e-mails per organisation and world day; without limit when null. */
  emailDailyCap: number | null;
  /** Answer to removing a contact that is not in the group. */
  removeNonMemberStatus: 204 | 400 | 404;
  /** UpdatedDateUTC is cut down to a multiple of this, so that updates tie. */
  updatedGrainMs: number;
  /** Whether an update at exactly If-Modified-Since is returned. */
  modifiedSinceInclusive: boolean;
  /** If-Modified-Since is cut down to a multiple of this. */
  modifiedSinceGrainMs: number;
  /** Whether If-Modified-Since has no effect at all. */
  modifiedSinceIgnored: boolean;
  /** Whether lists of values (IDs, Statuses, …) have no effect at all, as in lists that do not know them. */
  listFiltersIgnored: boolean;
  /** Fields that summaryOnly=true leaves out. */
  summaryOmits: string[];
  /** Whether the scopes of before March 2026 may be asked for. */
  broadScopes: boolean;
  /** Whether answers are XML when Accept does not name JSON. */
  xmlByDefault: boolean;
  /** Longest query string before the answer is 404; null = any. */
  maxQueryLength: number | null;
  /** Lists without paging of more rows than this are refused as high volume. */
  unpagedLimit: number;
  /** How long an Idempotency-Key is remembered, in minutes of world time. */
  idempotencyMinutes: number;
  /** Xero's own reminders switched on (InvoiceReminders/Settings). */
  invoiceReminders: boolean;
  /** Largest number of contact groups. */
  groupLimit: number;
  /** Longest history note. */
  historyNoteLength: number;
  /** Which 429s say when to come back: those with a window (all but `concurrent`), every one, or none. */
  retryAfter: 'timed' | 'always' | 'never';
  /** Whether a replaced refresh token has the 30 minutes of grace; false kills the whole consent on reuse. */
  refreshGrace: boolean;
}

export const defaultQuirks: XeroQuirks = {
  currencyRateDirection: 'foreign-per-base',
  currencyRateDecimals: 10,
  groupEditTouchesContact: false,
  balancesIncludeCredits: false,
  historyDelayMs: 0,
  emailWritesHistory: true,
  emailHistoryChanges: 'Invoice sent',
  emailTouchesInvoice: true,
  emailPaidInvoices: true,
  emailDailyCap: null,
  removeNonMemberStatus: 204,
  updatedGrainMs: 1,
  modifiedSinceInclusive: true,
  modifiedSinceGrainMs: 1000,
  modifiedSinceIgnored: false,
  listFiltersIgnored: false,
  summaryOmits: [
    'LineItems',
    'Payments',
    'CreditNotes',
    'Prepayments',
    'Overpayments',
    'Balances',
    'ContactPersons',
  ],
  broadScopes: false,
  xmlByDefault: true,
  maxQueryLength: 2048,
  unpagedLimit: 100_000,
  idempotencyMinutes: 6,
  invoiceReminders: false,
  groupLimit: 100,
  historyNoteLength: 2500,
  retryAfter: 'timed',
  refreshGrace: true,
};
