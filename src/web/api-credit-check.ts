import type { RequestHandler } from 'express';
import type { App } from '../app.ts';
import { describeAnswer, parseOrder, type AnswerCounter, type Desk } from '../desk/index.ts';
import { chooseCompany } from './api-company.ts';
import { readQuery } from './api-query.ts';

const NAMES = ['connection', 'customer', 'amount', 'currency', 'reference'] as const;
const REQUIRED = ['customer', 'amount'] as const;

/** GET /api/v1/credit-check: whether a customer may be given an order on account. */
export function answerCreditCheck(app: App, desk: Desk, counter: AnswerCounter): RequestHandler {
  return async (req, res) => {
    const query = readQuery(req, NAMES, REQUIRED);
    const connection = await chooseCompany(app, query.connection);
    const { customer = '', amount = '', currency = connection.baseCurrency, reference } = query;
    const order = parseOrder({ amount, currency, reference });
    const answer = await desk.check({ connection, customer, order });
    counter.count(connection.id, answer.answer);
    res.json(describeAnswer(answer));
  };
}
