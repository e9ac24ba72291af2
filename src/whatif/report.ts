import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { html, type Html } from '../lib/index.ts';
import type { Backtest, PolicyReplay } from './backtest.ts';
import type { Fates } from './backtest-outcome.ts';
import { count, percentOf, readableDay, roundMoney, thousands } from './report-figures.ts';
import { holdsTable, VERDICTS } from './report-holds.ts';
import { linePlot, stackedBars, type Stack } from './report-plots.ts';
import { caveatsOf, compareHeld, summaryOf } from './report-words.ts';
import type { LimitsChoice } from './read-backtest.ts';

/** What a report is about beside the backtest itself. */
export interface ReportSubject {
  company: string;
  limits: LimitsChoice;
}

const STYLE = fileURLToPath(new URL('./report.css', import.meta.url));

/** A backtest as one HTML file that needs nothing else: words first, then plots, the holds, and what to beware of. */
export function renderReport(backtest: Backtest, { company, limits }: ReportSubject): string {
  const { from, to, days, replays } = backtest;
  const title = `Credit policy backtest: ${company}`;
  const period = `${readableDay(from)} to ${readableDay(to)}, ${count(days, 'day')}`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title}</title>
        <style></style>
      </head>
      <body>
        <header>
          <p class="company">${company}</p>
          <h1>Credit policy backtest</h1>
          <p class="period">${period}. ${reconstructedText(backtest)}</p>
        </header>
        <main>
          ${summarySection(backtest)} ${figuresSection(backtest)} ${plotsSection(backtest)}
          ${replays.map((replay, index) => holdsSection(replay, index, backtest))}
          <section>
            <h2>What to beware of</h2>
            <ul class="caveats">
              ${caveatsOf(backtest, limits).map((caveat) => html`<li>${caveat}</li>`)}
            </ul>
          </section>
        </main>
      </body>
    </html>`;
  // Our own sheet, in which nothing may be escaped.
  return page.toString().replace('<style></style>', () => `<style>\n${readFileSync(STYLE, 'utf8')}</style>`);
}

function reconstructedText({ reconstructedDays, days, knownUntil }: Backtest): string {
  const share =
    reconstructedDays === 0
      ? 'All days are as the mirror held them.'
      : `${reconstructedDays} of them (${percentOf(reconstructedDays, days)}) are rebuilt from document dates.`;
  return `${share} Outcomes are known until ${readableDay(knownUntil)}.`;
}

function summarySection(backtest: Backtest): Html {
  const { replays } = backtest;
  return html`<section>
    <h2>In short</h2>
    ${replays.length > 1 && html`<p class="lead">${comparisonText(backtest)}</p>`}
    <div class="policies">
      ${replays.map(
        (replay, index) =>
          html`<div>
            ${policyName(replay, index)}
            ${summaryOf(replay, backtest).map((sentence) => html`<p>${sentence}</p>`)}
          </div>`,
      )}
    </div>
  </section>`;
}

const policyName = ({ policy }: PolicyReplay, index: number): Html =>
  html`<h3 class="policy-name c${index}">
    ${policy.name} <span class="version">version ${policy.hash}</span>
  </h3>`;

function comparisonText({ replays, baseCurrency }: Backtest): string {
  const [first, second] = replays;
  const held = compareHeld(replays);
  if (first === undefined || second === undefined || held === null) return '';
  const more = (a: number, b: number): string => (a === b ? 'as many' : a > b ? 'more' : 'fewer');
  const kept = first.totals.avoidedMinor - second.totals.avoidedMinor;
  const keptText =
    kept === 0
      ? 'the same sum would have been kept back'
      : `${roundMoney(Math.abs(kept), baseCurrency)} ${kept > 0 ? 'more' : 'less'} would have been kept back`;
  const [a, b] = [first.totals.customers, second.totals.customers];
  return (
    `“${first.policy.name}” would have held ${more(a, b)} customers than “${second.policy.name}” (${a} and ${b}), `.replace(
      'as many customers than',
      'as many customers as',
    ) +
    `${keptText}, and good customers would have met ${count(first.totals.verdicts.needless, 'hold')} against ${second.totals.verdicts.needless}. ` +
    `${count(held.both, 'customer')} would have been held by both, ${held.onlyFirst.length} only by the first and ` +
    `${held.onlySecond.length} only by the second.`
  );
}

type Figure = [name: string, value: (replay: PolicyReplay) => string];

function figuresSection(backtest: Backtest): Html {
  const money = (minor: number): string => roundMoney(minor, backtest.baseCurrency);
  const figures: Figure[] = [
    ['Customers held at any time', ({ totals }) => thousands(totals.customers)],
    ['Holds', ({ totals }) => thousands(totals.holds)],
    ['Days on hold, all customers', ({ totals }) => thousands(totals.heldDays)],
    [
      'Held on the middle day, at most',
      ({ totals }) => `${totals.heldCustomersMedian}, ${totals.heldCustomersMax}`,
    ],
    ['Exposure when the holds began', ({ totals }) => money(totals.exposureAtHoldMinor)],
    ['Sold while held', ({ totals }) => money(soldMinor(totals.sold))],
    ['… of it past due and unpaid today', ({ totals }) => money(totals.avoidedMinor)],
    ['Holds of good customers', ({ totals }) => thousands(totals.verdicts.needless)],
    ['Justified holds', ({ totals }) => thousands(totals.verdicts.justified)],
    ['Too early to say', ({ totals }) => thousands(totals.verdicts['too-early'])],
    ['Reminders sent', ({ totals }) => thousands(totals.reminders.total)],
    ...reminderFigures(backtest),
  ];
  return html`<section>
    <h2>Figures</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Figures">
      <table>
        <thead>
          <tr>
            <th scope="col">&nbsp;</th>
            ${backtest.replays.map(({ policy }) => html`<th scope="col" class="number">${policy.name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${figures.map(
            ([name, value]) =>
              html`<tr>
                <th scope="row">${name}</th>
                ${backtest.replays.map((replay) => html`<td class="number">${value(replay)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

const soldMinor = (sold: Fates): number =>
  sold.paidOnTimeMinor + sold.paidLateMinor + sold.creditedMinor + sold.unpaidMinor + sold.notDueMinor;

function reminderFigures({ replays }: Backtest): Figure[] {
  const steps = replays.flatMap(({ totals }) => totals.reminders.bySteps.map(({ step }) => step));
  return [...new Set(steps)]
    .sort((a, b) => a - b)
    .map((step): Figure => {
      const days = count(Math.abs(step), 'day');
      const name = `… ${days} ${step < 0 ? 'before' : 'after'} the due day`;
      return [
        name,
        ({ totals }) => thousands(totals.reminders.bySteps.find((one) => one.step === step)?.sent ?? 0),
      ];
    });
}

function plotsSection(backtest: Backtest): Html {
  const { replays, from, baseCurrency } = backtest;
  const money = (minor: number): string => roundMoney(minor, baseCurrency);
  const series = (of: (replay: PolicyReplay) => readonly number[]) =>
    replays.map((replay, colour) => ({ name: replay.policy.name, colour, values: of(replay) }));
  const most = (format: (value: number) => string, of: (replay: PolicyReplay) => readonly number[]): string =>
    replays.map((one) => `${one.policy.name}: at most ${format(Math.max(0, ...of(one)))}`).join('; ');
  return html`<section>
    <h2>Over time</h2>
    ${linePlot({
      title: 'Customers on hold',
      description: most(thousands, ({ held }) => held.customers),
      from,
      series: series(({ held }) => held.customers),
      format: thousands,
    })}
    ${linePlot({
      title: 'Their exposure',
      description: most(money, ({ held }) => held.exposureMinor),
      from,
      series: series(({ held }) => held.exposureMinor),
      format: money,
    })}
    ${stackedBars(
      'What became of what was open when the holds began',
      replays.map((replay) => stackOf(replay, replay.totals.open, money)),
    )}
    ${stackedBars(
      'What became of what was sold while customers would have been on hold',
      replays.map((replay) => stackOf(replay, replay.totals.sold, money)),
    )}
  </section>`;
}

function stackOf({ policy }: PolicyReplay, fates: Fates, money: (minor: number) => string): Stack {
  const part = (name: string, fate: string, value: number) => ({ name, fate, value, text: money(value) });
  return {
    name: policy.name,
    parts: [
      part('paid on time', 'on-time', fates.paidOnTimeMinor),
      part('paid late', 'late', fates.paidLateMinor),
      part('credited', 'credited', fates.creditedMinor),
      part('unpaid and past due', 'unpaid', fates.unpaidMinor),
      part('not due yet', 'not-due', fates.notDueMinor),
    ],
  };
}

function holdsSection(replay: PolicyReplay, index: number, backtest: Backtest): Html {
  const { verdicts } = replay.totals;
  const counted = `${verdicts.needless} ${VERDICTS.needless}, ${verdicts.justified} ${VERDICTS.justified}, ${verdicts['too-early']} ${VERDICTS['too-early']}`;
  return html`<section>
    <h2>Holds</h2>
    ${holdsTable(
      replay,
      backtest,
      html`${policyName(replay, index)}
        <p class="more">${counted}</p>`,
    )}
  </section>`;
}
