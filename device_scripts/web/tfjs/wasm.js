/** The back end `wasm`: XNNPACK and others compiled to WebAssembly, in three binaries: plain, with SIMD, with SIMD and threads. */

import { getThreadsCount, setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";

const BINARIES = ["tfjs-backend-wasm.wasm", "tfjs-backend-wasm-simd.wasm", "tfjs-backend-wasm-threaded-simd.wasm"];

/** @type {string[]} The binaries that were loaded, as they came. */
const loaded = [];

/** @type {import("./backend.js").Opener} */
export const wasm = {
  prepare(order, harness) {
    if (order.options.simd === "off") tf.env().set("WASM_HAS_SIMD_SUPPORT", false);
    // The binary with threads, asked for one, computes the same a little slower.
    if (order.threads < 2) tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
    setThreadsCount(Math.max(1, order.threads));
    showCores(2 * order.threads);
    setWasmPaths(Object.fromEntries(BINARIES.map((name) => [name, harness.asset(name)])), true);
    return listen();
  },
  opened: (order) => ({ name: "wasm", waits: false, driver: () => driver(order.threads), lost: () => "" }),
};

/**
 * See which binary is fetched: what the library tells of itself is what it meant to load. Of one that does not arrive, or is none,
 * it says nothing and waits for ever (seen in 4.22.0); the promise that is given fails then, and is never kept.
 *
 * @returns {Promise<never>}
 */
function listen() {
  const { platform } = tf.env();
  const own = platform.fetch.bind(platform);
  return new Promise((_, reject) => {
    platform.fetch = async (place, init) => {
      const answer = await own(place, init);
      const name = BINARIES.find((binary) => place.endsWith(`/${binary}`));
      if (name && !answer.ok) reject(new Error(`${name} did not arrive: ${answer.status}`));
      else if (name && !WebAssembly.validate(await answer.clone().arrayBuffer())) reject(new Error(`${name} is not a binary that this browser runs`));
      else if (name) loaded.push(name);
      return answer;
    };
  });
}

/**
 * Say that there are as many cores as it takes, once.
 *
 * The binary takes no more threads than half of `navigator.hardwareConcurrency` (tfjs-backend-wasm/src/cc/backend.cc, num_cores): asked for two on a
 * processor with two cores it made one and said nothing (seen in 4.22.0). How many threads are tried is the order's to say.
 *
 * @param {number} cores
 */
function showCores(cores) {
  if (!globalThis.navigator || navigator.hardwareConcurrency >= cores) return;
  Object.defineProperty(navigator, "hardwareConcurrency", { value: cores, configurable: true });
}

/**
 * The binary that was loaded and, where it has threads, how many: "wasm simd", "wasm threaded-simd 2".
 *
 * @param {number} asked
 */
function driver(asked) {
  const [binary] = loaded;
  const kind = binary?.replace(/^tfjs-backend-/, "").replace(/\.wasm$/, "") ?? "wasm";
  const threads = kind.includes("threaded") ? getThreadsCount() : 1;
  const words = kind.replace("wasm-", "wasm ");
  if (threads < asked) return `${words}, ${threads} of ${asked} threads${whyNoMore()}`;
  return threads > 1 ? `${words} ${threads}` : words;
}

/** What keeps the library from more threads: it makes none in Node.js, and none where memory cannot be shared. */
function whyNoMore() {
  if (tf.env().getBool("IS_NODE")) return ": TensorFlow.js makes none in Node.js";
  return globalThis.crossOriginIsolated ? "" : ": the page is not cross-origin isolated";
}
