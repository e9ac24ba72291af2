import { toMajor } from '../core/money.ts';
import type { NativeRow } from '../core/state.ts';
import { currencyName } from './amounts.ts';
import type { CustomerFigures } from './book-index.ts';
import { terms } from './company-rows.ts';
import { tombstone } from './native.ts';
import type { NativeCustomer } from './native.ts';
import { stamp } from './zone-time.ts';

/** ISO 3166-1 alpha-3 codes of the countries in generated worlds; addresses carry them since October 2025. */
const alpha3: Record<string, string> = Object.fromEntries(
  `AE:ARE AT:AUT AU:AUS BE:BEL BR:BRA CA:CAN CH:CHE CN:CHN CZ:CZE DE:DEU DK:DNK ES:ESP FI:FIN FR:FRA GB:GBR
   HK:HKG IE:IRL IN:IND IT:ITA JP:JPN KW:KWT LU:LUX MX:MEX NL:NLD NO:NOR NZ:NZL PL:POL PT:PRT SE:SWE SG:SGP
   US:USA ZA:ZAF`
    .split(/\s+/)
    .map((pair) => pair.split(':') as [string, string]),
);

/** A customer as QuickBooks serves it; a merged one is a tombstone. `zone` is the zone of MetaData. */
export function customerRow(figures: CustomerFigures, zone: string, deletedSuffix: boolean): NativeRow {
  const id = String(figures.id);
  const updatedMs = Math.floor(figures.updatedMs / 1000) * 1000;
  const time = stamp(updatedMs, zone);
  if (figures.merged) return tombstone('Customer', id, updatedMs, time);
  const active = figures.entry.status === 'active';
  const customer: NativeCustomer = {
    Taxable: false,
    ...addresses(figures),
    ...hierarchy(figures),
    Balance: toMajor(figures.balanceMinor, figures.currency),
    BalanceWithJobs: toMajor(figures.withJobsMinor, figures.currency),
    CurrencyRef: { value: figures.currency, name: currencyName(figures.currency) },
    PreferredDeliveryMethod: figures.entry.email === null ? 'None' : 'Email',
    IsProject: false,
    domain: 'QBO',
    sparse: false,
    Id: id,
    SyncToken: '0',
    MetaData: { CreateTime: stamp(figures.entry.updatedAtMs, zone), LastUpdatedTime: time },
    ...names(figures, active || !deletedSuffix ? '' : ' (deleted)'),
    Active: active,
    ...contact(figures),
    ...(figures.entry.notes === null ? {} : { Notes: figures.entry.notes }),
    ...term(figures),
  };
  return {
    entity: 'Customer',
    id,
    updatedMs,
    hidden: !active,
    deleted: false,
    json: JSON.stringify(customer),
  };
}

function names(figures: CustomerFigures, suffix: string) {
  const { displayName, fullName, entry } = figures;
  return {
    FullyQualifiedName: fullName + suffix,
    CompanyName: entry.name.slice(0, 100),
    DisplayName: displayName + suffix,
    PrintOnCheckName: entry.name.slice(0, 110),
  };
}

function hierarchy({ parent, level, entry }: CustomerFigures) {
  if (!parent) return { Job: false, BillWithParent: false };
  const billsWithParent = entry.email === null || entry.email === parent.entry.email;
  return {
    Job: true,
    BillWithParent: billsWithParent,
    ParentRef: { value: String(parent.id) },
    Level: level,
  };
}

function addresses({ id, entry }: CustomerFigures) {
  return { BillAddr: { Id: String(id + 1), Country: alpha3[entry.country] ?? entry.country } };
}

function contact({ entry }: CustomerFigures) {
  const [, given, family] = /^(.*?)\s*(\S+)$/.exec(entry.contactName ?? '') ?? [];
  return {
    ...(given ? { GivenName: given } : {}),
    ...(family ? { FamilyName: family } : {}),
    ...(entry.phone === null ? {} : { PrimaryPhone: { FreeFormNumber: entry.phone } }),
    ...(entry.email === null ? {} : { PrimaryEmailAddr: { Address: entry.email } }),
  };
}

function term({ termDays }: CustomerFigures) {
  const found = terms.find((one) => one.days === termDays);
  return found ? { SalesTermRef: { value: found.id, name: found.name } } : {};
}
