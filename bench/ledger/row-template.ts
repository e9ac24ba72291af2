/**
 * One row of the emulator as a pattern for many: its text, with holes where its update time stands, and where an id
 * does, its own or of another row. All rows of a round get the same addition to their ids, so they still fit together.
 */
export interface RowTemplate {
  /** Fixed text before each hole, and after the last one: always one more than holes. */
  texts: string[];
  /** null = the update time; else the id as it was. */
  holes: (string | null)[];
}

/** How ids of a platform differ from round to round. */
export type Renumber = (id: string, round: number) => string;

/** An id as it was before a round changed it. */
export interface Origin {
  id: string;
  round: number;
}

const MARK = '\u0001';
const STAMP = `${MARK}stamp${MARK}`;
const GUID_TEXT = /"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"/g;

interface XeroRow {
  UpdatedDateUTC: string;
}

/** Every GUID of the row is a hole, whatever it names. */
export function xeroTemplate(row: XeroRow): RowTemplate {
  const text = JSON.stringify({ ...row, UpdatedDateUTC: STAMP });
  return split(text.replace(GUID_TEXT, `"${MARK}$1${MARK}"`));
}

/** The end of a GUID says the round, so that ids stay as scattered as they are. */
export const renumberGuid: Renumber = (id, round) => id.slice(0, -4) + round.toString(16).padStart(4, '0');

interface QuickBooksRow {
  Id: string;
  MetaData: object;
}

/** The row's own id, and those of the customer, the parent and the linked transactions. */
export function quickbooksTemplate(row: QuickBooksRow): RowTemplate {
  const marked = {
    ...row,
    Id: `${MARK}${row.Id}${MARK}`,
    MetaData: { ...row.MetaData, LastUpdatedTime: STAMP },
  };
  const text = JSON.stringify(marked)
    .replace(/"(CustomerRef|ParentRef)":\{"value":"(\d+)"/g, `"$1":{"value":"${MARK}$2${MARK}"`)
    .replace(/"TxnId":"(\d+)"/g, `"TxnId":"${MARK}$1${MARK}"`);
  return split(text);
}

/** Far apart, so that no two rounds meet. */
const ROUND_SPAN = 10_000_000;
export const renumberCount: Renumber = (id, round) => String(Number(id) + round * ROUND_SPAN);

/** The other way round. */
export function originOfCount(id: string): Origin {
  return { id: String(Number(id) % ROUND_SPAN), round: Math.floor(Number(id) / ROUND_SPAN) };
}

/** JSON writes a control character as an escape, so what stands for the stamp is looked for in both forms. */
function split(text: string): RowTemplate {
  const parts = text.replaceAll('\\u0001', MARK).split(MARK);
  const texts = parts.filter((_, i) => i % 2 === 0);
  const holes = parts.filter((_, i) => i % 2 === 1).map((hole) => (hole === 'stamp' ? null : hole));
  return { texts, holes };
}

/** The row's text in one round, changed at `stamp` (in the platform's own notation). */
export function fill(
  { texts, holes }: RowTemplate,
  round: number,
  stamp: string,
  renumber: Renumber,
): string {
  let text = texts[0] ?? '';
  for (let i = 0; i < holes.length; i += 1) {
    const hole = holes[i];
    text += hole === null || hole === undefined ? stamp : renumber(hole, round);
    text += texts[i + 1] ?? '';
  }
  return text;
}
