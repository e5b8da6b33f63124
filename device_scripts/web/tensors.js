/**
 * Tensors of an order: which of the model's they are, rows read from raw files, outputs turned into bytes.
 *
 * @typedef {import("./order.js").TensorFile} TensorFile
 * @typedef {import("./order.js").Order} Order
 * @typedef {import("./harness.js").Harness} Harness
 * @typedef {{ names: string[], shape: number[] | null, dtype: string }} Described
 *   One of the model's tensors: what it may be called, its sizes (-1 where free, null where the file does not say), its dtype.
 * @typedef {{ data: Uint8Array | Int32Array | Float32Array, shape: number[], dtype: string }} Value
 */

import { rowBytes } from "./order.js";
import { Refused } from "./refused.js";

/**
 * For each ordered tensor, the index of the model's that it is: by position where all names agree, else by name.
 *
 * @param {TensorFile[]} ordered
 * @param {Described[]} found
 * @param {string} what
 * @returns {number[]}
 */
export function places(ordered, found, what) {
  const wanted = ordered.map((tensor) => tensor.name);
  const names = called(found, wanted);
  const position = names.every((name, index) => name === wanted[index]);
  if (!same(names, wanted) || (!position && new Set(names).size !== names.length)) {
    throw new Refused("shape-mismatch", `the model's ${what} are ${list(names)}, the order's ${list(wanted)}`);
  }
  const indices = wanted.map((name, index) => (position ? index : names.indexOf(name)));
  indices.forEach((index, place) => {
    check(ordered[place], found[index], what);
  });
  return indices;
}

/**
 * What to call the model's tensors: a graph has names for its nodes, others for its signature; those that the order uses, else the first.
 *
 * @param {Described[]} found
 * @param {string[]} wanted
 */
function called(found, wanted) {
  const most = Math.max(1, ...found.map((one) => one.names.length));
  const ways = Array.from({ length: most }, (_, way) => found.map((one) => one.names[way] ?? one.names[0]));
  return ways.find((names) => same(names, wanted)) ?? ways[0];
}

/**
 * Hold one of the model's tensors against the order's.
 *
 * @param {TensorFile} tensor
 * @param {Described} own
 * @param {string} what
 */
function check(tensor, own, what) {
  const shape = own.shape ?? tensor.shape;
  const fits = shape.length === tensor.shape.length && shape.every((size, axis) => size === -1 || size === tensor.shape[axis]);
  if (own.dtype !== tensor.dtype || !fits) {
    throw new Refused(
      "shape-mismatch",
      `${what}: ${tensor.name} is ${sizes(shape)} ${own.dtype} in the model, ${sizes(tensor.shape)} ${tensor.dtype} in the order`,
    );
  }
}

/**
 * Refuse inputs whose files do not hold as many bytes as their rows have.
 *
 * @param {Order} order
 * @param {Harness} harness
 */
export async function checkInputs(order, harness) {
  for (const tensor of order.inputs) {
    const opened = await harness.read(tensor.file);
    await opened?.body.cancel();
    const wanted = order.rows * rowBytes(tensor);
    const bytes = opened?.bytes ?? -1;
    if (bytes !== wanted) {
      throw new Refused("shape-mismatch", `${tensor.file} holds ${bytes} bytes, ${order.rows} rows of ${sizes(tensor.shape)} ${tensor.dtype} are ${wanted}`);
    }
  }
}

/**
 * Give one row after another: the bytes of each input, in the order's shape and dtype. No more than a row of each is held.
 *
 * @param {Order} order
 * @param {Harness} harness
 * @returns {AsyncGenerator<Uint8Array<ArrayBuffer>[], void, void>}
 */
export async function* rows(order, harness) {
  const columns = await Promise.all(order.inputs.map(async (tensor) => column(await harness.read(tensor.file), rowBytes(tensor))));
  try {
    for (let row = 0; row < order.rows; row += 1) yield await Promise.all(columns.map((one) => one.next()));
  } finally {
    await Promise.all(columns.map((one) => one.close()));
  }
}

/**
 * The row that is timed.
 *
 * @param {Order} order
 * @param {Harness} harness
 */
export async function firstRow(order, harness) {
  for await (const row of rows(order, harness)) return row;
  throw new Refused("protocol", "an order without rows");
}

/**
 * One input's file, read a row at a time.
 *
 * @param {import("./harness.js").Opened | null} opened
 * @param {number} bytes
 */
function column(opened, bytes) {
  if (!opened) throw new Refused("shape-mismatch", "an input's file has gone");
  const reader = opened.body.getReader();
  let left = new Uint8Array(0);
  return {
    async next() {
      const row = new Uint8Array(bytes);
      let filled = 0;
      while (filled < bytes) {
        if (left.length === 0) left = await piece(reader);
        const taken = left.subarray(0, bytes - filled);
        row.set(taken, filled);
        filled += taken.length;
        left = left.subarray(taken.length);
      }
      return row;
    },
    close: () => reader.cancel(),
  };
}

/** @param {ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>} reader */
async function piece(reader) {
  const { done, value } = await reader.read();
  if (done) throw new Refused("shape-mismatch", "an input's file ended before its last row");
  return value;
}

/**
 * The bytes of one output, little-endian, refused when they are not of the order's shape and dtype.
 *
 * Typed arrays have the platform's order of bytes; every platform that a browser runs on is little-endian.
 *
 * @param {Value} value
 * @param {TensorFile} tensor
 */
export function raw(value, tensor) {
  const { data, shape, dtype } = value;
  if (dtype !== tensor.dtype || shape.length !== tensor.shape.length || shape.some((size, axis) => size !== tensor.shape[axis])) {
    throw new Refused("shape-mismatch", `${tensor.name} came out as ${sizes(shape)} ${dtype}, the order has ${sizes(tensor.shape)} ${tensor.dtype}`);
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * @param {string[]} some
 * @param {string[]} others
 */
function same(some, others) {
  const sorted = [...others].sort();
  return some.length === others.length && [...some].sort().every((name, index) => name === sorted[index]);
}

/** @param {number[]} shape */
function sizes(shape) {
  return `[${shape.join(", ")}]`;
}

/** @param {string[]} names */
function list(names) {
  return `[${names.map((name) => `'${name}'`).join(", ")}]`;
}
