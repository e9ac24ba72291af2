import { html, type Child, type Html } from '../lib/index.ts';
import type { Backtest, PolicyReplay } from './backtest.ts';
import type { HoldOutcome, PlayedHold, Verdict } from './backtest-outcome.ts';
import { count, readableDay, roundMoney, thousands } from './report-figures.ts';

/** So many holds of a policy are listed; the JSON has them all. */
const LISTED = 60;

export const VERDICTS: Readonly<Record<Verdict, string>> = {
  needless: 'good customer',
  justified: 'justified',
  'too-early': 'too early to say',
};

/** The holds of one policy, the largest exposure first. */
export function holdsTable(replay: PolicyReplay, backtest: Backtest, heading: Child): Html {
  const holds = [...replay.holds].sort((a, b) => (b.exposureMinor ?? 0) - (a.exposureMinor ?? 0));
  const shown = holds.slice(0, LISTED);
  if (holds.length === 0)
    return html`${heading}
      <p class="more">Nobody would have been held.</p>`;
  const caption =
    holds.length > LISTED
      ? `The ${LISTED} holds with the largest exposure, of ${thousands(holds.length)}`
      : `All ${count(holds.length, 'hold')}, the largest exposure first`;
  return html`${heading}
    <div class="scroll" tabindex="0" role="region" aria-label="${caption}">
      <table>
        <caption>
          ${caption}
        </caption>
        <thead>
          <tr>
            <th scope="col">Customer</th>
            <th scope="col">Held</th>
            <th scope="col" class="number">Days</th>
            <th scope="col" class="number">Exposure then</th>
            <th scope="col" class="number">Overdue then</th>
            <th scope="col">What came of it</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map((hold) => holdRow(hold, backtest))}
        </tbody>
      </table>
    </div>`;
}

function holdRow(hold: PlayedHold, { baseCurrency: currency, from }: Backtest): Html {
  const money = (minor: number | null): string => (minor === null ? '?' : roundMoney(minor, currency));
  const until = hold.until === null ? 'to the end' : `to ${readableDay(hold.until)}`;
  const overdue =
    hold.daysOverdueMax > 0
      ? html`${money(hold.overdueMinor)}<span class="why">up to ${count(hold.daysOverdueMax, 'day')}</span>`
      : '–';
  return html`<tr>
    <th scope="row">${hold.name}<span class="why">${hold.rules.join(', ')}</span></th>
    <td class="day">
      ${hold.from === from ? 'from the start' : readableDay(hold.from)}<span class="why">${until}</span>
    </td>
    <td class="number">${hold.days}</td>
    <td class="number">${money(hold.exposureMinor)}</td>
    <td class="number">${overdue}</td>
    <td>
      <span class="verdict ${hold.outcome.verdict}">${VERDICTS[hold.outcome.verdict]}</span>
      <span class="why">${cameOf(hold.outcome, money)}</span>
    </td>
  </tr>`;
}

/** 'paid late 1,200 GBP (18 days), unpaid 300 GBP; sold meanwhile and unpaid 450 GBP'. */
function cameOf({ open, sold, daysLate }: HoldOutcome, money: (minor: number) => string): string {
  const late = daysLate === null ? '' : ` (${count(Math.round(daysLate), 'day')})`;
  const parts = [
    open.paidOnTimeMinor > 0 && `paid on time ${money(open.paidOnTimeMinor)}`,
    open.paidLateMinor > 0 && `paid late ${money(open.paidLateMinor)}${late}`,
    open.creditedMinor > 0 && `credited ${money(open.creditedMinor)}`,
    open.unpaidMinor > 0 && `unpaid ${money(open.unpaidMinor)}`,
    open.notDueMinor > 0 && `not due yet ${money(open.notDueMinor)}`,
  ].filter((part) => part !== false);
  const meanwhile = sold.unpaidMinor > 0 ? `; sold meanwhile and unpaid ${money(sold.unpaidMinor)}` : '';
  return `${parts.join(', ')}${meanwhile}`;
}
