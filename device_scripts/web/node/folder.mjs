/**
 * The page's modules in Node.js, with a folder in the place of the server: the same engine on the back ends that need no browser.
 *
 * @typedef {import("../harness.js").Harness} Harness
 */

import { constants, readFileSync } from "node:fs";
import { open, readFile, realpath, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, sep } from "node:path";
import { serve } from "./service.mjs";

/**
 * A module of the page that was built. TensorFlow.js sees that it is in Node.js and asks for what modules of the older kind have there.
 *
 * @param {string} page
 * @param {string} name
 */
export async function module(page, name) {
  Object.assign(globalThis, { require: createRequire(import.meta.url), __dirname: page, __filename: join(page, name) });
  console.log = console.info = console.warn = console.error; // what it says of itself is no answer
  return import(join(page, name));
}

/**
 * @param {string} page
 * @param {string} folder
 * @returns {Harness}
 */
export function inFolder(page, folder) {
  /** @type {Set<string>} */
  const begun = new Set();
  return {
    runner: "node",
    pid: process.pid,
    read: (file) => read(join(folder, file), folder),
    report: (line) => write("report.jsonl", new TextEncoder().encode(line)),
    output: write,
    highWater,
    serve,
    // What Node.js fetches is no file; behind the # stands the name that the back end knows its binaries by.
    asset: (name) => `data:application/wasm;base64,${readFileSync(join(page, name)).toString("base64")}#/${name}`,
  };

  /**
   * Append to a file, which is begun anew; never through a link.
   *
   * @param {string} file
   * @param {Uint8Array<ArrayBuffer>} bytes
   */
  async function write(file, bytes) {
    const how = begun.has(file) ? constants.O_APPEND : constants.O_CREAT | constants.O_TRUNC;
    begun.add(file);
    const opened = await open(join(folder, file), constants.O_WRONLY | constants.O_NOFOLLOW | how);
    await opened.writeFile(bytes).finally(() => opened.close());
  }
}

/**
 * Open a file of the folder; what a link leads to elsewhere is not there.
 *
 * @param {string} path
 * @param {string} folder
 */
async function read(path, folder) {
  const place = await realpath(path).catch(() => "");
  if (!place.startsWith((await realpath(folder)) + sep)) return null;
  const { size } = await stat(place);
  return { bytes: size, body: body(await open(place)) };
}

/**
 * The high-water mark of resident memory in bytes, null where the system shows none. As `high_water` in `../../runner.py`.
 *
 * @param {boolean} reset Bring the mark down first to what is resident now, where that is permitted
 */
async function highWater(reset) {
  if (reset) await writeFile("/proc/self/clear_refs", "5").catch(() => {});
  const status = await readFile("/proc/self/status", "utf-8").catch(() => "");
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
  return kilobytes ? Number(kilobytes) * 1024 : null;
}

/**
 * @param {import("node:fs/promises").FileHandle} file
 * @returns {ReadableStream<Uint8Array<ArrayBuffer>>}
 */
function body(file) {
  return new ReadableStream({
    async pull(controller) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(1 << 20));
      if (bytesRead > 0) return controller.enqueue(buffer.subarray(0, bytesRead));
      await file.close();
      controller.close();
    },
    cancel: () => file.close(),
  });
}
