/** How a property is compared and ordered. */
export type PropertyKind = 'text' | 'number' | 'boolean' | 'reference' | 'instant';

/** One entity of the API as queries see it. */
export interface EntitySchema {
  /** As it is written in replies, e.g. 'CreditMemo'. */
  name: string;
  /** Whether it is a list entity: deactivated instead of deleted, and hidden unless Active is asked for. */
  list: boolean;
  properties: ReadonlyMap<string, PropertyKind>;
}

const everywhere = 'Id:text SyncToken:text MetaData.CreateTime:instant MetaData.LastUpdatedTime:instant';
const transaction = `DocNumber:text TxnDate:text TotalAmt:number CustomerRef:reference CurrencyRef:reference
  ExchangeRate:number PrivateNote:text`;
const sales = `${transaction} Balance:number DueDate:text EmailStatus:text PrintStatus:text
  SalesTermRef:reference BillEmail.Address:text HomeTotalAmt:number HomeBalance:number`;

const entities: EntitySchema[] = [
  entity(
    'Customer',
    true,
    `DisplayName:text FullyQualifiedName:text CompanyName:text GivenName:text FamilyName:text PrintOnCheckName:text
     Active:boolean Job:boolean BillWithParent:boolean IsProject:boolean Taxable:boolean Balance:number
     BalanceWithJobs:number Level:number ParentRef:reference CurrencyRef:reference SalesTermRef:reference
     CustomerTypeRef:reference PrimaryEmailAddr.Address:text PrimaryEmailAddr:text PreferredDeliveryMethod:text
     Notes:text`,
  ),
  entity('Invoice', false, sales),
  entity('CreditMemo', false, `${sales} RemainingCredit:number`),
  entity('Payment', false, `${transaction} UnappliedAmt:number PaymentRefNum:text`),
  entity('Term', true, 'Name:text Active:boolean Type:text DueDays:number'),
  entity('CustomerType', true, 'Name:text Active:boolean'),
  entity('CompanyCurrency', true, 'Name:text Code:text Active:boolean'),
  entity('ExchangeRate', false, 'SourceCurrencyCode:text TargetCurrencyCode:text Rate:number AsOfDate:text'),
  entity('CompanyInfo', false, 'CompanyName:text LegalName:text Country:text'),
  entity('Preferences', false, ''),
  entity(
    'Estimate',
    false,
    `${transaction} DueDate:text TxnStatus:text ExpirationDate:text EmailStatus:text`,
  ),
  // Real entities of the API of which the emulated companies have none.
  ...['SalesReceipt', 'JournalEntry', 'RefundReceipt', 'Deposit', 'Bill'].map((name) =>
    entity(name, false, transaction),
  ),
  ...['Vendor', 'Item', 'Account', 'Employee', 'Class', 'Department'].map((name) =>
    entity(name, true, 'Name:text DisplayName:text Active:boolean'),
  ),
];

const byName = new Map(entities.map((one) => [one.name.toLowerCase(), one]));

/** An entity by name, whatever the case; undefined when the API has none of that name. */
export function schemaOf(name: string): EntitySchema | undefined {
  return byName.get(name.toLowerCase());
}

function entity(name: string, list: boolean, properties: string): EntitySchema {
  const pairs = `${everywhere} ${properties}`.trim().split(/\s+/);
  return { name, list, properties: new Map(pairs.map((pair) => pair.split(':') as [string, PropertyKind])) };
}
