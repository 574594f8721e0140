// A Python script beside the browser: it writes when told to, and reports what it hears, with the time of each.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { PYTHON, ROOT } from "./server.mjs";

export class Script {
  #child;
  #lines;

  static async start(server, file) {
    const script = new Script();
    script.#child = spawn(PYTHON, [join(ROOT, "tests/browser/script.py"), server.url, file], {
      env: { ...process.env, PYTHONPATH: join(ROOT, "python/src"), PYTHONUNBUFFERED: "1" },
      stdio: ["pipe", "pipe", "inherit"],
    });
    script.#lines = createInterface({ input: script.#child.stdout })[Symbol.asyncIterator]();
    await script.#next();
    return script;
  }

  async #next() {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("the Python script has ended");
    return JSON.parse(value);
  }

  /** Writes `value` to a place of a dataset; returns the time at which it began, in ms. */
  async write(path, selection, value) {
    this.#child.stdin.write(`${JSON.stringify({ write: [path, selection, value] })}\n`);
    return (await this.#next()).time;
  }

  /** Waits for the next event that others cause; returns its path and the time at which it was heard, in ms. */
  async hear() {
    this.#child.stdin.write(`${JSON.stringify({ hear: true })}\n`);
    return this.#next();
  }

  async stop() {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.stdin.end();
    await ended;
  }
}
