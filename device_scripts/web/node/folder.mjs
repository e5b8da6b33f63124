/**
 * The page's modules in Node.js, with a folder in the place of the server: the same engine on the back ends that need no browser.
 *
 * @typedef {import("../run.js").Harness} Harness
 */

import { readFileSync } from "node:fs";
import { appendFile, open, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

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
  return {
    runner: "node",
    pid: process.pid,
    read: (file) => read(join(folder, file)),
    report: (line) => appendFile(join(folder, "report.jsonl"), line),
    output: (file, bytes) => appendFile(join(folder, file), bytes),
    // What Node.js fetches is no file; behind the # stands the name that the back end knows its binaries by.
    asset: (name) => `data:application/wasm;base64,${readFileSync(join(page, name)).toString("base64")}#/${name}`,
  };
}

/** @param {string} path */
async function read(path) {
  const bytes = await stat(path).then(
    ({ size }) => size,
    () => -1,
  );
  return bytes < 0 ? null : { bytes, body: body(await open(path)) };
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
