/**
 * A service over HTTP, as `../../serving/over_http.py` is one.
 *
 *     POST /infer   Authorization: Bearer TOKEN, the row's bytes   ─▶  200, Inference-Ns: …, the outputs' bytes
 *     POST /stop    Authorization: Bearer TOKEN                    ─▶  204
 */

import { timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

/**
 * @param {import("../harness.js").Work} work
 * @param {string} token
 * @param {() => void} asked
 * @param {import("./service.mjs").End} end
 */
export function overHttp(work, token, asked, end) {
  const expected = Buffer.from(`Bearer ${token}`);
  return createServer({ noDelay: true }, async (request, response) => {
    try {
      const given = Buffer.from(request.headers.authorization ?? "");
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return refuse(response, 401);
      if (request.method !== "POST") return refuse(response, 405);
      asked();
      if (request.url === "/stop") {
        response.writeHead(204, { Connection: "close" }).end(() => end());
        return;
      }
      const row = request.url === "/infer" ? await body(request, work.rowBytes) : null;
      if (!row) return refuse(response, request.url === "/infer" ? 400 : 404);
      const { ns, outputs } = await work.answer(row);
      const bytes = Buffer.concat(outputs);
      response.writeHead(200, { "Content-Type": "application/octet-stream", "Content-Length": bytes.length, "Inference-Ns": String(ns) }).end(bytes);
    } catch (error) {
      response.destroy();
      end(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

/**
 * @param {import("node:http").ServerResponse} response
 * @param {number} status
 */
function refuse(response, status) {
  response.writeHead(status, { Connection: "close" }).end();
}

/**
 * All bytes of a request, null where they are not as many as a row has.
 *
 * @param {import("node:http").IncomingMessage} request
 * @param {number} bytes
 */
async function body(request, bytes) {
  const row = new Uint8Array(bytes);
  let count = 0;
  for await (const piece of request) {
    if (count + piece.length > bytes) return null;
    row.set(piece, count);
    count += piece.length;
  }
  return count === bytes ? row : null;
}
