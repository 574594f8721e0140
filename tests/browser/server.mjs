// A server process for one test file: a folder of HDF5 files, a port, and h5py as the judge of what is written.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const BINARY = process.env.HDF5_ASYNC_BINARY ?? join(ROOT, "target/release/hdf5-async");
const DATA = process.env.HDF5_ASYNC_DATA ?? join(ROOT, "../shared/data");

export const PYTHON = python();

function python() {
  if (process.env.HDF5_ASYNC_PYTHON) return process.env.HDF5_ASYNC_PYTHON;
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const installed = join(cache, "hdf5-async/venv/bin/python3");
  return existsSync(installed) ? installed : "python3";
}

/** The path of a file from a real instrument, or null where this machine does not have it. */
export function realFile(name) {
  const path = join(DATA, name);
  return existsSync(path) ? path : null;
}

/** Runs Python with `h5py`, `np` and `path`; returns what the script puts into `result`. */
export function h5py(path, script) {
  const program = [
    "import json, sys, h5py, numpy as np",
    "path, result = sys.argv[1], None",
    dedent(script),
    "json.dump(result, sys.stdout)",
  ].join("\n");
  return JSON.parse(execFileSync(PYTHON, ["-c", program, path], { encoding: "utf8" }));
}

/** Scripts stand indented in the tests; Python wants them at the margin. */
export function dedent(script) {
  const lines = script.split("\n").filter((line) => line.trim() !== "");
  const margin = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(margin)).join("\n");
}

export class Server {
  #folder = mkdtempSync(join(tmpdir(), "hdf5-async-browser-"));
  #child;
  #options;

  /** `files` names HDF5 files and the scripts that fill them through `f`; `copies` are paths of existing ones. */
  static async start({ files = {}, copies = [], options = [] }) {
    const server = new Server();
    mkdirSync(server.path("."));
    for (const [name, script] of Object.entries(files)) {
      h5py(server.path(name), `f = h5py.File(path, 'w')\n${dedent(script)}\nf.close()`);
    }
    for (const original of copies) copyFileSync(original, server.path(basename(original)));
    server.#options = options;
    await server.#run("127.0.0.1:0");
    return server;
  }

  async #run(bind) {
    const args = ["serve", "--bind", bind, ...this.#options, this.path(".")];
    this.#child = spawn(BINARY, args, { stdio: ["ignore", "pipe", process.env.HDF5_ASYNC_SHOW_LOG ? "inherit" : "ignore"] });
    const ended = once(this.#child, "exit").then(([code]) => {
      throw new Error(`the server ended with code ${code} before it printed its address`);
    });
    this.url = await Promise.race([this.#address(), ended]);
    ended.catch(() => {});
    const { host, hash } = new URL(this.url);
    this.host = host;
    this.token = new URLSearchParams(hash.slice(1)).get("token");
  }

  async #address() {
    for await (const line of createInterface({ input: this.#child.stdout })) {
      if (line.startsWith("http://")) return line.trim();
    }
    throw new Error("the server printed no address");
  }

  path(name) {
    return join(this.#folder, "served", name);
  }

  /** The address of an object in the dashboard, with the token. */
  link(file, path = "", query = "") {
    const names = path.split("/").filter((name) => name !== "");
    const place = [file, ...names].map(encodeURIComponent).join("/");
    return `http://${this.host}/f/${place}${query}#token=${this.token}`;
  }

  /** Stops as an operator does; the files are closed then. */
  async stop() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGTERM");
      await ended;
    }
  }

  /** Starts again on the same port, with the same token and files. */
  async startAgain() {
    if (!this.#options.some((option) => option.startsWith("--token"))) this.#options.push(`--token=${this.token}`);
    await this.#run(this.host);
  }

  async remove() {
    await this.stop();
    rmSync(this.#folder, { recursive: true });
  }
}
