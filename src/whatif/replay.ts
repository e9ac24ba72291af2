import {
  decideStandings,
  readFlags,
  readJudgedDay,
  readStandingsBefore,
  type JudgedDay,
  type StandingRecord,
} from '../decisions/index.ts';
import { HoldfastError, addDays, type CustomerId, type Day } from '../domain/index.ts';
import {
  documentsToKeep,
  readFacts,
  readSavedFacts,
  type FactsOfDay,
  type SavedFacts,
} from '../facts/index.ts';
import { PRODUCT_VERSION, sha256Hex } from '../lib/index.ts';
import { readCustomerNames, type Connection } from '../mirror/index.ts';
import { readPolicyVersion, type Policy } from '../policy/index.ts';
import { evaluate, type Flag } from '../rules/index.ts';
import { inSnapshot, type Reader } from '../store/index.ts';
import { differencesOf, type FieldDifference } from './replay-difference.ts';

/** What a night wrote down, and what a replay compares. */
export type ReplayPart = 'facts' | 'flags' | 'standings';

/** One customer of whom something is not as it was saved. */
export interface ReplayDifference {
  part: ReplayPart;
  customerId: CustomerId;
  name: string;
  /** Of flags: which rule. */
  rule: string | null;
  fields: FieldDifference[];
}

/** A part of a night: how many documents, and the digests (SHA-256) of their bytes then and now. */
export interface ReplayedPart {
  part: ReplayPart;
  then: { documents: number; digest: string };
  now: { documents: number; digest: string };
  same: boolean;
}

/** A past night computed again. */
export interface Replay {
  asOf: Day;
  run: number;
  /** Until when what people noted, and rates, were taken in, epoch ms. */
  knownAtMs: number;
  policy: { name: string; hash: string };
  /** The release that judged then (null = it did not write that down), and this one. */
  productVersion: { then: string | null; now: string };
  same: boolean;
  parts: ReplayedPart[];
  differences: ReplayDifference[];
  /** Why there may be differences; empty when there are none. */
  why: string[];
}

/**
 * Computes a past night again from its run, its policy version, and the rates and notes that were known then, and
 * compares the bytes with what it saved. Throws NIGHT_UNKNOWN, NIGHT_UNTOLD and POLICY_VERSION_UNKNOWN when that is not
 * there any more or never was.
 */
export async function replayNight(reader: Reader, connection: Connection, asOf: Day): Promise<Replay> {
  return inSnapshot(reader, async (then) => {
    const saved = await readNight(then, connection, asOf);
    const judged = await readBasis(then, connection, asOf);
    const policy = await readPolicyThen(then, judged);
    const moment = { run: saved.run, knownAtMs: saved.knownAtMs };
    const day = await readFacts(then, connection, policy, asOf, moment);
    const compared = await compareNight(then, connection, policy, saved, day);
    return describe(compared, saved, policy, judged, await namesOf(then, connection, compared));
  });
}

async function readNight(reader: Reader, connection: Connection, asOf: Day): Promise<SavedFacts> {
  const saved = await readSavedFacts(reader, connection.id, asOf);
  if (saved?.asOf === asOf && saved.knownAtMs > 0) return saved;
  if (saved?.asOf === asOf) {
    const message = `The night of ${asOf} was saved by a release that did not write down what was known then: it cannot be computed again.`;
    throw new HoldfastError('NIGHT_UNTOLD', message, { kind: 'state', hint: 'Later nights can be.' });
  }
  const message = `${connection.name} (${connection.id}) has no saved night of ${asOf}.`;
  const hint =
    saved === null
      ? 'Nights are saved by `holdfast nightly` and by `holdfast serve`.'
      : `The newest before it is that of ${saved.asOf}.`;
  throw new HoldfastError('NIGHT_UNKNOWN', message, { kind: 'state', hint });
}

async function readBasis(reader: Reader, { id }: Connection, asOf: Day): Promise<JudgedDay> {
  const judged = await readJudgedDay(reader, id, asOf);
  if (judged !== null) return judged;
  const message = `It was not written down by which policy ${asOf} was judged: it cannot be computed again.`;
  throw new HoldfastError('NIGHT_UNTOLD', message, { kind: 'state', hint: 'Later nights can be.' });
}

async function readPolicyThen(reader: Reader, { policyHash }: JudgedDay): Promise<Policy> {
  const policy = await readPolicyVersion(reader, policyHash);
  if (policy !== null) return policy;
  const message = `The policy of that night, version ${policyHash}, is not kept.`;
  throw new HoldfastError('POLICY_VERSION_UNKNOWN', message, {
    kind: 'state',
    hint: 'Restore an older backup.',
  });
}

/** One document of a part; `key` is the customer, of flags with the rule. */
interface Document {
  key: string;
  customerId: CustomerId;
  rule: string | null;
  content: unknown;
}

interface Compared {
  part: ReplayPart;
  then: Document[];
  now: Document[];
}

async function compareNight(
  reader: Reader,
  { id }: Connection,
  policy: Policy,
  saved: SavedFacts,
  day: FactsOfDay,
): Promise<Compared[]> {
  const flags = evaluate(day.facts, policy);
  const before = await readStandingsBefore(reader, id, saved.asOf);
  const decisions = decideStandings(day.facts, flags, before, policy);
  const after = await readStandingsBefore(reader, id, addDays(saved.asOf, 1));
  const standings = new Map(before);
  for (const { from: _from, changed: _changed, ...decision } of decisions)
    if (decision.standing !== 'clear' || before.has(decision.customerId))
      standings.set(decision.customerId, decision);
  return [
    {
      part: 'facts',
      then: saved.documents.map(factsDocument),
      now: documentsToKeep(day).map(factsDocument),
    },
    {
      part: 'flags',
      then: (await readFlags(reader, id, saved.asOf)).map(flagDocument).sort(byKey),
      now: flags.map(flagDocument).sort(byKey),
    },
    {
      part: 'standings',
      then: [...after.values()].map(standingDocument).sort(byKey),
      now: [...standings.values()].map(standingDocument).sort(byKey),
    },
  ];
}

const factsDocument = (content: SavedFacts['documents'][number]): Document => {
  const customerId = content.customer.id as CustomerId;
  return { key: customerId, customerId, rule: null, content };
};
const flagDocument = (content: Flag): Document => {
  const { customerId, rule } = content;
  return { key: `${customerId} ${rule}`, customerId, rule, content };
};
/** Field by field, so that the order in which a record was put together does not matter. */
const standingDocument = (record: StandingRecord): Document => {
  const { customerId, standing, since, reasons, clearing, unpayable } = record;
  const content = { customerId, standing, since, reasons, clearing, unpayable };
  return { key: customerId, customerId, rule: null, content };
};
const byKey = (a: Document, b: Document): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

interface PartDifference extends Omit<ReplayDifference, 'name'> {
  key: string;
}

function differencesIn({ part, then, now }: Compared): PartDifference[] {
  const [before, after] = [byKeys(then), byKeys(now)];
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((key) => {
    const [was, is] = [before.get(key), after.get(key)];
    const one = was ?? is;
    const fields = differencesOf(was?.content, is?.content);
    if (one === undefined || fields.length === 0) return [];
    return [{ part, key, customerId: one.customerId, rule: one.rule, fields }];
  });
}

const byKeys = (documents: Document[]): Map<string, Document> =>
  new Map(documents.map((document) => [document.key, document]));

async function namesOf(
  reader: Reader,
  { id }: Connection,
  compared: Compared[],
): Promise<Map<CustomerId, string>> {
  const ids = new Set(compared.flatMap(differencesIn).map(({ customerId }) => customerId));
  return ids.size > 1_000 ? new Map() : readCustomerNames(reader, id, [...ids]);
}

function describe(
  compared: Compared[],
  saved: SavedFacts,
  policy: Policy,
  judged: JudgedDay,
  names: ReadonlyMap<CustomerId, string>,
): Replay {
  const differences = compared.flatMap(differencesIn).map(({ key: _key, ...one }) => ({
    ...one,
    name: names.get(one.customerId) ?? one.customerId,
  }));
  const productVersion = { then: judged.productVersion, now: PRODUCT_VERSION };
  const same = differences.length === 0;
  return {
    ...{ asOf: saved.asOf, run: saved.run, knownAtMs: saved.knownAtMs },
    policy: { name: policy.name, hash: judged.policyHash },
    ...{ productVersion, same },
    parts: compared.map(({ part, then, now }) => {
      const [before, after] = [digestOf(then), digestOf(now)];
      return { part, then: before, now: after, same: before.digest === after.digest };
    }),
    differences,
    why: same ? [] : reasonsOf(productVersion),
  };
}

const digestOf = (documents: Document[]): { documents: number; digest: string } => ({
  documents: documents.length,
  digest: sha256Hex(documents.map(({ content }) => JSON.stringify(content)).join('\n')),
});

function reasonsOf({ then, now }: Replay['productVersion']): string[] {
  if (then === null)
    return [
      'The release that judged then did not write down which one it was; this one may judge otherwise.',
    ];
  if (then !== now)
    return [
      `Release ${then} judged then and ${now} judges now: its rules, or the form in which it writes, may be others.`,
    ];
  return [
    `The same release, ${now}, judged then: what it rests on was changed since outside of Holdfast, was restored from an ` +
      'older backup, or this is a defect. Please report it with these differences.',
  ];
}
