/** Files read as a whole, and no more of them than they may have. */

import { MAX_ORDER_BYTES } from "./order.js";
import { Refused } from "./refused.js";

/**
 * The order's text. Refused when there is none, or too much of it.
 *
 * @param {import("./harness.js").Harness} harness
 */
export async function orderText(harness) {
  const opened = await harness.read("order.json");
  if (!opened) throw new Refused("protocol", "there is no order.json");
  return new TextDecoder().decode(await whole(opened, MAX_ORDER_BYTES, "order.json", "protocol"));
}

/**
 * All bytes of an opened file. Refused when it has more than `most`, or another number than was announced.
 *
 * @param {import("./harness.js").Opened} opened
 * @param {number} most
 * @param {string} name
 * @param {string} reason
 */
export async function whole(opened, most, name, reason) {
  const reader = opened.body.getReader();
  try {
    if (opened.bytes > most) throw new Refused(reason, `${name} has ${opened.bytes} bytes, more than ${most}`);
    return await filled(reader, new Uint8Array(opened.bytes), name, reason);
  } finally {
    await reader.cancel();
  }
}

/**
 * @param {ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>} reader
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {string} name
 * @param {string} reason
 */
async function filled(reader, bytes, name, reason) {
  let count = 0;
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    if (count + piece.value.length > bytes.length) throw new Refused(reason, `${name} has more than the ${bytes.length} bytes that were announced`);
    bytes.set(piece.value, count);
    count += piece.value.length;
  }
  if (count < bytes.length) throw new Refused(reason, `${name} ended after ${count} of ${bytes.length} bytes`);
  return bytes;
}
