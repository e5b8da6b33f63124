/**
 * Back ends: one file each, opened once and never exchanged for another.
 *
 * @typedef {import("../order.js").Order} Order
 * @typedef {import("../harness.js").Harness} Harness
 *
 * @typedef {object} BackEnd
 * @property {string} name
 * @property {boolean} waits Whether outputs come back in a promise
 * @property {string} [programs] The method that hands work to the GPU: a kernel that never calls it computed elsewhere
 * @property {() => string} driver What carries it, in its own words
 * @property {() => string} lost What it was lost to, "" while it is there
 *
 * @typedef {object} Opener
 * @property {(order: Order, harness: Harness) => void | Promise<never>} prepare Set what must be set before it is opened. Throws where it
 *   cannot be had; a promise fails where that shows later
 * @property {(order: Order) => BackEnd} opened Describe it once it is open
 */

import * as tf from "@tensorflow/tfjs-core";
import { Refused } from "../refused.js";
import { message } from "../report.js";
import { heard } from "./heard.js";
import { javascript } from "./javascript.js";
import { wasm } from "./wasm.js";
import { webgl } from "./webgl.js";
import { webgpu } from "./webgpu.js";

/** @type {Record<string, Opener>} */
export const BACK_ENDS = { cpu: javascript, wasm, webgl, webgpu };

/**
 * Open the order's back end. Refused (accelerator-absent), in the library's words, where there is none.
 *
 * @param {Order} order
 * @param {Harness} harness
 * @returns {Promise<BackEnd>}
 */
export async function openBackEnd(order, harness) {
  const opener = BACK_ENDS[order.accelerator];
  /** @type {string[]} */
  const said = [];
  let open = false;
  try {
    open = await heard(said, async () => {
      const failing = opener.prepare(order, harness);
      return Promise.race([tf.setBackend(order.accelerator), ...(failing ? [failing] : [])]);
    });
  } catch (error) {
    said.push(message(error));
  }
  if (!open || tf.getBackend() !== order.accelerator) {
    throw new Refused("accelerator-absent", `${order.accelerator} cannot be had here: ${said.join("; ").slice(0, 300) || "the browser gives none"}`);
  }
  return opener.opened(order);
}
