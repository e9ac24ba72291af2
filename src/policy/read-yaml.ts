import { CST, Lexer, LineCounter, isMap, isPair, isScalar, parseDocument, visit, type Document } from 'yaml';

/** Larger than any policy that people wrote; a thousand overrides and five hundred examples fit in. */
export const MAXIMUM_LENGTH = 2_000_000;
/** Deeper than any policy is. The parser's own limit comes only after much work. */
const MAXIMUM_DEPTH = 40;
/** Words, marks and spaces: what keeps the parser busy, rather than the length of comments. */
const MAXIMUM_MARKS = 150_000;

/** A path into the document; the nearest thing that is there is meant. */
export type Path = readonly PropertyKey[];

/** A YAML document as plain values, which knows where each of them stands. */
export interface YamlText {
  plain: unknown;
  /** 'line 12, column 5: ' of what stands at a path. */
  where: (path: Path) => string;
}

/**
 * Reads one YAML document. A byte-order mark and Windows line ends do not matter. Gives the faults instead when there
 * are any; what would keep the parser busy (size, depth, keys that are lists) is refused before it begins.
 */
export function readYaml(source: string): YamlText | { faults: string[] } {
  const monster = findMonster(source);
  if (monster !== null) return { faults: [monster] };
  const lines = new LineCounter();
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `line ${line}, column ${col}: `;
  };
  // The parser compares each key with each other one; doubledKeys does the same in one go.
  const document = parseDocument(source, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
  const broken = [...document.errors, ...document.warnings].slice(0, 20);
  if (broken.length > 0) return { faults: broken.map((error) => `${at(error.pos[0])}${wordsFor(error)}`) };
  const doubled = doubledKeys(document);
  if (doubled.length > 0)
    return { faults: doubled.map(({ key, offset }) => `${at(offset)}${doubledWords(key)}`) };
  try {
    return { plain: document.toJS(), where: (path) => placeOf(document, path, at) };
  } catch (cause) {
    // An alias may lead nowhere, or a short text may stand for an endless one: both show only now.
    return { faults: [cause instanceof Error ? cause.message : 'it is not YAML'] };
  }
}

function findMonster(source: string): string | null {
  if (source.length > MAXIMUM_LENGTH)
    return `it is longer than ${MAXIMUM_LENGTH} characters: no policy is. Is this the right file?`;
  const strange = /[\0\uFFFD]/.exec(source);
  if (strange !== null)
    return `${placeIn(source, strange.index)}this is not text in UTF-8: save the file as UTF-8.`;
  return tooMuch(source);
}

/** One pass over the marks of the text: too many, brackets within brackets, dashes in a row, keys that are not words. */
function tooMuch(source: string): string | null {
  let [offset, marks, brackets, dashes] = [0, 0, 0, 0];
  for (const mark of new Lexer().lex(source)) {
    const kind = CST.tokenType(mark);
    if (kind === 'flow-seq-start' || kind === 'flow-map-start') brackets += 1;
    if (kind === 'flow-seq-end' || kind === 'flow-map-end') brackets = Math.max(0, brackets - 1);
    if (kind === 'seq-item-ind') dashes += 1;
    if (kind === 'newline') dashes = 0;
    if (kind === 'explicit-key-ind')
      return `${placeIn(source, offset)}"?" begins a key that is more than a word: a policy has none such.`;
    marks += 1;
    if (marks > MAXIMUM_MARKS)
      return `${placeIn(source, offset)}there is far more in it than in any policy. Is this the right file?`;
    if (brackets > MAXIMUM_DEPTH || dashes > MAXIMUM_DEPTH)
      return `${placeIn(source, offset)}lists lie within lists more than ${MAXIMUM_DEPTH} deep: no policy does that.`;
    if (!MARKERS.has(mark)) offset += mark.length;
  }
  return null;
}

/** What the lexer adds between the pieces of the text. */
const MARKERS: ReadonlySet<string> = new Set([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR]);

function placeIn(source: string, offset: number): string {
  const before = source.slice(0, offset).split('\n');
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}: `;
}

/** YAML's commonest faults in plain words; the others as the parser says them. */
function wordsFor({ code, message }: { code: string; message: string }): string {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'a tab is used to indent: use spaces.';
    case 'MULTIPLE_DOCS':
      return 'a second document begins here ("---"): a policy is one document.';
    case 'BAD_INDENT':
      return `this is not indented as what it belongs to (${message}).`;
    case 'TAG_RESOLVE_FAILED':
      return `words that begin with "!" mean nothing here: put it in quotes (${message}).`;
    default:
      return message;
  }
}

const doubledWords = (key: string): string => `"${key}" stands here twice: keep one, keys must be unique.`;

function doubledKeys(document: Document): { key: string; offset: number }[] {
  const found: { key: string; offset: number }[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const word = String(key.value);
        if (seen.has(word)) found.push({ key: word, offset: key.range?.[0] ?? 0 });
        seen.add(word);
      }
    },
  });
  return found.slice(0, 20);
}

/** Of the nearest node that exists on the path; of its key when it has no value. */
function placeOf(document: Document, path: Path, at: (offset: number) => string): string {
  for (let length = path.length; length >= 0; length -= 1) {
    const start = rangeStart(document.getIn(path.slice(0, length), true)) ?? keyStart(document, path, length);
    if (start !== null) return at(start);
  }
  return '';
}

function keyStart(document: Document, path: Path, length: number): number | null {
  const parent: unknown = document.getIn(path.slice(0, length - 1), true);
  if (length === 0 || !isMap(parent)) return null;
  const pair = parent.items.find(
    (item) => isPair(item) && isScalar(item.key) && item.key.value === path[length - 1],
  );
  return rangeStart(pair?.key);
}

function rangeStart(node: unknown): number | null {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range))
    return null;
  const start: unknown = node.range[0];
  return typeof start === 'number' ? start : null;
}
