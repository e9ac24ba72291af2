import { formatMoney, toMinor } from '../domain/index.ts';
import { nameKey } from './name-key.ts';

/** What somebody decides: the policy says for each kind which roles may, and up to which amount. */
export type DecisionKind =
  'hold.place' | 'hold.release' | 'reminder' | 'limit' | 'release' | 'dispute' | 'standing';

/** The policy's words on who may decide; amounts are decimals in the base currency of each organisation. */
export interface ApprovalRules {
  may: readonly { kind: DecisionKind; role: string; upTo?: number | undefined }[];
  fourEyesForLimitsAbove?: number | undefined;
  expireAfterDays: number;
}

/** The part of a policy that approvals look at. */
export interface ApprovalPolicy {
  approvals: ApprovalRules;
}

/** Somebody who may be named with --as. `upTo`: decimal amount in base currency; null = as the policy says of the role. */
export interface Person {
  name: string;
  role: string;
  upTo: string | null;
}

/** What is to be decided. Minor units of the base currency; null = without end, or of unknown worth. */
export interface Question {
  kind: DecisionKind;
  amountMinor: number | null;
  baseCurrency: string;
  askedBy: string;
}

/**
 * Whether a person may decide something of an amount (null = without end). Nobody registered (person null): everybody
 * may. Otherwise: the role must have a line of this kind that reaches the amount, unless the policy has no line of the
 * kind; and the person's own amount must reach it.
 */
export function mayDecide(
  policy: ApprovalPolicy,
  person: Person | null,
  kind: DecisionKind,
  amountMinor: number | null,
  baseCurrency: string,
): { allowed: boolean; why: string } {
  if (person === null) return { allowed: true, why: 'nobody is registered: everybody may decide' };
  const reaches = (upTo: number | string | null | undefined): boolean =>
    upTo == null || (amountMinor !== null && amountMinor <= toMinor(upTo, baseCurrency));
  const what = amountMinor === null ? 'an amount without end' : formatMoney(amountMinor, baseCurrency);
  const no = (why: string) => ({ allowed: false, why: `${person.name} (${person.role}) may not: ${why}` });
  const lines = policy.approvals.may.filter((line) => line.kind === kind);
  const ofRole = lines.filter((line) => nameKey(line.role) === nameKey(person.role));
  if (lines.length > 0 && ofRole.length === 0) {
    const roles = [...new Set(lines.map((line) => line.role))].join(', ');
    return no(`the policy gives "${kind}" to ${roles}`);
  }
  if (ofRole.length > 0 && !ofRole.some((line) => reaches(line.upTo)))
    return no(`the policy gives "${kind}" to this role up to ${largest(ofRole, baseCurrency)}, not ${what}`);
  if (!reaches(person.upTo)) return no(`up to ${moneyOf(person.upTo ?? 0, baseCurrency)}, not ${what}`);
  return { allowed: true, why: ofRole.length > 0 ? `${person.role} by policy` : 'the policy leaves it open' };
}

/** How a question stands. */
export interface Verdict {
  approved: boolean;
  /** How many people must still say yes. */
  missing: number;
  /** Whose yes counts, the asker's among them where it does; in the order of the alphabet. */
  counted: string[];
  /** Whose yes would bring it further; null when nobody is registered: anybody's but theirs. */
  mayAnswer: string[] | null;
  needed: 1 | 2;
}

/**
 * Whether those who said yes suffice. Two people must agree on a limit above the policy's amount, one on anything
 * else. The asker is one of them where they may decide; but for what needs somebody else's yes (all but limits) only
 * if the policy has a line that gives them the right. Nobody counts twice, whatever the order.
 */
export function judgeApproval(
  policy: ApprovalPolicy,
  people: readonly Person[],
  question: Question,
  yesBy: readonly string[],
): Verdict {
  const needed = needsFourEyes(policy, question) ? 2 : 1;
  const names = new Map([question.askedBy, ...yesBy].map((name) => [nameKey(name), name]));
  const counts = (name: string): boolean => countsAsYes(policy, people, question, name);
  const counted = [...names.values()].filter(counts).sort();
  const approved = counted.length >= needed;
  const others = people.map((one) => one.name).filter((name) => !names.has(nameKey(name)) && counts(name));
  const mayAnswer = approved ? [] : people.length === 0 ? null : others;
  return { approved, missing: Math.max(0, needed - counted.length), counted, mayAnswer, needed };
}

function countsAsYes(
  policy: ApprovalPolicy,
  people: readonly Person[],
  question: Question,
  name: string,
): boolean {
  const person = findPerson(people, name);
  if (people.length > 0 && person === null) return false;
  const { kind, amountMinor, baseCurrency } = question;
  if (!mayDecide(policy, person, kind, amountMinor, baseCurrency).allowed) return false;
  if (nameKey(name) !== nameKey(question.askedBy)) return true;
  const hasLine = policy.approvals.may.some((line) => line.kind === kind);
  return people.length === 0 || kind === 'limit' || hasLine;
}

function needsFourEyes(
  { approvals }: ApprovalPolicy,
  { kind, amountMinor, baseCurrency }: Question,
): boolean {
  const above = approvals.fourEyesForLimitsAbove;
  if (kind !== 'limit' || above === undefined) return false;
  return amountMinor === null || amountMinor > toMinor(above, baseCurrency);
}

/** The registered person of a name, however it is spelled; null when there is none. */
export function findPerson(people: readonly Person[], name: string): Person | null {
  return people.find((person) => nameKey(person.name) === nameKey(name)) ?? null;
}

/** How far a person's word goes on a kind, for a list: 'Kim (manager, up to 5,000.00 GBP)'. */
export function describeApprover(
  policy: ApprovalPolicy,
  person: Person,
  kind: DecisionKind,
  baseCurrency: string,
): string {
  const limit = ownLimit(policy, person, kind);
  const upTo = limit === null ? '' : `, up to ${moneyOf(limit, baseCurrency)}`;
  return `${person.name} (${person.role}${upTo})`;
}

/** The smaller of what the policy and the person's own amount allow; null = no end. */
export function ownLimit({ approvals }: ApprovalPolicy, person: Person, kind: DecisionKind): number | null {
  const lines = approvals.may.filter(
    (line) => line.kind === kind && nameKey(line.role) === nameKey(person.role),
  );
  const ofRole = lines.some((line) => line.upTo === undefined)
    ? []
    : [Math.max(...lines.map((line) => line.upTo ?? 0))];
  const limits = [
    ...(lines.length === 0 ? [] : ofRole),
    ...(person.upTo === null ? [] : [Number(person.upTo)]),
  ];
  return limits.length === 0 ? null : Math.min(...limits);
}

const moneyOf = (decimal: number | string, currency: string): string =>
  formatMoney(toMinor(decimal, currency), currency);

function largest(lines: readonly { upTo?: number | undefined }[], currency: string): string {
  return moneyOf(Math.max(...lines.map((line) => line.upTo ?? 0)), currency);
}
