import type { BookCompany } from '../core/book.ts';
import type { NativeRow } from '../core/state.ts';
import { currencyName } from './amounts.ts';

/** The payment terms that every new company has, by QuickBooks id. */
export const terms = [
  { id: '1', name: 'Due on receipt', days: 0 },
  { id: '2', name: 'Net 15', days: 15 },
  { id: '3', name: 'Net 30', days: 30 },
  { id: '4', name: 'Net 60', days: 60 },
  { id: '5', name: 'Net 14', days: 14 },
  { id: '6', name: 'Net 45', days: 45 },
];

const customerTypes = ['Retail', 'Wholesale'];

/** What the company's own records are made from. */
export interface CompanyFacts {
  company: BookCompany;
  /** First day of business, YYYY-MM-DD. */
  firstDay: string;
  createdMs: number;
  /** The same instant as MetaData shows it. */
  created: string;
  /** Rates by currency and day. */
  rates: ReadonlyMap<string, ReadonlyMap<string, string>>;
  timeZoneInCompanyInfo: boolean;
}

/** CompanyInfo, Preferences, Terms, CustomerTypes, CompanyCurrencies and ExchangeRates. */
export function* companyRows(facts: CompanyFacts): Iterable<NativeRow> {
  yield row(facts, 'CompanyInfo', '1', companyInfo(facts));
  yield row(facts, 'Preferences', '1', preferences(facts.company));
  for (const term of terms) {
    yield row(facts, 'Term', term.id, {
      Name: term.name,
      Active: true,
      Type: 'STANDARD',
      DueDays: term.days,
    });
  }
  for (const [index, name] of customerTypes.entries()) {
    yield row(facts, 'CustomerType', String(index + 1), { Name: name, Active: true });
  }
  let id = 0;
  for (const code of facts.rates.keys()) {
    yield row(facts, 'CompanyCurrency', String(++id), { Name: currencyName(code), Code: code, Active: true });
  }
  yield* exchangeRates(facts);
}

function* exchangeRates(facts: CompanyFacts): Iterable<NativeRow> {
  let id = 0;
  for (const [currency, days] of facts.rates) {
    for (const [day, rate] of [...days].sort(([a], [b]) => (a < b ? -1 : 1))) {
      yield row(facts, 'ExchangeRate', String(++id), {
        SourceCurrencyCode: currency,
        TargetCurrencyCode: facts.company.baseCurrency,
        Rate: Number(rate),
        AsOfDate: day,
      });
    }
  }
}

function row(facts: CompanyFacts, entity: string, id: string, fields: Record<string, unknown>): NativeRow {
  const json = JSON.stringify({
    ...fields,
    domain: 'QBO',
    sparse: false,
    Id: id,
    SyncToken: '0',
    MetaData: { CreateTime: facts.created, LastUpdatedTime: facts.created },
  });
  return { entity, id, updatedMs: facts.createdMs, hidden: false, deleted: false, json };
}

function companyInfo({ company, firstDay, timeZoneInCompanyInfo }: CompanyFacts): Record<string, unknown> {
  const address = { Id: '1', Line1: '1 Example Street', Country: company.country };
  return {
    CompanyName: company.name,
    LegalName: company.name,
    CompanyAddr: address,
    CustomerCommunicationAddr: address,
    LegalAddr: address,
    PrimaryPhone: {},
    CompanyStartDate: firstDay,
    FiscalYearStartMonth: 'January',
    Country: company.country,
    Email: { Address: 'accounts@example.com' },
    WebAddr: {},
    SupportedLanguages: 'en',
    ...(timeZoneInCompanyInfo ? { DefaultTimeZone: company.timeZone } : {}),
    NameValue: [
      { Name: 'NeoEnabled', Value: 'true' },
      { Name: 'SubscriptionStatus', Value: 'PAID' },
      { Name: 'OfferingSku', Value: 'QuickBooks Online Plus' },
    ],
  };
}

function preferences(company: BookCompany): Record<string, unknown> {
  return {
    SalesFormsPrefs: {
      CustomTxnNumbers: true,
      AllowDeposit: false,
      AutoApplyCredit: false,
      AutoApplyPayments: false,
      ETransactionEnabledStatus: 'NotApplicable',
      DefaultTerms: { value: '3' },
    },
    EmailMessagesPrefs: {
      InvoiceMessage: {
        Subject: `Invoice from ${company.name}`,
        Message: `Your invoice is attached. Please pay at your earliest convenience.\n\n${company.name}`,
      },
    },
    CurrencyPrefs: {
      MultiCurrencyEnabled: company.multiCurrency,
      HomeCurrency: { value: company.baseCurrency },
    },
    ReportPrefs: { ReportBasis: 'Accrual', CalcAgingReportFromTxnDate: false },
  };
}
