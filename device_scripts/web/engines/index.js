/**
 * The engines that this runner carries. Each is loaded when an order names it.
 *
 * @typedef {import("../tensors.js").Described} Described
 * @typedef {import("../tensors.js").Value} Value
 * @typedef {{ executed_on: string, driver: string, execution: "full" | "partial" | "none" | "unknown", delegated: number, operations: number }} Executed
 *
 * @typedef {{ bytes: Uint8Array<ArrayBuffer>, shape: number[] }[]} Row Of each input its bytes, little-endian, and its sizes
 *
 * @typedef {object} Engine
 * @property {() => Promise<void>} fetch Read the model's files; nothing is made of them yet. Not timed
 * @property {() => Promise<void>} load Make the model of what was read, its weights where they are computed with. Timed
 * @property {() => Described[]} inputs
 * @property {() => Described[]} outputs
 * @property {() => void} reset Bring the model's state back to its beginning
 * @property {(row: Row) => void} set Take one row, its tensors in the order of `inputs()`
 * @property {() => void | Promise<void>} invoke One inference with its outputs back, and nothing else. Timed
 * @property {() => void} settle Let go of what inferences left behind. Not timed
 * @property {() => Value[]} read The outputs of the last inference, in the order of `outputs()`
 * @property {() => string} lost What the accelerator was lost to, in words; "" while it is there
 * @property {(error: unknown) => unknown} explain What an error of its own stands for: a Refused where a reason fits, else the error
 * @property {() => Promise<Executed>} executed What can be shown of where it ran, not what was asked for
 * @property {() => void} close Let go of everything; may be called at any time, more than once
 *
 * @typedef {object} EngineModule
 * @property {string} version The runtime's version
 * @property {string[]} accelerators Where this engine executes; the order's accelerator must be one of them
 * @property {(order: import("../order.js").Order, harness: import("../harness.js").Harness) => Promise<Engine>} open Open the accelerator and keep the order; no model yet
 */

import { Refused } from "../refused.js";
import { message } from "../report.js";

/** @type {Record<string, () => Promise<EngineModule>>} */
const ENGINES = { tfjs: () => import("./tfjs.js") };

/**
 * Load an engine. Refused when this runner has none of that name, or when its file cannot be loaded.
 *
 * @param {string} name
 */
export async function findEngine(name) {
  if (!Object.hasOwn(ENGINES, name)) {
    throw new Refused("toolchain-missing", `this runner has no engine '${name.slice(0, 60)}'; it has ${Object.keys(ENGINES).sort().join(", ")}`);
  }
  try {
    return await ENGINES[name]();
  } catch (error) {
    throw new Refused("toolchain-missing", `${name} cannot be loaded: ${message(error)}`);
  }
}
