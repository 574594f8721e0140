// How the dashboard looks: both themes, wide and narrow, with nothing cut off and readable names for all controls.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { byId, closePage, launch, live, openPage, screenshot, treeRow } from "./browser.mjs";
import { realFile, Server } from "./server.mjs";

let browser;
let server;
let place;

before(async () => {
  browser = await launch();
  const original = realFile("chopper.nxs");
  if (original) {
    place = ["chopper.nxs", "/entry/data/data"];
    server = await Server.start({ copies: [original] });
  } else {
    place = ["scan.nxs", "/entry/data/data"];
    server = await Server.start({
      files: { "scan.nxs": "f['entry/data/data'] = np.random.default_rng(1).normal(size=(200, 300))" },
    });
  }
});

after(async () => {
  await browser?.close();
  await server?.remove();
});

for (const width of [1440, 800]) {
  for (const dark of [false, true]) {
    const name = `dashboard-${width}-${dark ? "dark" : "light"}`;
    test(name, async () => {
      const page = await openPage(browser, server.link(...place), { width, dark });
      await live(page);
      await byId(page, "dataset-view").waitFor();
      await treeRow(page, "/entry").first().waitFor();
      await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
      await screenshot(page, name);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `the page is ${overflow} px wider than the window`);
      const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const [red, green, blue] = background.match(/[\d.]+/g).map(Number);
      assert.equal(red + green + blue < 384, dark, `the background is ${background}`);
      await closePage(page);
    });
  }
}

test("every control has a name", async () => {
  const page = await openPage(browser, server.link(...place));
  await live(page);
  await byId(page, "edit-switch").click();
  const nameless = await page.evaluate(() => [...document.querySelectorAll("button, input, select, [role=tree], [role=grid]")]
    .filter((control) => control.checkVisibility())
    .filter((control) => !(control.getAttribute("aria-label") || control.title || control.textContent.trim() || control.labels?.length))
    .map((control) => control.outerHTML.slice(0, 120)));
  assert.deepEqual(nameless, []);
  await closePage(page);
});
