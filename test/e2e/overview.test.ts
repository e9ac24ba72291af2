import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type ConsoleMessage, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { demoBooks } from '../../emulator/world/demo-books.ts';
import { createApp, type App } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { dayAt, formatMoney } from '../../src/domain/index.ts';
import { readConnections } from '../../src/mirror/index.ts';
import { judge, type Judgement } from '../../src/nightly.ts';
import { startWeb, type RunningWeb } from '../../src/web/index.ts';
import { freePort } from '../support/free-port.ts';
import { startWorld, type World } from '../support/world.ts';

const PICTURES = 'test-output';
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

let world: World;
let app: App;
let web: RunningWeb;
let browser: Browser;

beforeAll(async () => {
  world = await startWorld({ ...demoBooks(7, 'small') });
  for (const id of world.ids) await world.night(id);
  // One company's messages go out as well: its card then says sent, not waiting.
  await world.dispatch(world.ids[1]);
  world.pass(95 * 60_000);
  const port = await freePort();
  const own = { HOLDFAST_BASE_URL: `http://localhost:${port}`, HOLDFAST_PORT: String(port) };
  app = createApp(parseConfig({ ...world.env, ...own }));
  app.clock.setOffset(world.emulator.clock.offsetMs());
  web = await startWeb(app);
  const executablePath = process.env['HOLDFAST_TEST_BROWSER'] ?? '/usr/bin/chromium';
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  mkdirSync(PICTURES, { recursive: true });
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await web?.close();
  await app?.close();
  await world?.close();
});

/** A page of a fresh browser, and everything that the browser found wrong with it. */
async function openPage(viewport = DESKTOP, colorScheme: 'light' | 'dark' = 'light') {
  const context = await browser.newContext({ viewport, colorScheme, deviceScaleFactor: 1 });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message: ConsoleMessage) => {
    // The emulated consent page has no icon; that is not ours to mend.
    const isEmulators =
      message.location().url.startsWith(world.emulator.xeroUrl) ||
      message.location().url.startsWith(world.emulator.quickbooksUrl);
    if (['error', 'warning'].includes(message.type()) && !isEmulators) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.url()}: ${response.status()}`);
  });
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? 'failed';
    // What the browser itself gave up because the test went on to the next page.
    if (reason !== 'net::ERR_ABORTED') faults.push(`${request.url()}: ${reason}`);
  });
  onTestFinished(() => context.close());
  return { page, faults };
}

/** The product on data of its own, with nothing connected yet. */
async function openEmptyHouse() {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-empty-'));
  const port = await freePort();
  const fresh = createApp(
    parseConfig({
      ...world.env,
      HOLDFAST_DATA_DIR: join(folder, 'data'),
      HOLDFAST_KEY_FILE: join(folder, 'key'),
      HOLDFAST_BASE_URL: `http://localhost:${port}`,
      HOLDFAST_PORT: String(port),
    }),
  );
  fresh.clock.setOffset(world.emulator.clock.offsetMs());
  const connected: string[] = [];
  const door = await startWeb(fresh, { onConnected: (platform, ids) => connected.push(platform, ...ids) });
  onTestFinished(async () => {
    await door.close();
    await fresh.close();
    rmSync(folder, { recursive: true });
  });
  return { app: fresh, url: door.url, connected };
}

async function judgements(): Promise<Judgement[]> {
  const connections = await readConnections(app.store.reader);
  return Promise.all(connections.map((one) => judge(app, one, dayAt(app.clock.nowMs(), one.timeZone))));
}

const picture = (page: Page, name: string): Promise<Buffer> =>
  page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });

describe('the overview in a browser', () => {
  it('shows every company with the flags that the judge finds', async () => {
    const { page, faults } = await openPage();
    await page.goto(web.url);
    for (const { connection, flags } of await judgements()) {
      const card = page.getByRole('region', { name: connection.name, exact: true });
      const rules = Map.groupBy(flags, (flag) => flag.rule);
      expect(flags.length).toBeGreaterThan(3);
      for (const [rule, some] of rules) {
        expect(await card.locator(`[data-rule="${rule}"] b`).innerText()).toBe(String(some.length));
      }
      expect(await card.locator('[data-rule]').count()).toBe(rules.size);
    }
    expect(faults).toEqual([]);
    await picture(page, 'overview-desktop');
  });

  it('shows what every customer owes in sums that tie to the facts', async () => {
    const { page, faults } = await openPage();
    for (const { connection, day } of await judgements()) {
      await page.goto(`${web.url}/connections/${connection.id}`);
      const exposure = day.facts.reduce((sum, facts) => sum + (facts.own.base?.exposureMinor ?? 0), 0);
      const text = formatMoney(exposure, connection.baseCurrency).replace(/ .*/, '');
      expect(await page.locator('.customers tfoot td').first().innerText()).toBe(text);
      expect(await page.locator('.tiles dd').first().innerText()).toContain(text);
    }
    expect(faults).toEqual([]);
    await picture(page, 'connection-desktop');
  });

  it('lists every flag of a company with its explanation, the most severe first', async () => {
    const { page } = await openPage();
    const [first] = await judgements();
    await page.goto(`${web.url}/connections/${first!.connection.id}`);
    const rows = page.locator('.flags tbody tr');
    expect(await rows.count()).toBe(first!.flags.length);
    const shown = await page.locator('.flags .why').allInnerTexts();
    expect(shown.sort()).toEqual(first!.flags.map((flag) => flag.explanation).sort());
    const badges = await page.locator('.flags .badge').allInnerTexts();
    expect(badges[0]).toBe('Hold');
    expect(badges.lastIndexOf('Hold')).toBeLessThan(badges.indexOf('Watch'));
  });

  it.each([
    ['a phone', PHONE, 'light', 'phone'],
    ['a phone in the dark', PHONE, 'dark', 'phone-dark'],
    ['a desk in the dark', DESKTOP, 'dark', 'desktop-dark'],
    ['a tablet', { width: 820, height: 1180 }, 'light', 'tablet'],
  ] as const)('fits the screen of %s', async (_name, viewport, scheme, file) => {
    const { page, faults } = await openPage(viewport, scheme);
    for (const [path, view] of [
      ['', 'overview'],
      [`/connections/${world.ids[0]}`, 'connection'],
    ]) {
      await page.goto(`${web.url}${path}`);
      const { scrollWidth, clientWidth } = await page.evaluate<{ scrollWidth: number; clientWidth: number }>(
        '({ scrollWidth: document.documentElement.scrollWidth, clientWidth: document.documentElement.clientWidth })',
      );
      expect(scrollWidth).toBe(clientWidth);
      await picture(page, `${view}-${file}`);
    }
    expect(faults).toEqual([]);
  });
});

describe('connecting a company in a browser', () => {
  it('goes from the button through the platform’s consent to a clean page, and the company is there', async () => {
    const house = await openEmptyHouse();
    const { page, faults } = await openPage();
    world.emulator.consent.xero.autoApprove = false;
    await page.goto(house.url);
    expect(await page.locator('.lead').innerText()).toContain('No company is connected yet');
    await picture(page, 'empty-desktop');
    await page.getByRole('button', { name: 'Connect Xero' }).click();
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('heading', { name: 'Connected to Xero' }).waitFor();
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe(
      '/connected?platform=xero&companies=2',
    );
    await picture(page, 'connected-desktop');
    await page.getByRole('link', { name: '← Overview' }).click();
    for (const name of ['Bramble & Flint Supplies Ltd', 'Corrin Quay Trading DAC']) {
      const card = page.getByRole('region', { name, exact: true });
      expect(await card.innerText()).toContain('Not synced yet');
      expect(await card.innerText()).toContain('Proposes only');
    }
    expect(house.connected).toEqual(['xero', 'xero-1', 'xero-2']);
    expect(faults).toEqual([]);
  });

  it('says in plain words that access was denied, and stores nothing', async () => {
    const house = await openEmptyHouse();
    const { page, faults } = await openPage();
    world.emulator.consent.quickbooks.autoApprove = false;
    await page.goto(house.url);
    await page.getByRole('button', { name: 'Connect QuickBooks' }).click();
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.getByRole('heading', { name: 'Nothing was connected' }).waitFor();
    expect(page.url()).toBe(`${house.url}/connect-failed?code=PLATFORM_FORBIDDEN`);
    expect(await page.locator('main').innerText()).toContain('The access was not granted');
    expect(await readConnections(house.app.store.reader)).toEqual([]);
    expect(faults).toEqual([]);
    await picture(page, 'denied-desktop');
  });
});
