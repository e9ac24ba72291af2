/** A name as names are compared: 'Kim  Jones' and 'kim jones' are one person. */
export const nameKey = (name: string): string =>
  name.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
