/** A piece of a `where` text. */
export interface Token {
  kind: 'word' | 'text' | 'number' | 'sign';
  text: string;
}

/** What Xero calls a filter that it cannot read; becomes 400 QueryParseException. */
export class QueryParseError extends Error {}

const pattern =
  /\s*(?:("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?)|([A-Za-z_][\w.]*)|(==|!=|>=|<=|&&|\|\||[<>=(),]))/y;

/** Cuts a `where` text into tokens. Throws QueryParseError at the first thing that is none. */
export function tokens(where: string): Token[] {
  const found: Token[] = [];
  const text = where.trimEnd();
  pattern.lastIndex = 0;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) throw new QueryParseError(`Syntax error at position ${String(at)} of '${where}'`);
    found.push(tokenOf(match));
  }
  return found;
}

function tokenOf(match: RegExpExecArray): Token {
  const [, quoted, number, word, sign = ''] = match;
  if (quoted !== undefined) return { kind: 'text', text: quoted.slice(1, -1).replace(/\\(.)/g, '$1') };
  if (number !== undefined) return { kind: 'number', text: number };
  return word === undefined ? { kind: 'sign', text: sign } : { kind: 'word', text: word };
}
