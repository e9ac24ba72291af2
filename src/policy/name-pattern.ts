import { RE2JS } from 're2js';

/** Tells whether a customer's name contains what a pattern describes. */
export type NamePattern = (name: string) => boolean;

/**
 * Compiles a pattern of `nameMatches`: RE2 syntax, so that no pattern can hang, searched for anywhere in the name.
 * Capitals do not matter, since ledgers do not agree on them; `(?-i)` in front makes them matter.
 * Throws what RE2 says of a pattern that it cannot take (a backreference, a look-around, a bracket left open).
 */
export function compileNamePattern(pattern: string): NamePattern {
  const compiled = RE2JS.compile(pattern.normalize('NFC'), RE2JS.CASE_INSENSITIVE);
  return (name) => compiled.test(name.normalize('NFC'));
}

/** Why a pattern cannot be used, in a few words; null when it can. */
export function faultOfNamePattern(pattern: string): string | null {
  try {
    compileNamePattern(pattern);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : 'it is not RE2';
  }
}
