// Chromium, and pages that fail their test when the console reports an error.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

import { ROOT } from "./server.mjs";

const CHROMIUM = process.env.HDF5_ASYNC_CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** How long anything on a page may take before the test fails. */
const DEADLINE = 20_000;

export function launch() {
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
}

/** What the console and the page's scripts complained about, by page. */
const complaints = new WeakMap();

/**
 * A page of its own context: other storage, other cookies, as another person's browser.
 * `isLost` picks messages from the server that never reach the page.
 */
export async function openPage(browser, url, { width = 1440, height = 900, dark = false, isLost = null } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(DEADLINE);
  const found = [];
  complaints.set(page, found);
  page.on("console", (message) => {
    if (message.type() === "error") found.push(message.text());
  });
  page.on("pageerror", (error) => found.push(String(error)));
  if (isLost) {
    await page.routeWebSocket(/\/ws$/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) => isLost(message) || socket.send(message));
    });
  }
  await page.goto(url);
  return page;
}

/** Closes a page and fails if it had anything to complain about; `expected` are complaints that belong to the test. */
export async function closePage(page, expected = []) {
  const found = complaints.get(page).filter((text) => !expected.some((pattern) => pattern.test(text)));
  await page.context().close();
  assert.deepEqual(found, [], "errors in the browser's console");
}

/** One element by its `data-testid` and further attributes. */
export function byId(page, id, attributes = {}) {
  const conditions = Object.entries({ testid: id, ...attributes });
  return page.locator(conditions.map(([name, value]) => `[data-${name}=${JSON.stringify(String(value))}]`).join(""));
}

export function treeRow(page, path) {
  return byId(page, "tree-row", { path });
}

export function cell(page, row, col) {
  return byId(page, "grid-cell", { row, col });
}

/** Waits until the page has the server's answers and nothing is loading. */
export async function live(page) {
  await byId(page, "connection-badge", { status: "live" }).waitFor();
}

/** Waits for the text of an element: `expected` is a string, or a pattern. */
export async function hasText(locator, expected) {
  const isRight = (text) => (expected instanceof RegExp ? expected.test(text) : text === expected);
  let text;
  const started = Date.now();
  do {
    text = (await locator.textContent()).trim();
    if (isRight(text)) return text;
    // Chromium tells of the next change; polling the page's own frames is how Playwright waits, too.
    await locator.page().evaluate(() => new Promise((next) => requestAnimationFrame(next)));
  } while (Date.now() - started < DEADLINE);
  assert.fail(`${JSON.stringify(text)} instead of ${expected}`);
}

/** Switches edit mode on. */
export async function edit(page) {
  const button = byId(page, "edit-switch");
  await button.click();
  assert.equal(await button.getAttribute("aria-checked"), "true");
}

/** Types a new value into a cell of the table. */
export async function editCell(page, row, col, text) {
  await cell(page, row, col).click();
  await page.keyboard.press("F2");
  const editor = byId(page, "cell-editor");
  await editor.fill(text);
  await editor.press("Enter");
}

/** Keeps a picture under target/screenshots. */
export async function screenshot(page, name) {
  const folder = join(ROOT, "target/screenshots");
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
