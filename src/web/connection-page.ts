import { useRatio, type CustomerFacts } from '../facts/index.ts';
import type { StandingDecision } from '../decisions/index.ts';
import { BUCKET_NAMES } from './ageing-bar.ts';
import { allTodos, connectionBadges, figures, lastSync, trouble } from './connection-card.ts';
import { BUCKETS, sumFacts, type Books, type ConnectionView } from './connection-view.ts';
import { flagsTable, severityBadge } from './flags-table.ts';
import { html, type Html } from './html.ts';
import type { Page } from './page-frame.ts';
import { amount, count, longDay } from './words.ts';

/** So many rows of a list stand on one page. */
const ROWS_MAX = 200;

/** One company: all its flags and the figures of every customer that owes or is owed something. */
export function connectionPage(view: ConnectionView, nowMs: number, page: number): Page {
  const { connection, books } = view;
  const todos = allTodos(view);
  return {
    title: connection.name,
    back: true,
    content: html`<h1>${connection.name}</h1>
      ${connectionBadges(view)}
      <p class="quiet">${lastSync(view, nowMs)}</p>
      ${trouble(view)} ${books !== null && html`<div class="panel">${figures(books)}</div>`}
      ${
        todos.length > 0 &&
        html`<section class="panel" id="todo" aria-labelledby="todo-heading">
          <h2 id="todo-heading">For you</h2>
          <ul class="todo">
            ${todos.map((line) => html`<li>${line}</li>`)}
          </ul>
        </section>`
      }
      ${books !== null && html`${allFlags(books, page)} ${allCustomers(books, page)} ${pager(books, connection.id, page)}`}`,
  };
}

function allFlags(books: Books, page: number): Html {
  const shown = onPage(books.flags, page);
  const caption = `${count(books.flags.length, 'flag')}, amounts in ${books.judgement.connection.baseCurrency}, as of ${longDay(books.asOf)}.`;
  return html`<section class="panel" aria-labelledby="flags">
    <h2 id="flags">Flags</h2>
    ${shown.length === 0 ? html`<p class="quiet">None here.</p>` : flagsTable(books, shown, caption)}
  </section>`;
}

function allCustomers(books: Books, page: number): Html {
  const customers = listed(books);
  const shown = onPage(customers, page);
  return html`<section class="panel" aria-labelledby="customers">
    <h2 id="customers">Customers</h2>
    ${shown.length === 0 ? html`<p class="quiet">None here.</p>` : customersTable(books, shown, customers.length)}
  </section>`;
}

/** Those with open items, largest exposure first; who owes nothing and is owed nothing is left out. */
function listed(books: Books): CustomerFacts[] {
  const owing = books.judgement.day.facts.filter(
    ({ own }) => own.invoices.length > 0 || own.credits.length > 0,
  );
  const exposure = ({ own }: CustomerFacts): number => own.base?.exposureMinor ?? Infinity;
  return owing.sort((a, b) => exposure(b) - exposure(a) || (a.customer.name < b.customer.name ? -1 : 1));
}

function customersTable(books: Books, shown: CustomerFacts[], all: number): Html {
  const { connection, standings } = books.judgement;
  const standingOf = new Map(standings.map((decision) => [decision.customerId, decision]));
  const number = (text: string): Html => html`<th scope="col" class="number">${text}</th>`;
  return html`<div class="scroll" role="region" aria-labelledby="customers" tabindex="0">
    <table class="customers">
      <caption>
        ${count(all, 'customer')} with open items, in ${connection.baseCurrency}: own items by days past due.
        Use of the limit counts sub-customers too.
      </caption>
      <thead>
        <tr>
          <th scope="col">Customer</th>
          <th scope="col">Standing</th>
          ${number('Exposure')} ${BUCKETS.map((bucket) => number(BUCKET_NAMES[bucket]))}
          ${number('Unapplied')} ${number('Days')} ${number('Limit')} ${number('Use')}
        </tr>
      </thead>
      <tbody>
        ${shown.map((facts) => customerRow(facts, standingOf.get(facts.customer.id), connection.baseCurrency))}
      </tbody>
      <tfoot>
        ${sumRow(books, connection.baseCurrency)}
      </tfoot>
    </table>
  </div>`;
}

function customerRow(facts: CustomerFacts, decision: StandingDecision | undefined, currency: string): Html {
  const { own, total } = facts;
  const number = (minor: number | null): Html =>
    html`<td class="number ${minor === 0 ? 'nil' : ''}">${minor === 0 ? '–' : amount(minor, currency)}</td>`;
  const use = useRatio(facts);
  return html`<tr>
    <th scope="row">${facts.customer.name}</th>
    <td>${severityBadge(decision?.standing ?? 'clear')}</td>
    ${number(own.base?.exposureMinor ?? null)}
    ${BUCKETS.map((bucket) => number(own.base?.ageing[bucket] ?? null))}
    ${number(own.base?.unappliedMinor ?? null)}
    <td class="number">${total.daysOverdueMax === 0 ? '–' : total.daysOverdueMax}</td>
    <td class="number">${limitText(facts, currency)}</td>
    <td class="number">${use === null ? '–' : `${Math.floor(use * 100)} %`}</td>
  </tr>`;
}

function limitText({ limit }: CustomerFacts, currency: string): string {
  if (limit === null) return 'not set';
  if (limit.kind === 'unlimited') return 'unlimited';
  return limit.limitMinor === 0 ? 'cash only' : amount(limit.limitMinor, currency);
}

function sumRow(books: Books, currency: string): Html {
  const { ageing, exposureMinor, unappliedMinor } = sumFacts(books.judgement.day.facts);
  const number = (minor: number): Html => html`<td class="number">${amount(minor, currency)}</td>`;
  return html`<tr>
    <th scope="row" colspan="2">All customers</th>
    ${number(exposureMinor)} ${BUCKETS.map((bucket) => number(ageing[bucket]))} ${number(unappliedMinor)}
    <td colspan="3"></td>
  </tr>`;
}

const onPage = <T>(rows: T[], page: number): T[] => rows.slice((page - 1) * ROWS_MAX, page * ROWS_MAX);

function pager(books: Books, id: string, page: number): Html | null {
  const pages = Math.ceil(Math.max(books.flags.length, listed(books).length) / ROWS_MAX);
  if (pages <= 1) return null;
  const link = (to: number, text: string): Html | false =>
    to >= 1 && to <= pages && html`<a href="/connections/${id}?page=${to}">${text}</a>`;
  return html`<nav class="pager" aria-label="Pages">
    ${link(page - 1, '← Before')} <span>Page ${page} of ${pages}</span> ${link(page + 1, 'Next →')}
  </nav>`;
}
