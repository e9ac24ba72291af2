import { createHash } from 'node:crypto';

/** The GUID of a record, always the same for the same words: a hash in the form of a version 4 UUID. */
export function guid(...words: string[]): string {
  const hex = createHash('sha1').update(words.join('\u0000')).digest('hex');
  const variant = '89ab'[Number.parseInt(hex[16] ?? '0', 16) % 4] ?? '8';
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}

/** Tenant id of a book's company. */
export function tenantId(companyId: string): string {
  return guid('tenant', companyId);
}
