// Changes made elsewhere: seen without reload, within 100 ms, and again after the connection was gone.

import assert from "node:assert/strict";
import { copyFileSync, renameSync, rmSync } from "node:fs";
import { after, before, test } from "node:test";

import { byId, cell, closePage, edit, editCell, hasText, launch, live, openPage, treeRow } from "./browser.mjs";
import { h5py, Server } from "./server.mjs";
import { Script } from "./script.mjs";

/** The promise: a change is on the other's screen after this many milliseconds, as the median of ROUNDS. */
const PROMISED = 100;
const ROUNDS = 20;

let browser;
let server;
let script;

before(async () => {
  browser = await launch();
  server = await Server.start({ files: { "a.h5": "f['d'] = np.zeros((4, 4), '<i8'); f['g/x'] = [1]" } });
  script = await Script.start(server, "a.h5");
});

after(async () => {
  await script?.stop();
  await browser?.close();
  await server?.remove();
});

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}

function report(t, what, latencies) {
  const [low, high] = [Math.min(...latencies), Math.max(...latencies)];
  t.diagnostic(`${what}: median ${median(latencies).toFixed(1)} ms, ${low.toFixed(1)} to ${high.toFixed(1)} ms`);
}

/** Notes in the page when a cell first shows each text, by the machine's clock. */
async function watchCell(page, row, col) {
  await page.evaluate(([row, col]) => {
    window.seen = {};
    const note = () => {
      const text = document.querySelector(`[data-testid="grid-cell"][data-row="${row}"][data-col="${col}"]`)?.textContent.trim();
      window.seen[text] ??= performance.timeOrigin + performance.now();
    };
    new MutationObserver(note).observe(document.querySelector('[data-testid="element-grid"]'), {
      subtree: true, childList: true, characterData: true, attributes: true,
    });
  }, [row, col]);
}

function timeOf(page, text) {
  return page.waitForFunction((text) => window.seen[text], text).then((handle) => handle.jsonValue());
}

test("what a Python script writes is on every screen within 100 ms", async (t) => {
  const [first, second] = await Promise.all([1, 2].map(() => openPage(browser, server.link("a.h5", "/d", "?v=table"))));
  for (const page of [first, second]) {
    await hasText(cell(page, 0, 0), "0");
    await watchCell(page, 0, 0);
  }
  const latencies = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const began = await script.write("/d", "0, 0", 1000 + round);
    await timeOf(first, String(1000 + round));
    latencies.push((await timeOf(second, String(1000 + round))) - began);
  }
  report(t, "script to second tab", latencies);
  await closePage(first);
  await closePage(second);
  assert.ok(median(latencies) <= PROMISED, `${median(latencies)} ms`);
});

test("what is typed into a cell is with the script and on the other screen within 100 ms", async (t) => {
  const [first, second] = await Promise.all([1, 2].map(() => openPage(browser, server.link("a.h5", "/d", "?v=table"))));
  await hasText(cell(first, 1, 1), "0");
  await hasText(cell(second, 1, 1), "0");
  await watchCell(second, 1, 1);
  await edit(first);
  await first.evaluate(() => {
    addEventListener("keydown", (event) => {
      if (event.key === "Enter") window.entered = performance.timeOrigin + performance.now();
    }, { capture: true });
  });
  const [toScript, toScreen] = [[], []];
  for (let round = 1; round <= ROUNDS; round += 1) {
    await editCell(first, 1, 1, String(2000 + round));
    const heard = await script.hear();
    assert.equal(heard.path, "/d");
    const seen = await timeOf(second, String(2000 + round));
    const entered = await first.evaluate(() => window.entered);
    toScript.push(heard.time - entered);
    toScreen.push(seen - entered);
  }
  report(t, "tab to script", toScript);
  report(t, "tab to second tab", toScreen);
  await closePage(first);
  await closePage(second);
  for (const latencies of [toScript, toScreen]) assert.ok(median(latencies) <= PROMISED, `${median(latencies)} ms`);
});

test("objects and attributes made elsewhere appear, with their author in the log", async () => {
  const [one, two] = await Promise.all([1, 2].map(() => openPage(browser, server.link("a.h5", "/g"))));
  for (const page of [one, two]) {
    await treeRow(page, "/g").click();
    await treeRow(page, "/g/x").waitFor();
  }
  await script.write("/g/new", null, [1, 2, 3]);
  await treeRow(one, "/g/new").waitFor();
  await treeRow(two, "/g/new").waitFor();
  await treeRow(one, "/g/new").click();
  await edit(one);
  await byId(one, "add-attribute").click();
  await byId(one, "attribute-editor").locator("[name=name]").fill("note");
  await byId(one, "attribute-editor").locator("[name=value]").fill("hello");
  await byId(one, "save-attribute").click();
  await treeRow(two, "/g/new").click();
  await hasText(byId(two, "attribute-row", { name: "note" }).getByTestId("attribute-value"), /hello/);

  await byId(two, "events-toggle").click();
  await byId(two, "event-row", { path: "/g/new" }).first().waitFor();
  const log = await byId(two, "events-drawer").textContent();
  assert.match(log, /script\.py/);
  await closePage(one);
  await closePage(two);
});

test("after the server was away the dashboard is live again by itself", async () => {
  const other = await Server.start({ files: { "a.h5": "f['d'] = np.zeros((2, 2), '<i8')" } });
  let writer;
  try {
    const page = await openPage(browser, other.link("a.h5", "/d", "?v=table"));
    await hasText(cell(page, 0, 0), "0");
    await other.stop();
    await byId(page, "offline-banner").waitFor();
    assert.equal(await cell(page, 0, 0).textContent(), "0", "what was shown is gone");
    // Changed while nobody was connected.
    h5py(other.path("a.h5"), "f = h5py.File(path, 'r+'); f['d'][0, 0] = 5; f.close()");
    await other.startAgain();
    await live(page);
    await hasText(cell(page, 0, 0), "5");
    writer = await Script.start(other, "a.h5");
    await writer.write("/d", "0, 1", 6);
    await hasText(cell(page, 0, 1), "6");
    // The browser itself reports the connections that were refused meanwhile.
    await closePage(page, [/WebSocket connection to .* failed/, /ERR_CONNECTION_REFUSED/]);
  } finally {
    await writer?.stop();
    await other.remove();
  }
});

test("the list of files follows the folder", async () => {
  const other = await Server.start({ files: { "a.h5": "", "b.h5": "" } });
  try {
    const page = await openPage(browser, other.url);
    const listed = page.locator(".file-list");
    const isListed = (name) => listed.getByText(name, { exact: true }).waitFor();
    const isGone = (name) => listed.getByText(name, { exact: true }).waitFor({ state: "detached" });
    await isListed("b.h5");
    copyFileSync(other.path("a.h5"), other.path("c.h5"));
    await isListed("c.h5");
    renameSync(other.path("c.h5"), other.path("d.h5"));
    await isListed("d.h5");
    await isGone("c.h5");
    rmSync(other.path("d.h5"));
    await isGone("d.h5");
    await closePage(page);
  } finally {
    await other.remove();
  }
});
