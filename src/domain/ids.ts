declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Holdfast's own id of one authorised company (a Xero organisation or a QuickBooks realm). */
export type ConnectionId = Branded<'ConnectionId'>;
/** The platform's id of a customer: Xero ContactID (GUID) or QuickBooks Customer.Id. */
export type CustomerId = Branded<'CustomerId'>;
/** The platform's id of an invoice, credit note or payment. */
export type DocumentId = Branded<'DocumentId'>;
/** The platform's id of a company: Xero tenantId or QuickBooks realmId. Secret-like: sealed at rest. */
export type CompanyId = Branded<'CompanyId'>;

export const connectionId = (text: string): ConnectionId => text as ConnectionId;
export const customerId = (text: string): CustomerId => text as CustomerId;
export const documentId = (text: string): DocumentId => text as DocumentId;
export const companyId = (text: string): CompanyId => text as CompanyId;
