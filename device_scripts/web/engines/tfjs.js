/**
 * TensorFlow.js: a folder with `model.json` and its shards, a graph model or a layers model, on one of its back ends.
 *
 * The members are described in `index.js`.
 *
 * @typedef {import("./index.js").Engine} Engine
 * @typedef {import("../order.js").Order} Order
 * @typedef {import("../harness.js").Harness} Harness
 */

import * as tf from "@tensorflow/tfjs-core";
import { Refused } from "../refused.js";
import { message } from "../report.js";
import { fetchArtifact } from "../tfjs/artifact.js";
import { BACK_ENDS, openBackEnd } from "../tfjs/backend.js";
import { loadModel } from "../tfjs/model.js";
import { checkOptions } from "../tfjs/options.js";
import { witness } from "../tfjs/witness.js";

export const version = tf.version_core;
export const accelerators = Object.keys(BACK_ENDS);

/**
 * @param {Order} order
 * @param {Harness} harness
 * @returns {Promise<Engine>}
 */
export async function open(order, harness) {
  checkOptions(order.options);
  return new Tfjs(order, harness, await openBackEnd(order, harness));
}

/** How many tensors there are: what does not come down to where it was has leaked. */
export function held() {
  return tf.memory().numTensors;
}

const TYPED = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };
// Outputs that wait to be let go of, at most: a batch may be long.
const MAX_LEFT = 1024;

/** @implements {Engine} */
class Tfjs {
  /**
   * @param {Order} order
   * @param {Harness} harness
   * @param {import("../tfjs/backend.js").BackEnd} backEnd
   */
  constructor(order, harness, backEnd) {
    this.order = order;
    this.harness = harness;
    this.backEnd = backEnd;
    /** @type {import("../tfjs/artifact.js").Artifact | null} */
    this.artifact = null;
    /** @type {import("../tfjs/model.js").Model | null} */
    this.model = null;
    /** @type {tf.Tensor[]} */
    this.fed = [];
    /** @type {tf.Tensor[]} */
    this.left = [];
    /** @type {import("../tensors.js").Value[]} */
    this.values = [];
  }

  async fetch() {
    this.artifact = await fetchArtifact(this.order.model, this.harness);
  }

  async load() {
    if (!this.artifact) throw new Error("nothing was fetched");
    this.model = await loadModel(this.artifact);
  }

  inputs() {
    return this.made.inputs;
  }

  outputs() {
    return this.made.outputs;
  }

  reset() {
    this.made.reset();
  }

  /** @param {import("./index.js").Row} row */
  set(row) {
    tf.dispose(this.fed);
    this.fed = row.map(({ bytes, shape }, index) => tensor(bytes, shape, this.made.inputs[index].dtype));
  }

  invoke() {
    if (this.left.length >= MAX_LEFT) this.settle();
    const answers = this.made.infer(this.fed);
    return answers instanceof Promise ? answers.then((some) => this.take(some)) : this.take(answers);
  }

  settle() {
    tf.dispose(this.left);
    this.left = [];
  }

  read() {
    return this.values;
  }

  lost() {
    return this.backEnd.lost();
  }

  /** @param {unknown} error */
  explain(error) {
    const lost = this.lost();
    if (lost) return new Refused("engine-error", lost);
    const [, kernel] = /^Kernel '(\w+)' not registered for backend/.exec(message(error)) ?? [];
    return kernel ? new Refused("unsupported-operation", `TensorFlow.js has no kernel ${kernel} for ${this.backEnd.name}`) : error;
  }

  async executed() {
    const { answers, ran, elsewhere } = await witness(this.backEnd, () => this.made.infer(this.fed));
    await this.take(answers);
    this.settle();
    const there = tf.getBackend() === this.order.accelerator;
    const delegated = there ? ran - elsewhere : 0;
    return {
      executed_on: delegated > 0 ? this.order.accelerator : "cpu",
      driver: this.backEnd.driver(),
      execution: extent(delegated, ran),
      delegated,
      operations: ran,
    };
  }

  close() {
    this.settle();
    tf.dispose(this.fed);
    this.fed = [];
    this.model?.dispose();
    this.model = null;
  }

  get made() {
    if (!this.model) throw new Error("no model is loaded");
    return this.model;
  }

  /**
   * Bring the outputs back from where they were computed.
   *
   * @param {tf.Tensor[]} answers
   * @returns {void | Promise<void>}
   */
  take(answers) {
    this.left.push(...answers);
    if (this.backEnd.waits) return this.wait(answers);
    this.values = answers.map((answer) => value(answer, answer.dataSync()));
  }

  /** @param {tf.Tensor[]} answers */
  async wait(answers) {
    const data = await Promise.all(answers.map((answer) => answer.data()));
    this.values = answers.map((answer, index) => value(answer, data[index]));
  }
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number[]} shape
 * @param {string} dtype
 */
function tensor(bytes, shape, dtype) {
  const kind = /** @type {keyof typeof TYPED} */ (dtype);
  return tf.tensor(new TYPED[kind](bytes.buffer, bytes.byteOffset, bytes.byteLength / TYPED[kind].BYTES_PER_ELEMENT), shape, kind);
}

/**
 * @param {tf.Tensor} answer
 * @param {import("../tensors.js").Value["data"]} data
 */
function value(answer, data) {
  return { data, shape: answer.shape, dtype: answer.dtype };
}

/**
 * @param {number} delegated
 * @param {number} ran
 * @returns {import("./index.js").Executed["execution"]}
 */
function extent(delegated, ran) {
  if (ran === 0) return "unknown";
  if (delegated === ran) return "full";
  return delegated > 0 ? "partial" : "none";
}
