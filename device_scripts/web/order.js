/**
 * Orders, read and refused: what cannot be kept is said before any engine is opened.
 *
 * The same checks as `../order.py` makes, for the same reasons. What is not checked here: links, which the server follows and refuses.
 *
 * @typedef {{ phase: string, min_runs: number, min_ns: number, max_runs: number, max_ns: number }} Phase
 * @typedef {{ name: string, file: string, shape: number[], dtype: string }} TensorFile
 * @typedef {object} Order
 * @property {string} order
 * @property {"timing" | "outputs" | "memory" | "serve"} kind
 * @property {string} engine
 * @property {string} model
 * @property {string} accelerator
 * @property {number} threads
 * @property {Record<string, string>} options
 * @property {number} rows
 * @property {TensorFile[]} inputs
 * @property {TensorFile[]} outputs
 * @property {Phase[]} phases
 * @property {number} batch
 * @property {boolean} stateful
 * @property {"" | "socket" | "http"} serve
 */

import { Refused } from "./refused.js";

export const PROTOCOL = 1;
export const MAX_ORDER_BYTES = 16 * 1024 * 1024;
// The most samples kept of one phase: a phase without max_runs ends here at the latest.
export const MAX_SAMPLES = 1_000_000;

/** @type {Record<string, (value: unknown) => boolean>} */
const KINDS_OF_VALUE = {
  string: isString,
  integer: Number.isSafeInteger,
  object: isObject,
  list: Array.isArray,
  boolean: (value) => typeof value === "boolean",
};
const FIELDS = {
  order: "string",
  kind: "string",
  engine: "string",
  model: "string",
  accelerator: "string",
  threads: "integer",
  options: "object",
  rows: "integer",
  inputs: "list",
  outputs: "list",
  phases: "list",
  batch: "integer",
  stateful: "boolean",
  serve: "string",
};
const DEFAULTS = { phases: [], batch: 1, stateful: false, serve: "" };
const PHASE = { min_runs: 1, min_ns: 0, max_runs: 0, max_ns: 0 };
const KINDS = ["timing", "outputs", "memory", "serve"];
const TRANSPORTS = ["socket", "http"];
const PHASES = ["load", "first", "warmup", "steady"];
const DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64"];

/**
 * Read an order's text, defaults filled in. Nothing is known of its types yet.
 *
 * @param {string} text
 * @returns {Record<string, any>}
 */
export function readOrder(text) {
  let order;
  try {
    order = JSON.parse(text);
  } catch (error) {
    throw new Refused("protocol", `order.json is not an order: ${error instanceof Error ? error.message : error}`);
  }
  if (!isObject(order)) throw new Refused("protocol", "order.json is not an order: no object");
  const filled = { ...DEFAULTS, ...order };
  if (!Array.isArray(filled.phases) || !filled.phases.every(isObject)) throw new Refused("protocol", "order.json is not an order: its phases are none");
  return { ...filled, phases: filled.phases.map((/** @type {object} */ phase) => ({ ...PHASE, ...phase })) };
}

/**
 * Refuse an order that is not of this protocol, or that names anything outside its folder.
 *
 * @param {Record<string, any>} order
 * @returns {asserts order is Order}
 */
export function checkOrder(order) {
  if (order.protocol !== PROTOCOL) throw new Refused("protocol", `the order is of protocol ${shown(order.protocol)}, this runner speaks ${PROTOCOL}`);
  for (const [key, kind] of Object.entries(FIELDS)) {
    if (!KINDS_OF_VALUE[kind](order[key])) throw new Refused("protocol", `${key} must be of type ${kind}, got ${shown(order[key])}`);
  }
  if (!KINDS.includes(order.kind) || order.rows < 1 || order.batch < 1 || order.batch > MAX_SAMPLES) {
    throw new Refused("protocol", `kind ${shown(order.kind)}, ${order.rows} rows, batch ${order.batch}: not an order`);
  }
  if (!Object.values(order.options).every(isString)) throw new Refused("protocol", `options must be words, got ${shown(order.options)}`);
  if (!(order.kind === "serve" ? TRANSPORTS : [""]).includes(order.serve)) {
    throw new Refused("protocol", `a ${order.kind} order with serve ${shown(order.serve)}: it is ${TRANSPORTS.join(" or ")}, for an order to serve`);
  }
  checkPhases(order);
  checkTensors(order);
  checkFiles(order);
}

/**
 * A timing order begins with load and names each phase once, one to serve has load alone, with bounds that fit the arrays made beforehand.
 *
 * @param {Record<string, any>} order
 */
function checkPhases(order) {
  const names = order.phases.map((/** @type {Phase} */ phase) => phase.phase);
  const known = names.every((/** @type {string} */ name) => PHASES.includes(name)) && new Set(names).size === names.length;
  const most = /** @type {Record<string, number>} */ ({ timing: PHASES.length, serve: 1 })[order.kind] ?? 0;
  if ((names[0] === "load") !== most > 0 || !known || names.length > most) {
    throw new Refused(
      "protocol",
      `a ${order.kind} order with phases ${shown(names)}: timing has load first and each of ${PHASES.join(", ")} once, serve load, others none`,
    );
  }
  for (const phase of order.phases) {
    const bounds = [phase.min_runs, phase.min_ns, phase.max_runs, phase.max_ns];
    if (!bounds.every((bound) => Number.isSafeInteger(bound) && bound >= 0) || phase.min_runs < 1 || phase.min_runs > MAX_SAMPLES) {
      throw new Refused("protocol", `phase ${phase.phase} has bounds that cannot be kept: ${shown(phase)}`);
    }
  }
}

/**
 * Every tensor has a name, a file, a known dtype and a shape of sizes from 1.
 *
 * @param {Record<string, any>} order
 */
function checkTensors(order) {
  for (const tensor of [...order.inputs, ...order.outputs]) {
    const typed = isObject(tensor) && isString(tensor.name) && isString(tensor.file) && Array.isArray(tensor.shape) && DTYPES.includes(tensor.dtype);
    if (!typed) throw new Refused("protocol", `not a tensor: ${shown(tensor)}`);
    if (!tensor.shape.every((/** @type {unknown} */ size) => Number.isSafeInteger(size) && Number(size) >= 1)) {
      throw new Refused("shape-mismatch", `${tensor.name}: every size must be 1 or more, got ${shown(tensor.shape)}`);
    }
  }
}

/**
 * Every file lies inside the folder and is named for one purpose only.
 *
 * @param {Record<string, any>} order
 */
function checkFiles(order) {
  const files = [order.model, ...[...order.inputs, ...order.outputs].map((tensor) => tensor.file)];
  const taken = ["order.json", "report.jsonl", ...files].map((file) => inside(file).join("/"));
  if (new Set(taken).size !== taken.length) {
    throw new Refused("protocol", `two tensors share a file, or one has a file of the order's own: ${shown(files)}`);
  }
}

/**
 * The parts of a file's path inside the order's folder; refused when it leads elsewhere.
 *
 * @param {string} name
 * @returns {string[]}
 */
export function inside(name) {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (name.startsWith("/") || name.includes("\0") || parts.length === 0 || parts.includes("..")) {
    throw new Refused("protocol", `${shown(name)} is not a file inside the order's folder`);
  }
  return parts;
}

/**
 * Bytes of one element.
 *
 * @param {string} dtype
 */
export function itemsize(dtype) {
  return dtype === "bool" ? 1 : Number(dtype.replace(/\D/g, "")) / 8;
}

/**
 * Bytes of one row of a tensor.
 *
 * @param {TensorFile} tensor
 */
export function rowBytes(tensor) {
  return tensor.shape.reduce((product, size) => product * size, itemsize(tensor.dtype));
}

/**
 * A value in a message, shortened.
 *
 * @param {unknown} value
 */
export function shown(value) {
  return (JSON.stringify(value) ?? String(value)).slice(0, 200);
}

/**
 * @param {unknown} value
 * @returns {value is string}
 */
function isString(value) {
  return typeof value === "string";
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, any>}
 */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
