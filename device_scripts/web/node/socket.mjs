/**
 * A service over a plain socket, as `../../serving/over_socket.py` is one: frames after the handshake.
 *
 * @typedef {{ say: string, bytes: number, nonce?: unknown, proof?: unknown }} Head
 * @typedef {AsyncIterator<Buffer>} Pieces
 */

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer } from "node:net";

const PROTOCOL = 1;
const MAX_HEAD_BYTES = 4096;

/** What came is no frame, or is not asked for in this way: the connection ends, and the service goes on. */
class Broken extends Error {}

/**
 * @param {import("../harness.js").Work} work
 * @param {string} token
 * @param {() => void} asked
 * @param {import("./service.mjs").End} end
 */
export function overSocket(work, token, asked, end) {
  return createServer({ noDelay: true }, async (socket) => {
    socket.on("error", () => {});
    try {
      if (await answered(new Line(socket), work, token, asked)) end();
    } catch (error) {
      if (!(error instanceof Broken)) end(error instanceof Error ? error : new Error(String(error)));
    } finally {
      socket.destroy();
    }
  });
}

/**
 * Answer a client while it asks; whether it said to stop.
 *
 * @param {Line} line
 * @param {import("../harness.js").Work} work
 * @param {string} token
 * @param {() => void} asked
 */
async function answered(line, work, token, asked) {
  await introduced(line, token);
  for (;;) {
    const head = await line.head();
    asked();
    if (head.say === "stop") return true;
    if (head.say !== "infer" || head.bytes !== work.rowBytes) throw new Broken(`a row has ${work.rowBytes} bytes`);
    const { ns, outputs } = await work.answer(new Uint8Array(await line.exactly(head.bytes)));
    line.send("answer", { ns }, outputs);
  }
}

/**
 * Both show that they know the token, as `../../serving/handshake.py` says.
 *
 * @param {Line} line
 * @param {string} token
 */
async function introduced(line, token) {
  const nonce = randomBytes(16).toString("hex");
  line.send("challenge", { protocol: PROTOCOL, nonce });
  const answer = await line.head();
  const nonces = [nonce, String(answer.nonce)];
  const given = Buffer.from(String(answer.proof));
  const expected = proof(token, "client", nonces);
  if (answer.say !== "answer" || answer.bytes || given.length !== expected.length || !timingSafeEqual(given, expected)) throw new Broken("a stranger");
  line.send("welcome", { proof: proof(token, "server", nonces).toString(), server: {} });
}

/**
 * @param {string} token
 * @param {string} who
 * @param {string[]} nonces
 */
function proof(token, who, nonces) {
  return Buffer.from(
    createHmac("sha256", token)
      .update([who, ...nonces].join("\n"))
      .digest("hex"),
  );
}

/** One connection, frame by frame. */
class Line {
  /** @param {import("node:net").Socket} socket */
  constructor(socket) {
    this.socket = socket;
    /** @type {Pieces} */
    this.pieces = socket[Symbol.asyncIterator]();
    /** @type {Buffer} */
    this.left = Buffer.alloc(0);
  }

  /**
   * @param {string} say
   * @param {Record<string, unknown>} fields
   * @param {Uint8Array[]} body
   */
  send(say, fields, body = []) {
    const bytes = body.reduce((sum, { length }) => sum + length, 0);
    const head = Buffer.from(JSON.stringify({ say, ...fields, bytes }));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(head.length);
    this.socket.write(Buffer.concat([length, head, ...body]));
  }

  /** @returns {Promise<Head>} */
  async head() {
    const length = (await this.exactly(4)).readUInt32BE();
    if (length < 2 || length > MAX_HEAD_BYTES) throw new Broken(`a header of ${length} bytes`);
    const text = (await this.exactly(length)).toString();
    const head = parsed(text);
    if (typeof head?.say !== "string" || !Number.isSafeInteger(head.bytes) || head.bytes < 0) throw new Broken("no header");
    return head;
  }

  /** @param {number} count */
  async exactly(count) {
    const pieces = [this.left];
    let bytes = this.left.length;
    while (bytes < count) {
      const { done, value } = await this.pieces.next().catch(() => ({ done: true, value: Buffer.alloc(0) }));
      if (done) throw new Broken("closed");
      pieces.push(value);
      bytes += value.length;
    }
    const all = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
    this.left = all.subarray(count);
    return all.subarray(0, count);
  }
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
