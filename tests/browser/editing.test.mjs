// Changing files in the dashboard: cells, objects, attributes, refusals; h5py says what is in the file.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { byId, cell, closePage, edit, editCell, hasText, launch, live, openPage, treeRow } from "./browser.mjs";
import { dedent, h5py, Server } from "./server.mjs";

let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

/** Runs `work` on a page of a server of its own, and asks h5py about the file after the server has stopped. */
async function edited(script, place, work, question) {
  const server = await Server.start({ files: { "a.h5": script } });
  try {
    const page = await openPage(browser, server.link("a.h5", ...place));
    await live(page);
    await edit(page);
    await work(page, server);
    await closePage(page);
    await server.stop();
    return h5py(server.path("a.h5"), `f = h5py.File(path)\n${dedent(question)}`);
  } finally {
    await server.remove();
  }
}

test("an edited cell is in the file", async () => {
  const found = await edited(
    "f['d'] = np.zeros((3, 4), '<i4'); f['x'] = np.zeros(2)",
    ["/d", "?v=table"],
    async (page) => {
      await hasText(cell(page, 1, 2), "0");
      await editCell(page, 1, 2, "42");
      await hasText(cell(page, 1, 2), "42");
      await editCell(page, 2, 3, "-7");
      await hasText(cell(page, 2, 3), "-7");
      await page.waitForFunction(() => !document.querySelector(".grid-cell.is-unsaved"));
      await treeRow(page, "/x").click();
      await byId(page, "view-tab", { view: "table" }).click();
      await hasText(cell(page, 0, 0), "0");
      await editCell(page, 0, 0, "1.5e-3");
      await hasText(cell(page, 0, 0), /^0\.0015$|^1\.5e-3$/);
      await page.waitForFunction(() => !document.querySelector(".grid-cell.is-unsaved"));
    },
    "result = [f['d'][()].tolist(), f['x'][()].tolist()]",
  );
  assert.deepEqual(found, [[[0, 0, 0, 0], [0, 0, 42, 0], [0, 0, 0, -7]], [0.0015, 0]]);
});

test("what is not a value of the datatype is said before it is sent", async () => {
  const found = await edited(
    "f['d'] = np.zeros((2, 2), 'u1')",
    ["/d", "?v=table"],
    async (page) => {
      await hasText(cell(page, 0, 0), "0");
      await editCell(page, 0, 0, "300");
      await byId(page, "cell-error").waitFor();
      await byId(page, "cell-editor").press("Escape");
      await hasText(cell(page, 0, 0), "0");
    },
    "result = f['d'][()].tolist()",
  );
  assert.deepEqual(found, [[0, 0], [0, 0]]);
});

test("a refused edit is taken back and explained", async () => {
  const server = await Server.start({ files: { "a.h5": "f['d'] = np.zeros((2, 2), '<i4')" } });
  try {
    // This page does not hear that the dataset is gone, and so asks for what the server must refuse.
    const isEvent = (message) => typeof message === "string" && message.includes('"event"');
    const page = await openPage(browser, server.link("a.h5", "/d", "?v=table"), { isLost: isEvent });
    await hasText(cell(page, 0, 0), "0");
    await edit(page);
    const other = await openPage(browser, server.link("a.h5", "/d"));
    await live(other);
    await edit(other);
    await treeRow(other, "/d").click();
    await byId(other, "delete-button").click();
    await byId(other, "confirm-delete").click();
    await treeRow(other, "/d").waitFor({ state: "detached" });

    await editCell(page, 0, 0, "5");
    await hasText(byId(page, "cell-error"), /\/d|deleted|no longer|not there|no link/);
    await hasText(cell(page, 0, 0), "0");
    assert.equal(await page.locator(".grid-cell.is-unsaved").count(), 0);
    await closePage(other);
    await closePage(page);
  } finally {
    await server.remove();
  }
});

test("groups and datasets are made and deleted, with a question before", async () => {
  const found = await edited(
    "f['g/old/x'] = [1]; f['g/old/y'] = [2]; f['keep'] = 1",
    ["/g"],
    async (page) => {
      await byId(page, "new-group-button").click();
      await byId(page, "new-group").locator("[name=name]").fill("made");
      await byId(page, "new-group").locator("button[type=submit]").click();
      await treeRow(page, "/g/made").waitFor();

      await byId(page, "new-dataset-button").click();
      const dialog = byId(page, "new-dataset");
      await dialog.locator("[name=name]").fill("image");
      await dialog.locator("[name=datatype]").selectOption(">f4");
      await dialog.locator("[name=shape]").fill("10, 20");
      await dialog.locator("[name=max-shape]").fill("*, 20");
      await dialog.locator("[name=chunks]").fill("5, 20");
      await dialog.locator("[name=compression]").selectOption("shuffle");
      await dialog.locator("button[type=submit]").click();
      await byId(page, "dataset-view", { path: "/g/made/image" }).waitFor();

      await treeRow(page, "/g").click();
      await treeRow(page, "/g/old").click();
      await byId(page, "delete-button").click();
      await hasText(byId(page, "delete-object").locator("[role=status]"), /2 datasets/);
      await byId(page, "delete-object").getByText("Cancel").click();
      await treeRow(page, "/g/old").waitFor();
      await byId(page, "tree").focus();
      await page.keyboard.press("Delete");
      await byId(page, "confirm-delete").click();
      await treeRow(page, "/g/old").waitFor({ state: "detached" });
    },
    `
    d = f['g/made/image']
    result = [sorted(f['g']), d.dtype.str, d.shape, d.maxshape, d.chunks, d.shuffle, d.compression, 'keep' in f]
    `,
  );
  assert.deepEqual(found, [["made"], ">f4", [10, 20], [null, 20], [5, 20], true, "gzip", true]);
});

test("a name that is taken, or a shape that is none, is refused in the dialog", async () => {
  await edited(
    "f['g/x'] = [1]",
    ["/g"],
    async (page) => {
      await treeRow(page, "/g").click();
      await treeRow(page, "/g/x").waitFor();
      await byId(page, "new-group-button").click();
      await byId(page, "new-group").locator("[name=name]").fill("x");
      await hasText(byId(page, "dialog-refusal"), /there already/);
      await page.keyboard.press("Escape");
      await byId(page, "new-group").waitFor({ state: "detached" });
      await byId(page, "new-dataset-button").click();
      await byId(page, "new-dataset").locator("[name=name]").fill("y");
      await byId(page, "new-dataset").locator("[name=shape]").fill("many");
      await byId(page, "new-dataset").locator("button[type=submit]").click();
      await hasText(byId(page, "dialog-refusal"), /^Shape/);
    },
    "result = sorted(f['g'])",
  );
});

test("attributes are added, edited and deleted", async () => {
  const found = await edited(
    "f['d'] = [1]; f['d'].attrs['units'] = 'mm'; f['d'].attrs['gone'] = 1; f['d'].attrs['n'] = np.uint8(3)",
    ["/d"],
    async (page) => {
      const row = (name) => byId(page, "attribute-row", { name });
      const save = async (fields) => {
        const form = byId(page, "attribute-editor");
        for (const [name, text] of Object.entries(fields)) await form.locator(`[name=${name}]`).fill(text);
        await byId(page, "save-attribute").click();
      };
      await byId(page, "add-attribute").click();
      await save({ name: "offset", value: "[1.5, 2.5]" });
      await row("offset").waitFor();
      await byId(page, "attribute-editor").waitFor({ state: "detached" });

      await row("units").getByTestId("edit-attribute").click();
      await save({ value: "millimetre" });
      await hasText(row("units").getByTestId("attribute-value"), /millimetre/);
      await byId(page, "attribute-editor").waitFor({ state: "detached" });

      await row("gone").getByTestId("delete-attribute").click();
      await row("gone").waitFor({ state: "detached" });

      // A value that does not fit is refused in words, and the old one is back.
      await row("n").getByTestId("edit-attribute").click();
      await save({ value: "300" });
      await byId(page, "attribute-refusal").waitFor();
      await byId(page, "attribute-editor").getByText("Cancel").click();
      await hasText(row("n").getByTestId("attribute-value"), "3");
    },
    "a = f['d'].attrs; result = [sorted(a), a['units'], a['offset'].tolist(), int(a['n'])]",
  );
  assert.deepEqual(found, [["n", "offset", "units"], "millimetre", [1.5, 2.5], 3]);
});

test("a read-only server offers nothing to change", async () => {
  const server = await Server.start({
    files: { "a.h5": "f['d'] = np.zeros((2, 2)); f['d'].attrs['a'] = 1" },
    options: ["--read-only"],
  });
  try {
    const page = await openPage(browser, server.link("a.h5", "/d", "?v=table"));
    await byId(page, "read-only-badge").waitFor();
    await hasText(cell(page, 0, 0), "0");
    await byId(page, "attribute-row", { name: "a" }).waitFor();
    await cell(page, 0, 0).click();
    await page.keyboard.press("F2");
    await page.keyboard.press("e");
    await cell(page, 0, 0).dblclick();
    const controls = [
      "edit-switch", "new-group-button", "new-dataset-button", "delete-button", "add-attribute", "edit-attribute",
      "delete-attribute", "cell-editor",
    ];
    for (const id of controls) assert.equal(await byId(page, id).count(), 0, id);
    await closePage(page);
  } finally {
    await server.remove();
  }
});
