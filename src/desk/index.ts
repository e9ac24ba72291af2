export { decideOrder } from './decide-order.ts';
export type {
  Answer,
  AnswerCode,
  AnswerReason,
  Condition,
  Freshness,
  LimitCheck,
  Order,
  OrderAnswer,
} from './order-answer.ts';
export type { Member } from './limit-checks.ts';
export type { OrderInput } from './order-input.ts';
export { Desk, type DeskAnswer, type DeskPlace, type OrderQuestion } from './desk.ts';
export { describeAnswer, type AnswerDocument } from './document.ts';
export { parseOrder, type OrderText } from './parse-order.ts';
export { AnswerCounter } from './answer-counter.ts';
export { readAnswerCounts, readHeldPosted, type AnswerCount, type HeldPosted } from './store.ts';
export { readHeld, type CompanyHeld } from './read-held.ts';
export type { HeldCustomer } from './held-customers.ts';
export { describeHeld, formatHeld, type HeldDocument, type HeldElement } from './held-document.ts';
export { postDueHeld, putUpHeld, type HeldPlace, type PostOutcome } from './held-post.ts';
