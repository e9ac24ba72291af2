export { cannotDecide, evaluate, evaluateOne } from './evaluate.ts';
export type { Flag, FlagCredit, FlagInvoice, RuleName } from './flag.ts';
