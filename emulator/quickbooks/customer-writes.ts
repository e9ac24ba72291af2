import type { CompanyBooks } from './books.ts';
import { businessRule, duplicateName, missing, notFound, tooLong } from './fault-bodies.ts';
import type { NativeCustomer, Ref } from './native.ts';
import { blank, creatable, currentRecord, merged } from './record-merge.ts';
import type { Body } from './record-merge.ts';
import { bumped } from './settlement.ts';
import { currencyName } from './amounts.ts';

/** Computed by the server, or fixed at creation. */
const readOnly = ['Balance', 'BalanceWithJobs', 'FullyQualifiedName', 'Level', 'IsProject'];
const fixedAfterCreation = [...readOnly, 'CurrencyRef', 'ParentRef', 'Job'];
const inactiveSuffix = ' (deleted)';

/** Creates a customer. Throws 2020 without a name, 6240 for a name in use, 2050 for text that is too long. */
export function createCustomer(books: CompanyBooks, body: Body): NativeCustomer {
  const fields = creatable(body, [...readOnly, 'Job']);
  const name = nameIn(fields);
  checkName(books, name, undefined);
  checkLengths(books, fields);
  const parent = parentOf(books, fields['ParentRef'] as Ref | undefined);
  return books.save('Customer', {
    Taxable: false,
    BillWithParent: false,
    CurrencyRef: homeCurrency(books),
    PreferredDeliveryMethod: 'Print',
    PrintOnCheckName: name,
    ...fields,
    ...blank(books.nextId('Customer')),
    ...(parent ? { Job: true, Level: (parent.Level ?? 0) + 1 } : { Job: false }),
    DisplayName: name,
    FullyQualifiedName: parent ? `${parent.FullyQualifiedName}:${name}` : name,
    Active: true,
    Balance: 0,
    BalanceWithJobs: 0,
  });
}

/** Updates a customer, sparse or full, under its SyncToken (5010). Deactivates and reactivates with Active. */
export function updateCustomer(books: CompanyBooks, body: Body): NativeCustomer {
  const before = currentRecord<NativeCustomer>(books, 'Customer', body);
  const after = merged(before, body, fixedAfterCreation);
  checkLengths(books, after);
  const named = activated(books, before, {
    ...after,
    DisplayName: nameIn(after),
    Active: after.Active ?? true,
  });
  if (named.DisplayName !== before.DisplayName) checkName(books, named.DisplayName, before.Id);
  return books.save('Customer', bumped(withFullName(before, named)));
}

function activated(books: CompanyBooks, before: NativeCustomer, after: NativeCustomer): NativeCustomer {
  if (!books.options.deletedSuffix || before.Active === after.Active) return after;
  const plain = after.DisplayName.replace(/ \(deleted\)$/, '');
  return { ...after, DisplayName: after.Active ? plain : plain + inactiveSuffix };
}

function withFullName(before: NativeCustomer, after: NativeCustomer): NativeCustomer {
  const path = before.FullyQualifiedName.split(':').slice(0, -1);
  return { ...after, FullyQualifiedName: [...path, after.DisplayName].join(':') };
}

function nameIn(fields: Body): string {
  const parts = ['GivenName', 'FamilyName']
    .map((key) => fields[key])
    .filter((part) => typeof part === 'string');
  const name = fields['DisplayName'] ?? fields['CompanyName'] ?? parts.join(' ');
  if (typeof name !== 'string' || name.trim() === '') throw missing('DisplayName');
  return name;
}

function checkName(books: CompanyBooks, name: string, ownId: string | undefined): void {
  if (/[:\t\n]/.test(name)) throw businessRule('A name may not contain a colon, a tab or a new line.');
  const taken = books.world.state.db
    .prepare(
      `SELECT id FROM row WHERE company = ? AND entity = 'Customer' AND deleted = 0 AND id <> ?
       AND json_extract(json, '$.DisplayName') = ? COLLATE NOCASE`,
    )
    .get(books.realm, ownId ?? '', name);
  if (taken) throw duplicateName();
}

function checkLengths(books: CompanyBooks, fields: Body): void {
  const limits = { DisplayName: 500, CompanyName: 100, Notes: books.options.notesMaxLength };
  for (const [name, max] of Object.entries(limits)) {
    const value = fields[name];
    if (typeof value === 'string' && value.length > max) throw tooLong(name, max);
  }
}

function parentOf(books: CompanyBooks, ref: Ref | undefined): NativeCustomer | undefined {
  if (!ref) return undefined;
  const parent = books.read<NativeCustomer>('Customer', ref.value);
  if (!parent) throw notFound(`Customer ${ref.value}`);
  if ((parent.Level ?? 0) >= 4) throw businessRule('Sub-customers go five levels deep at most.');
  return parent;
}

function homeCurrency(books: CompanyBooks): Ref {
  const code = books.company.baseCurrency;
  return { value: code, name: currencyName(code) };
}
