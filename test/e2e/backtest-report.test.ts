import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { addDays } from '../../src/domain/index.ts';
import { backtest, renderReport } from '../../src/whatif/index.ts';
import { BEGIN, plannedInvoice, smallLedger } from '../support/backtest-ledgers.ts';
import { ledgerCustomer, limitTable, policyWith } from '../support/facts-builders.ts';

const PICTURES = 'test-output';
/** Names that would break a page which does not escape them, or one that cannot wrap. */
const NAMES = ['Ash & Birch <b>Ltd</b>', `Cedar ${'Timber'.repeat(12)}`, 'Ørsted "Quay" DAC'];

let browser: Browser;
let folder: string;
let address: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-report-'));
  const file = join(folder, 'report.html');
  writeFileSync(file, await report());
  address = pathToFileURL(file).href;
  const executablePath = process.env['HOLDFAST_TEST_BROWSER'] ?? '/usr/bin/chromium';
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  mkdirSync(PICTURES, { recursive: true });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** A year of three customers: one pays late again and again, one stops paying, one is over its limit and good. */
async function report(): Promise<string> {
  const ledger = smallLedger({
    customers: NAMES.map((name, i) => ledgerCustomer(`c${i + 1}`, { name })),
    invoices: Array.from({ length: 36 }, (_, i) => {
      const [who, month] = [i % 3, Math.floor(i / 3)];
      const [issued, totalMinor] = [month * 24, 900_00 + month * 250_00];
      const paid = [45, month < 7 ? 20 : null, 18][who] ?? null;
      return plannedInvoice({
        ...{ number: `INV-${i + 1}`, customer: `c${who + 1}`, issued, due: issued + 20, totalMinor },
        paid: paid === null ? [] : [{ on: issued + paid, amountMinor: totalMinor }],
      });
    }),
    caseFile: { limits: limitTable({ c3: 2000_00 }) },
  });
  const strict = policyWith((policy) => {
    policy.name = 'Strict from January';
    policy.rules = [
      { rule: 'over-limit', useAbovePercent: 90, standing: 'hold' },
      { rule: 'overdue', daysAtLeast: 10, standing: 'hold' },
    ];
  });
  const period = { from: BEGIN, to: addDays(BEGIN, 299) };
  const result = await backtest(ledger, { ...period, policies: [strict, policyWith()] });
  return renderReport(result, { company: 'Ash <i>Trading</i> Ltd', limits: 'then' });
}

/** Opens the report and notes whatever it asks of the network or complains of. */
async function open(
  width: number,
  colorScheme: 'light' | 'dark',
): Promise<{ page: Page; troubles: string[] }> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  onTestFinished(() => page.close());
  const troubles: string[] = [];
  page.on('console', (message) => void troubles.push(message.text()));
  page.on('pageerror', (error) => void troubles.push(error.message));
  page.on('request', (request) => {
    if (request.url() !== address) troubles.push(`asked for ${request.url()}`);
  });
  await page.goto(address);
  return { page, troubles };
}

const widthBeyond = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - window.innerWidth');

describe('the report of a backtest', () => {
  it.each([
    ['desktop', 1280, 'light'],
    ['desktop-dark', 1280, 'dark'],
    ['phone', 390, 'light'],
    ['phone-dark', 390, 'dark'],
  ] as const)('fits a %s, alone, without a complaint', async (name, width, scheme) => {
    const { page, troubles } = await open(width, scheme);
    await page.screenshot({ path: join(PICTURES, `backtest-${name}.png`), fullPage: true });
    expect(await widthBeyond(page)).toBeLessThanOrEqual(0);
    expect(troubles).toEqual([]);
    // On a phone tables and plots scroll within themselves; elsewhere all of them is seen at once, as it is on paper.
    if (width > 1000) expect(await page.evaluate(CUT_OFF)).toEqual([]);
  });

  it('speaks first in words, then shows figures, plots and holds, and ends with what to beware of', async () => {
    const { page } = await open(1280, 'light');
    expect(await page.locator('h2').allTextContents()).toEqual([
      ...['In short', 'Figures', 'Over time', 'Holds', 'Holds', 'What to beware of'],
    ]);
    const short = await page.locator('section').first().innerText();
    expect(short).toContain(
      '“Strict from January” would have held more customers than “Default policy” (3 and 2)',
    );
    expect(short).toContain('would have kept back');
    expect(await page.locator('.caveats li').count()).toBeGreaterThan(5);
  });

  it('writes names as they are, and runs nothing of them', async () => {
    const { page } = await open(1280, 'light');
    expect(await page.locator('header').innerText()).toContain('Ash <i>Trading</i> Ltd');
    expect(await page.locator('tbody th').allInnerTexts()).toContainEqual(expect.stringContaining(NAMES[0]!));
    expect(await page.locator('main b b, th b').count()).toBe(0);
  });

  it('draws both policies, apart by colour and by stroke, and says their figures aloud', async () => {
    const { page } = await open(1280, 'light');
    const labels = await page.evaluate<string[]>(
      `[...document.querySelectorAll('figure .scroll > svg[role=img]')].map((one) => one.getAttribute('aria-label'))`,
    );
    expect(labels).toHaveLength(2);
    for (const label of labels)
      expect(label).toMatch(/Strict from January: at most .+; Default policy: at most /);
    const lines = await page.evaluate<{ style: string; path: string }[]>(
      `[...document.querySelector('figure .scroll > svg').querySelectorAll('path.line')].map((one) => ({
        style: getComputedStyle(one).stroke + getComputedStyle(one).strokeDasharray,
        path: one.getAttribute('d'),
      }))`,
    );
    expect(new Set(lines.map(({ style }) => style)).size).toBe(2);
    for (const { path } of lines) expect(path).toMatch(/^M84,[\d.]+L/);
  });

  it.each(['light', 'dark'] as const)('is readable in the %s', async (scheme) => {
    const { page } = await open(1280, scheme);
    const faint = await page.evaluate(FAINT_TEXTS);
    expect(faint).toEqual([]);
  });

  it('prints on paper, on white whatever the screen shows', async () => {
    const { page } = await open(1280, 'dark');
    await page.emulateMedia({ media: 'print' });
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  });
});

/** Regions that would have to be scrolled to be seen. Runs in the page. */
const CUT_OFF = `[...document.querySelectorAll('.scroll')]
  .filter((one) => one.scrollWidth > one.clientWidth)
  .map((one) => one.textContent.trim().slice(0, 40))`;

/** Texts whose contrast with what is behind them is under 4.5:1 (WCAG 2.2, 1.4.3). Runs in the page. */
const FAINT_TEXTS = `(() => {
  const channels = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = (colour) => {
    const [r, g, b] = channels(colour).map((one) => {
      const c = one / 255;
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (channels(colour)[3] !== 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const faint = [];
  for (const node of document.querySelectorAll('body *')) {
    const own = [...node.childNodes].some((one) => one.nodeType === 3 && one.textContent.trim() !== '');
    if (!own) continue;
    const style = getComputedStyle(node);
    const colour = node.closest('svg') ? style.fill : style.color;
    const [a, b] = [light(colour), light(ground(node))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) faint.push(node.textContent.trim().slice(0, 40));
  }
  return faint;
})()`;
