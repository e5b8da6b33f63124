/**
 * The contract with the server that this page came from. All places are relative to the page's own,
 * `http://127.0.0.1:PORT/TOKEN/page/index.html`:
 *
 *     GET  ../order/FILE     a file of the order's folder: order.json, the model's files, the inputs
 *     POST ../report         one or more whole lines, appended to report.jsonl
 *     POST ../output/FILE    bytes, appended to that output
 *
 * In the Android app's WebView, which shows a page's bodies to nobody, `PocketbenchApp` takes what is written instead.
 *
 * @typedef {object} App
 * @property {(piece: string) => void} report Append to the report, of which a line may come in pieces
 * @property {(file: string, base64: string) => void} output Append to one of the order's outputs
 * @property {(name: string) => void} stage A stage begins, once this comes back
 *
 * @typedef {{ bytes: number, body: ReadableStream<Uint8Array<ArrayBuffer>> }} Opened
 * @typedef {object} Harness What an order is read from and reported to
 * @property {string} runner "web", "app", or what else carries this
 * @property {number} pid The process that this is, 0 where nobody can tell
 * @property {(file: string) => Promise<Opened | null>} read Open a file of the order's folder, null where there is none
 * @property {(line: string) => Promise<void>} report Append one line to the report
 * @property {(file: string, bytes: Uint8Array<ArrayBuffer>) => Promise<void>} output Append to one of the order's outputs
 * @property {(name: string) => string} asset Where a file lies that came with this runner
 * @property {(reset: boolean) => Promise<number | null>} [highWater] The high-water mark of this process' resident memory, in bytes
 * @property {(work: Work, listens: (port: number, token: string) => Promise<void>) => Promise<void>} [serve] Be a service until told to stop
 * @property {(stage: string) => Promise<void>} [stage] Told, untimed, before a stage begins; it is waited for
 *
 * @typedef {object} Work What a service does
 * @property {"socket" | "http"} transport
 * @property {number} rowBytes
 * @property {(row: Uint8Array<ArrayBuffer>) => Promise<{ ns: number, outputs: Uint8Array[] }>} answer One row in; how long the inference took, and what came out
 */

import { inside } from "./order.js";

// What is handed to the app at once: characters of a report, bytes of an output (a multiple of three, for base64 fills none up then).
const PIECE_CHARACTERS = 256 * 1024;
const PIECE_BYTES = 192 * 1024;

/**
 * The harness behind this page.
 *
 * @returns {Harness}
 */
export function behindThePage() {
  const page = new URL(".", document.baseURI);
  const app = /** @type {{ PocketbenchApp?: App }} */ (globalThis).PocketbenchApp;
  return {
    pid: 0,
    read: (file) => read(new URL(`../order/${path(file)}`, page)),
    asset: (name) => new URL(path(name), page).href,
    ...(app ? toApp(app) : toServer(page)),
  };
}

/**
 * What is written goes to the server that the page came from.
 *
 * @param {URL} page
 * @returns {Pick<Harness, "runner" | "report" | "output">}
 */
function toServer(page) {
  return {
    runner: "web",
    report: (line) => post(new URL("../report", page), line),
    output: (file, bytes) => post(new URL(`../output/${path(file)}`, page), bytes),
  };
}

/**
 * What is written goes to the app around this page.
 *
 * @param {App} app
 * @returns {Pick<Harness, "runner" | "report" | "output" | "stage">}
 */
function toApp(app) {
  return {
    runner: "app",
    stage: async (name) => app.stage(name),
    report: async (line) => {
      for (let at = 0; at < line.length; at += PIECE_CHARACTERS) app.report(line.slice(at, at + PIECE_CHARACTERS));
    },
    output: async (file, bytes) => {
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) app.output(file, base64(bytes.subarray(at, at + PIECE_BYTES)));
    },
  };
}

/** @param {Uint8Array} bytes */
function base64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/**
 * A name as a part of an address. Whatever it holds, it leads to nothing outside the folder.
 *
 * @param {string} file
 */
function path(file) {
  return inside(file).map(encodeURIComponent).join("/");
}

/** @param {URL} place */
async function read(place) {
  const answer = await fetch(place, { cache: "no-store" });
  if (answer.status === 404) return null;
  const bytes = Number(answer.headers.get("Content-Length") ?? Number.NaN);
  if (!answer.ok || !answer.body || !Number.isSafeInteger(bytes)) {
    throw new Error(`the harness answered ${answer.status} for ${place.pathname}, of a size that it did not say`);
  }
  return { bytes, body: answer.body };
}

/**
 * @param {URL} place
 * @param {BodyInit} body
 */
async function post(place, body) {
  const answer = await fetch(place, { method: "POST", body, cache: "no-store" });
  if (!answer.ok) throw new Error(`the harness answered ${answer.status} for ${place.pathname}`);
}
