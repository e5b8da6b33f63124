/**
 * An engine as a service on loopback: who knows its token sends a row, and gets the outputs and how long the inference alone took.
 *
 * The same two ways as `../../serving/` has: frames over a plain socket, and HTTP, here by Node.js' own server.
 *
 * @typedef {import("../harness.js").Work} Work
 * @typedef {(error?: Error) => void} End Called once, with what went wrong, or nothing where a client said to stop
 */

import { randomBytes } from "node:crypto";
import { overHttp } from "./http.mjs";
import { overSocket } from "./socket.mjs";

// Nobody asks for anything for so long: the client has gone without a word.
const IDLE_MS = 30_000;

/**
 * @param {Work} work
 * @param {(port: number, token: string) => Promise<void>} listens
 */
export async function serve(work, listens) {
  const token = randomBytes(16).toString("hex");
  await new Promise((resolve, reject) => {
    /** @type {NodeJS.Timeout} */
    let idle;
    /** @param {Error} [error] */
    const end = (error) => {
      clearTimeout(idle);
      server.close();
      if (error) reject(error);
      else resolve(undefined);
    };
    const asked = () => {
      clearTimeout(idle);
      idle = setTimeout(() => end(new Error(`nobody asked the service for anything for ${IDLE_MS / 1000} s`)), IDLE_MS);
    };
    const server = (work.transport === "http" ? overHttp : overSocket)(work, token, asked, end);
    server.on("error", end);
    server.listen(0, "127.0.0.1", () => {
      asked();
      listens(/** @type {import("node:net").AddressInfo} */ (server.address()).port, token).catch(end);
    });
  });
}
