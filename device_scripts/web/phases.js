/** Phases of a timing order: calls timed until the phase ends. */

import { now } from "./clock.js";
import { MAX_SAMPLES } from "./order.js";

/**
 * Call `call` until the phase ends; give the samples, nanoseconds of `batch` calls each.
 *
 * `between` is called, untimed, ahead of each sample. Either may give a promise, which is waited for; where `call` gives none
 * nothing is waited for, so that no turn of the event loop is in a sample. Samples are kept in an array made beforehand.
 *
 * @param {() => void | Promise<void>} call
 * @param {Omit<import("./order.js").Phase, "phase">} phase
 * @param {{ batch?: number, between?: () => void | Promise<void>, clock?: () => number }} how
 * @returns {Promise<Float64Array>}
 */
export async function timed(call, phase, { batch = 1, between, clock = now } = {}) {
  const { min_runs, min_ns, max_runs, max_ns } = phase;
  const goesOn = max_runs > 0 || max_ns > 0;
  const room = goesOn || min_ns > 0 ? Math.max(min_runs, Math.min(max_runs || MAX_SAMPLES, MAX_SAMPLES)) : min_runs;
  const samples = new Float64Array(room);
  let count = 0;
  collectGarbage();
  const began = clock();
  for (;;) {
    const settling = between?.();
    if (settling) await settling;
    const start = clock();
    for (let turn = 0; turn < batch; turn += 1) {
      const waiting = call();
      if (waiting) await waiting;
    }
    const end = clock();
    samples[count] = end - start;
    count += 1;
    const spent = end - began;
    if (count >= min_runs && (count >= room || (goesOn ? max_ns > 0 && spent >= max_ns : spent >= min_ns))) return samples.subarray(0, count);
  }
}

/**
 * How many inferences make a sample: a load and a first inference are single by nature.
 *
 * @param {import("./order.js").Order} order
 * @param {import("./order.js").Phase} phase
 */
export function batchOf(order, phase) {
  return ["warmup", "steady"].includes(phase.phase) ? order.batch : 1;
}

/** Collect what is garbage already, where the browser lets a page ask for it (`--js-flags=--expose-gc`). It cannot be switched off. */
function collectGarbage() {
  const collector = /** @type {{ gc?: () => void }} */ (globalThis).gc;
  collector?.();
}
