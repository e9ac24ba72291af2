import type { Ageing } from '../facts/index.ts';
import { BUCKETS } from './books.ts';
import { html, type Html } from './html.ts';
import { amount } from './words.ts';

export const BUCKET_NAMES: Readonly<Record<keyof Ageing, string>> = {
  current: 'Current',
  d1_30: '1–30',
  d31_60: '31–60',
  d61_90: '61–90',
  d91: '91+',
};

/** Open invoices by days past due, as a bar and in figures. An SVG, because styles may not stand in the page. */
export function ageingBar(ageing: Ageing, currency: string): Html {
  const total = BUCKETS.reduce((sum, bucket) => sum + Math.max(0, ageing[bucket]), 0);
  let left = 0;
  const parts = BUCKETS.map((bucket) => {
    const width = total === 0 ? 0 : (Math.max(0, ageing[bucket]) / total) * 100;
    const part = html`<rect
      class="${bucket}"
      x="${left.toFixed(2)}"
      y="0"
      width="${width.toFixed(2)}"
      height="6"
    />`;
    left += width;
    return part;
  });
  return html`<div class="ageing">
    <p class="label">Open invoices by days past due</p>
    <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">${parts}</svg>
    <dl>
      ${BUCKETS.map(
        (bucket) =>
          html`<div>
            <dt><span class="dot ${bucket}"></span>${BUCKET_NAMES[bucket]}</dt>
            <dd>${amount(ageing[bucket], currency)}</dd>
          </div>`,
      )}
    </dl>
  </div>`;
}
