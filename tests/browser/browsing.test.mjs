// Looking at files: the tree, plots, the table, links that lead to a place, the keyboard.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { byId, cell, closePage, hasText, launch, live, openPage, screenshot, treeRow } from "./browser.mjs";
import { realFile, Server } from "./server.mjs";

let browser;
let server;

before(async () => {
  browser = await launch();
  server = await Server.start({
    files: {
      "scan.nxs": `
        f.attrs['default'] = 'entry'
        e = f.create_group('entry')
        e.attrs['NX_class'] = 'NXentry'
        e['title'] = 'A scan'
        y, x = np.mgrid[-1:1:64j, -1:1:96j]
        images = np.stack([np.exp(-4 * (x ** 2 + y ** 2)) * (n + 1) for n in range(5)])
        e.create_dataset('data/images', data=images, chunks=(1, 64, 96), compression='gzip')
        e['data/counts'] = np.sin(np.linspace(0, 20, 5000))
        e['data/table'] = np.arange(4 * 6 * 8).reshape(4, 6, 8)
        e['data/table'].attrs['units'] = 'mm'
        many = f.create_group('many')
        for n in range(2000):
            many.create_group(f'g{n:04}')
        `,
    },
  });
});

after(async () => {
  await browser?.close();
  await server?.remove();
});

test("opening the printed address shows the file and its tree", async () => {
  const page = await openPage(browser, server.url);
  await live(page);
  await treeRow(page, "/entry").click();
  await treeRow(page, "/entry/data").click();
  for (const name of ["counts", "images", "table"]) await treeRow(page, `/entry/data/${name}`).waitFor();
  assert.ok(!page.url().includes("token"), "the token stays in the address bar");
  await treeRow(page, "/entry/data/table").click();
  await byId(page, "attribute-row", { name: "units" }).waitFor();
  await hasText(byId(page, "attribute-row", { name: "units" }).getByTestId("attribute-value"), /mm/);
  assert.match(await byId(page, "inspector").textContent(), /4 × 6 × 8/);
  await closePage(page);
});

test("a table shows the slice that the sliders choose", async () => {
  const page = await openPage(browser, server.link("scan.nxs", "/entry/data/table", "?v=table"));
  await hasText(cell(page, 0, 0), "0");
  await hasText(cell(page, 2, 3), "19");
  const number = byId(page, "slice-number", { dim: 0 });
  await number.fill("2");
  await number.press("Enter");
  await hasText(cell(page, 0, 0), "96");
  await hasText(cell(page, 5, 3), "139");
  await byId(page, "slice-slider", { dim: 0 }).fill("3");
  await hasText(cell(page, 0, 0), "144");
  await screenshot(page, "table-slice");
  await closePage(page);
});

test("an image stack is drawn as a heatmap and read out under the pointer", async () => {
  const page = await openPage(browser, server.link("scan.nxs", "/entry/data/images"));
  await readHeatmap(page);
  await screenshot(page, "heatmap-own");
  await closePage(page);
});

/** Waits for a picture that is no plain area, and returns what is said of its middle. */
async function readHeatmap(page) {
  const figure = byId(page, "heatmap");
  await figure.waitFor();
  await page.waitForFunction(() => {
    const canvas = document.querySelector('[data-testid="heatmap"] canvas');
    if (!canvas?.width) return false;
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    const colors = new Set();
    for (let at = 0; at < pixels.length; at += 4 * 97) colors.add(pixels.slice(at, at + 3).join());
    return colors.size > 20;
  });
  const { x, y, width, height } = await figure.boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
  return hasText(byId(page, "plot-readout"), /\d/);
}

test("the chopper's counts are drawn as a heatmap", async (t) => {
  const original = realFile("chopper.nxs");
  if (!original) return t.skip("chopper.nxs is not on this machine");
  const real = await Server.start({ copies: [original] });
  try {
    const page = await openPage(browser, real.link("chopper.nxs", "/entry/data/data"));
    await live(page);
    if (!(await byId(page, "heatmap").count())) await byId(page, "view-tab", { view: "heatmap" }).click();
    await readHeatmap(page);
    await screenshot(page, "heatmap-chopper");
    await byId(page, "view-tab", { view: "table" }).click();
    await hasText(cell(page, 0, 0), /^-?\d/);
    await screenshot(page, "table-chopper");
    await closePage(page);
  } finally {
    await real.remove();
  }
});

test("a row of numbers is drawn as a line", async () => {
  const page = await openPage(browser, server.link("scan.nxs", "/entry/data/counts"));
  const figure = byId(page, "line-plot");
  await figure.waitFor();
  const { x, y, width, height } = await figure.boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
  await hasText(byId(page, "plot-readout"), /\d/);
  await screenshot(page, "line");
  await closePage(page);
});

test("a link leads to the object, the view and the slice", async () => {
  const first = await openPage(browser, server.link("scan.nxs", "/entry/data/table", "?v=table"));
  await hasText(cell(first, 0, 0), "0");
  const number = byId(first, "slice-number", { dim: 0 });
  await number.fill("1");
  await number.press("Enter");
  await hasText(cell(first, 0, 0), "48");
  await first.waitForURL(/sel=/);
  const link = `${first.url()}#token=${server.token}`;
  await closePage(first);

  const second = await openPage(browser, link);
  await hasText(cell(second, 0, 0), "48");
  assert.equal(await treeRow(second, "/entry/data/table").getAttribute("aria-selected"), "true");
  await second.reload();
  await hasText(cell(second, 0, 0), "48");
  // Without the token in the address: the cookie that it was exchanged for is enough.
  assert.ok(!second.url().includes("token"));
  await closePage(second);
});

test("the tree is walked with the keyboard alone", async () => {
  const page = await openPage(browser, server.link("scan.nxs"));
  await treeRow(page, "/entry").waitFor();
  const tree = byId(page, "tree");
  await tree.focus();
  const active = () => page.evaluate(() => {
    const tree = document.querySelector('[data-testid="tree"]');
    return document.getElementById(tree.getAttribute("aria-activedescendant"))?.dataset.path;
  });
  const press = async (key, expected) => {
    await page.keyboard.press(key);
    await page.waitForFunction((expected) => {
      const tree = document.querySelector('[data-testid="tree"]');
      return document.getElementById(tree.getAttribute("aria-activedescendant"))?.dataset.path === expected;
    }, expected).catch(async () => assert.fail(`${key} leads to ${await active()}, not ${expected}`));
  };
  await press("Home", "/");
  await press("ArrowDown", "/entry");
  await page.keyboard.press("ArrowRight");
  await treeRow(page, "/entry/data").waitFor();
  await press("ArrowRight", "/entry/data");
  await page.keyboard.press("ArrowRight");
  await treeRow(page, "/entry/data/table").waitFor();
  await press("t", "/entry/data/table");
  await page.keyboard.press("Enter");
  await byId(page, "dataset-view", { path: "/entry/data/table" }).waitFor();
  await press("ArrowLeft", "/entry/data");
  await press("ArrowLeft", "/entry/data");
  await treeRow(page, "/entry/data/table").waitFor({ state: "detached" });
  await closePage(page);
});

test("two thousand children take only the rows in sight", async () => {
  const page = await openPage(browser, server.link("scan.nxs", "/many"));
  await treeRow(page, "/many").click();
  await treeRow(page, "/many/g0000").waitFor();
  const tree = byId(page, "tree");
  await tree.focus();
  // Further pages are read as the end comes into sight.
  for (let step = 0; step < 10 && !(await treeRow(page, "/many/g1999").count()); step += 1) {
    await page.keyboard.press("End");
    await page.waitForLoadState("networkidle");
  }
  await treeRow(page, "/many/g1999").waitFor();
  assert.ok((await byId(page, "tree-row").count()) < 200, "every row is in the page");
  await closePage(page);
});
