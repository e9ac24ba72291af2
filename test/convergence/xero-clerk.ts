import type { XeroEdits } from '../../emulator/xero/edits.ts';
import { approveInvoice, changeInvoice, refundCredit, unallocate } from '../../emulator/xero/corrections.ts';
import { tenantId } from '../../emulator/xero/ids.ts';
import type {
  Entity,
  XeroContact,
  XeroCredit,
  XeroInvoice,
  XeroPayment,
} from '../../emulator/xero/native.ts';
import { later, type Clerk, type ClerkSetting, type Deed } from './actor.ts';
import type { Dice } from './dice.ts';

/** The pages of one Xero organisation and the dice of those who use them. */
interface Desk {
  edits: XeroEdits;
  dice: Dice;
  nowMs: () => number;
  multiCurrency: boolean;
  made: { count: number };
}

const DAY_MS = 86_400_000;
const CREDITS = ['CreditNotes', 'Overpayments', 'Prepayments'] as const;

/** People at work in one Xero organisation. */
export function xeroClerk({ emulator, company, dice, silentDeletes }: ClerkSetting): Clerk {
  const edits = emulator.xero(tenantId(company.id));
  const desk: Desk = {
    edits,
    dice,
    nowMs: () => emulator.clock.nowMs(),
    multiCurrency: company.multiCurrency,
    made: { count: 0 },
  };
  const deeds: [string, number, Deed][] = [
    ['create contact', 2, () => createContact(desk)],
    ['rename contact', 1, () => changeContact(desk, (at) => ({ Name: `Renamed ${at} of ${company.id}` }))],
    ['change e-mail', 2, () => changeContact(desk, (at) => ({ EmailAddress: `new${at}@example.com` }))],
    ['change persons', 1, () => changeContact(desk, persons)],
    ['change account number', 1, () => changeContact(desk, (at) => ({ AccountNumber: `B-${at}` }))],
    ['archive contact', 1, () => archive(desk)],
    ['restore contact', 1, () => restore(desk)],
    ['merge contacts', 1, () => merge(desk)],
    ['create invoice', 4, () => createInvoice(desk)],
    ['create many invoices', 1, () => createMany(desk)],
    [
      'approve draft',
      2,
      () => withInvoice(desk, isDraft, (one) => approveInvoice(edits.store, one.InvoiceID)),
    ],
    ['change invoice', 2, () => withInvoice(desk, isUntouched, (one) => editInvoice(desk, one))],
    [
      'move due date',
      2,
      () =>
        withInvoice(
          desk,
          () => true,
          (one) => edits.moveDueDate(one.InvoiceID, later(someDay(desk), one.DateString)),
        ),
    ],
    ['pay invoice', 4, () => withInvoice(desk, isOpen, (one) => pay(desk, one))],
    ['take payment back', 2, () => takeBack(desk)],
    ['void invoice', 1, () => withInvoice(desk, isVoidable, (one) => edits.voidInvoice(one.InvoiceID))],
    ['delete draft', 1, () => withInvoice(desk, isDraft, (one) => edits.deleteInvoice(one.InvoiceID))],
    ['create credit', 2, () => createCredit(desk)],
    ['allocate credit', 3, () => allocate(desk)],
    ['take allocations back', 1, () => withCredit(desk, isUsed, (one) => unallocate(edits.store, one.ID))],
    ['refund credit', 1, () => withCredit(desk, isLeft, (one) => void refundCredit(edits.store, one.ID))],
    ['void credit', 1, () => withCredit(desk, isUnused, (one) => edits.voidCredit(one.ID))],
    ...(silentDeletes
      ? ([['silent delete', 2, () => eraseSomething(desk)]] satisfies [string, number, Deed][])
      : []),
  ];
  return { deeds: new Map(deeds.map(([name, weight, deed]) => [name, { weight, deed }])) };
}

/** Ids in their order; of rows whose status is one of these. */
function ids({ edits }: Desk, entity: Entity): string[] {
  const { world, tenant } = edits.store;
  return world.state
    .sql('SELECT id FROM row WHERE company = ? AND entity = ? ORDER BY seq')
    .pluck()
    .all(tenant, entity) as string[];
}

/** One record that fits, looked for among a handful of chance. */
function find<T extends object>(desk: Desk, entity: Entity, fits: (record: T) => boolean): T | undefined {
  const all = ids(desk, entity);
  for (let tries = 0; tries < 12 && all.length > 0; tries += 1) {
    const record = desk.edits.store.read(entity, desk.dice.pick(all));
    if (record !== undefined && fits(record as T)) return record as T;
  }
  return undefined;
}

function withInvoice(
  desk: Desk,
  fits: (invoice: XeroInvoice) => boolean,
  act: (invoice: XeroInvoice) => void,
): boolean {
  const invoice = find<XeroInvoice>(desk, 'Invoices', fits);
  if (invoice !== undefined) act(invoice);
  return invoice !== undefined;
}

function withCredit(
  desk: Desk,
  fits: (credit: XeroCredit) => boolean,
  act: (credit: XeroCredit) => void,
): boolean {
  const credit = find<XeroCredit>(desk, desk.dice.pick(CREDITS), fits);
  if (credit !== undefined) act(credit);
  return credit !== undefined;
}

const isActive = (contact: XeroContact): boolean => contact.ContactStatus === 'ACTIVE';
const isMerged = (contact: XeroContact): boolean => contact.MergedToContactID !== undefined;
const isDraft = (invoice: XeroInvoice): boolean => ['DRAFT', 'SUBMITTED'].includes(invoice.Status);
const isOpen = (invoice: XeroInvoice): boolean => invoice.Status === 'AUTHORISED' && invoice.AmountDue > 0;
const isUntouched = (invoice: XeroInvoice): boolean =>
  (isDraft(invoice) || isOpen(invoice)) && invoice.AmountPaid === 0 && invoice.AmountCredited === 0;
const isVoidable = (invoice: XeroInvoice): boolean => isOpen(invoice) && isUntouched(invoice);
const isUsed = (credit: XeroCredit): boolean => credit.Status !== 'VOIDED' && credit.Allocations.length > 0;
const isLeft = (credit: XeroCredit): boolean => credit.Status === 'AUTHORISED' && credit.RemainingCredit > 0;
const isUnused = (credit: XeroCredit): boolean => isLeft(credit) && credit.Allocations.length === 0;

function createContact(desk: Desk): boolean {
  const at = (desk.made.count += 1);
  const currency = desk.multiCurrency && desk.dice.chance(0.3) ? { DefaultCurrency: 'EUR' } : {};
  const EmailAddress = desk.dice.chance(0.7) ? `made${at}@example.com; copy${at}@example.com` : '';
  desk.edits.createContact({
    Name: `Made ${at} of ${desk.edits.store.served.company.id}`,
    EmailAddress,
    ...currency,
  });
  return true;
}

function changeContact(desk: Desk, fields: (at: number) => Record<string, unknown>): boolean {
  const contact = find<XeroContact>(desk, 'Contacts', isActive);
  if (contact === undefined) return false;
  desk.edits.updateContact(contact.ContactID, fields((desk.made.count += 1)));
  return true;
}

const persons = (at: number): Record<string, unknown> => ({
  ContactPersons: [
    { EmailAddress: `with${at}@example.com`, IncludeInEmails: true },
    { EmailAddress: `without${at}@example.com`, IncludeInEmails: false },
  ],
});

function archive(desk: Desk): boolean {
  const contact = find<XeroContact>(desk, 'Contacts', isActive);
  if (contact !== undefined) desk.edits.archiveContact(contact.ContactID);
  return contact !== undefined;
}

function restore(desk: Desk): boolean {
  const contact = find<XeroContact>(desk, 'Contacts', (one) => !isActive(one) && !isMerged(one));
  if (contact !== undefined) desk.edits.restoreContact(contact.ContactID);
  return contact !== undefined;
}

function merge(desk: Desk): boolean {
  const loser = find<XeroContact>(desk, 'Contacts', isActive);
  const winner = find<XeroContact>(desk, 'Contacts', (one) => isActive(one) && one !== loser);
  if (loser === undefined || winner === undefined || loser.ContactID === winner.ContactID) return false;
  desk.edits.mergeContacts(loser.ContactID, winner.ContactID);
  return true;
}

function createInvoice(desk: Desk): boolean {
  const contact = find<XeroContact>(desk, 'Contacts', isActive);
  if (contact === undefined) return false;
  const foreign = desk.multiCurrency && desk.dice.chance(0.3);
  const amountMinor = desk.dice.whole(1, 500_000);
  const issueDate = someDay(desk);
  desk.edits.createInvoice({
    contactId: contact.ContactID,
    amountMinor,
    issueDate,
    dueDate: later(someDay(desk), issueDate),
    status: desk.dice.pick(['AUTHORISED', 'AUTHORISED', 'DRAFT', 'SUBMITTED'] as const),
    ...(foreign ? { currency: desk.dice.pick(['EUR', 'JPY', 'KWD']), rate: '0.731' } : {}),
  });
  return true;
}

/** An import: many records in one instant. */
function createMany(desk: Desk): boolean {
  let any = false;
  for (let left = desk.dice.whole(5, 40); left > 0; left -= 1) any = createInvoice(desk) || any;
  return any;
}

function editInvoice(desk: Desk, invoice: XeroInvoice): void {
  const amountMinor = desk.dice.whole(1, 500_000);
  const issueDay = desk.dice.chance(0.5) ? someDay(desk) : null;
  changeInvoice(desk.edits.store, invoice.InvoiceID, {
    amountMinor,
    ...(issueDay === null ? {} : { issueDay, dueDay: later(invoice.DueDateString, issueDay) }),
    ...(desk.dice.chance(0.3) ? { number: `CHANGED-${(desk.made.count += 1)}` } : {}),
  });
}

function pay(desk: Desk, invoice: XeroInvoice): void {
  const whole = desk.dice.chance(0.5);
  desk.edits.payInvoice(invoice.InvoiceID, whole ? undefined : 1, someDay(desk));
}

function takeBack(desk: Desk): boolean {
  const payment = find<XeroPayment>(
    desk,
    'Payments',
    (one) =>
      one.PaymentType === 'ACCRECPAYMENT' &&
      one.Status === 'AUTHORISED' &&
      desk.edits.store.has('Invoices', String(one.Invoice['InvoiceID'])),
  );
  if (payment !== undefined) desk.edits.deletePayment(payment.PaymentID);
  return payment !== undefined;
}

function createCredit(desk: Desk): boolean {
  const contact = find<XeroContact>(desk, 'Contacts', isActive);
  if (contact === undefined) return false;
  const wanted = { contactId: contact.ContactID, amountMinor: desk.dice.whole(1, 200_000) };
  const kind = desk.dice.pick(['createCreditNote', 'createOverpayment', 'createPrepayment'] as const);
  desk.edits[kind](wanted);
  return true;
}

function allocate(desk: Desk): boolean {
  return withCredit(desk, isLeft, (credit) => {
    const fits = (invoice: XeroInvoice): boolean =>
      isOpen(invoice) && invoice.CurrencyCode === credit.CurrencyCode;
    withInvoice(desk, fits, (invoice) => {
      const digits = { JPY: 0, KWD: 3 }[credit.CurrencyCode] ?? 2;
      const most = Math.round(Math.min(credit.RemainingCredit, invoice.AmountDue) * 10 ** digits);
      desk.edits.allocate(credit.ID, invoice.InvoiceID, desk.dice.whole(1, most));
    });
  });
}

/** A record that nobody refers to is gone, and nothing tells of it. */
function eraseSomething(desk: Desk): boolean {
  const { store } = desk.edits;
  if (desk.dice.chance(0.3)) {
    const payment = find<XeroPayment>(desk, 'Payments', () => true);
    if (payment !== undefined) store.erase('Payments', payment.PaymentID);
    return payment !== undefined;
  }
  if (desk.dice.chance(0.3))
    return withCredit(desk, isUnused, (credit) => {
      const kind = CREDITS.find((one) => store.has(one, credit.ID));
      if (kind !== undefined) store.erase(kind, credit.ID);
    });
  return withInvoice(desk, isUntouched, (invoice) => store.erase('Invoices', invoice.InvoiceID));
}

/** A day of the last hundred, or of the next thirty. */
function someDay(desk: Desk): string {
  return new Date(desk.nowMs() + desk.dice.whole(-100, 30) * DAY_MS).toISOString().slice(0, 10);
}
