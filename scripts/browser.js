import { accessSync, constants, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { runQuietly } from './child.js';
import { inRoot } from './paths.js';
import { SetupError, say } from './setup.js';

const KNOWN_GOOD = inRoot('node_modules', '.setup-browser');
const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
  'msedge',
];
const APPLICATIONS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];
const INSIDE_PLAYWRIGHT = [
  'chrome-linux/chrome',
  'chrome-linux64/chrome',
  'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
  'chrome-win/chrome.exe',
];
const APT = ['-qq', '-o', 'DPkg::Lock::Timeout=300'];

/**
 * The path of a browser for the tests, installed first where that can be done without asking (root on Debian).
 * Throws SetupError with one line that says what to install when there is none.
 */
export async function findOrInstallBrowser() {
  const before = knownGood() ?? (await firstThatStarts());
  if (before !== undefined) return before;
  if (canInstall()) await installChromium();
  const after = await firstThatStarts();
  if (after === undefined) {
    throw new SetupError('the tests need a browser: install Chromium or Chrome, or set CHROME_PATH to one');
  }
  return after;
}

/** What started last time is not started again to find out. */
function knownGood() {
  const asked = process.env.HOLDFAST_TEST_BROWSER;
  if (asked !== undefined && isExecutable(asked)) return asked;
  if (!existsSync(KNOWN_GOOD)) return undefined;
  const path = readFileSync(KNOWN_GOOD, 'utf8');
  return isExecutable(path) ? path : undefined;
}

/** Some systems ship a `chromium-browser` that only prints an advertisement, so each is asked for its version. */
async function firstThatStarts() {
  for (const path of candidates().filter(isExecutable)) {
    if (await starts(path)) {
      writeFileSync(KNOWN_GOOD, path);
      return path;
    }
  }
  return undefined;
}

async function starts(path) {
  if (process.platform === 'win32') return true; // there --version opens a window
  try {
    const { code, output } = await runQuietly(path, ['--version'], { timeout: 20_000 });
    return code === 0 && /\d+\.\d+\.\d+/.test(output);
  } catch {
    return false;
  }
}

function candidates() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const onPath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const asked = process.env.CHROME_PATH;
  return [...(asked ? [asked] : []), ...onPath, ...APPLICATIONS, ...playwrightBrowsers()];
}

function playwrightBrowsers() {
  const caches = [
    process.env.PLAYWRIGHT_BROWSERS_PATH,
    join(homedir(), '.cache', 'ms-playwright'),
    join(homedir(), 'Library', 'Caches', 'ms-playwright'),
    join(homedir(), 'AppData', 'Local', 'ms-playwright'),
  ].filter((cache) => cache && existsSync(cache));
  const versions = caches.flatMap((cache) => readdirSync(cache).map((name) => join(cache, name)));
  return versions.flatMap((version) => INSIDE_PLAYWRIGHT.map((inside) => join(version, inside)));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function canInstall() {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version');
}

async function installChromium() {
  say('installing Chromium for the tests with apt-get (once) …');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await runQuietly('apt-get', ['update', ...APT], { env });
    await runQuietly('apt-get', ['install', '-y', '--no-install-recommends', ...APT, 'chromium'], { env });
  } catch {
    // no apt-get here: the caller looks again and says what to install
  }
}
