import type { Reply } from '../core/http.ts';
import type { Endpoint, XeroCall } from './call.ts';
import { msDate } from './dates.ts';
import { objectsReply } from './envelope.ts';
import { guid } from './ids.ts';
import { organisationKey } from './native-company.ts';
import type { Json } from './native.ts';
import { mayRead } from './scopes.ts';
import { xeroTimeZone } from './time-zones.ts';

const scopes = mayRead('settings');
/** Xero's editions by country; everywhere else it is GLOBAL. */
const versions: Record<string, string> = { AU: 'AU', GB: 'UK', NZ: 'NZ', US: 'US' };
const madeMs = Date.UTC(2021, 0, 4, 9);

/** What belongs to the organisation as a whole. */
export const settingsEndpoints: Endpoint[] = [
  endpoint('Organisation', 'Organisations', (call) => [organisation(call)]),
  endpoint('Organisation/Actions', 'Actions', () => actions),
  endpoint('Currencies', 'Currencies', currencies),
  endpoint('BrandingThemes', 'BrandingThemes', (call) => [theme(call)]),
  endpoint('InvoiceReminders/Settings', 'InvoiceReminders', (call) => [
    { Enabled: call.quirks.invoiceReminders },
  ]),
];

const actions: Json[] = [
  'CreateApprovedInvoice',
  'CreateDraftInvoice',
  'CreateInvoicePayment',
  'UseMulticurrency',
].map((name) => ({ Name: name, Status: 'ALLOWED' }));

function endpoint(path: string, name: string, items: (call: XeroCall) => Json[]): Endpoint {
  const handler = (call: XeroCall): Reply => objectsReply(name, items(call), call.organisation.store.nowMs());
  return { method: 'GET', path, scopes, handler };
}

function organisation(call: XeroCall): Json {
  const { company } = call.organisation.served;
  const published = call.world.state.getValue<Json>(organisationKey(call.organisation.tenant));
  if (published) return published;
  return {
    Name: company.name,
    LegalName: company.name,
    PaysTax: true,
    Version: versions[company.country] ?? 'GLOBAL',
    OrganisationType: 'COMPANY',
    BaseCurrency: company.baseCurrency,
    CountryCode: company.country,
    IsDemoCompany: false,
    OrganisationStatus: 'ACTIVE',
    FinancialYearEndDay: 31,
    FinancialYearEndMonth: 3,
    CreatedDateUTC: msDate(madeMs),
    OrganisationEntityType: 'COMPANY',
    Timezone: xeroTimeZone(company.timeZone),
    ShortCode: `!${call.organisation.tenant.slice(0, 5)}`,
    OrganisationID: call.organisation.tenant,
    Edition: 'BUSINESS',
    Class: company.multiCurrency ? 'PREMIUM' : 'STANDARD',
    Addresses: [],
    Phones: [],
    ExternalLinks: [],
    PaymentTerms: {},
  };
}

function currencies(call: XeroCall): Json[] {
  const { company } = call.organisation.served;
  const sql = `SELECT DISTINCT json_extract(json, '$.DefaultCurrency') FROM row WHERE company = ? AND entity = 'Contacts'`;
  const used = call.world.state.sql(sql).pluck().all(call.organisation.tenant) as (string | null)[];
  const names = new Intl.DisplayNames('en', { type: 'currency' });
  const codes = new Set([company.baseCurrency, ...used.filter((code) => code !== null)]);
  return [...codes].map((code) => ({ Code: code, Description: names.of(code) ?? code }));
}

function theme(call: XeroCall): Json {
  return {
    BrandingThemeID: guid(call.organisation.tenant, 'theme', 'standard'),
    Name: 'Standard',
    SortOrder: 0,
    CreatedDateUTC: msDate(madeMs),
  };
}
