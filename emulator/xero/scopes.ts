/** Scopes that may be asked for by applications made since March 2026. */
const granular = [
  'openid',
  'profile',
  'email',
  'offline_access',
  ...both('accounting.contacts'),
  ...both('accounting.invoices'),
  ...both('accounting.payments'),
  ...both('accounting.settings'),
  ...both('accounting.banktransactions'),
  ...both('accounting.manualjournals'),
  ...both('accounting.attachments'),
  'accounting.reports.aged.read',
];
const broad = [...both('accounting.transactions'), 'accounting.reports.read', 'accounting.journals.read'];

/** What is wrong with a scope that is asked for; undefined when nothing is. */
export function scopeFault(scope: string, broadAllowed: boolean): string | undefined {
  const known = new Set(broadAllowed ? [...granular, ...broad] : granular);
  const strange = scope.split(' ').find((one) => one !== '' && !known.has(one));
  return strange === undefined ? undefined : `Unknown or disallowed scope ${strange}`;
}

/** All scopes in the order in which discovery lists them. */
export function allScopes(): string[] {
  return granular;
}

/** Scopes that allow reading a part of the API. */
export function mayRead(part: 'contacts' | 'invoices' | 'payments' | 'settings'): string[] {
  return [...both(`accounting.${part}`), ...old(part, true)];
}

/** Scopes that allow writing it. */
export function mayWrite(part: 'contacts' | 'invoices' | 'payments' | 'settings'): string[] {
  return [`accounting.${part}`, ...old(part, false)];
}

function both(scope: string): string[] {
  return [scope, `${scope}.read`];
}

function old(part: string, read: boolean): string[] {
  if (part !== 'invoices' && part !== 'payments') return [];
  return ['accounting.transactions', ...(read ? ['accounting.transactions.read'] : [])];
}
