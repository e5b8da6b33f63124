/** Lines of a report, and what an error is called in one. */

import { Refused } from "./refused.js";

const MAX_WORDS = 4000;

/**
 * One line of a report, with its end.
 *
 * @param {string} event
 * @param {Record<string, unknown>} fields
 */
export function line(event, fields) {
  return `${JSON.stringify({ event, ...fields })}\n`;
}

/**
 * The reason, from the harness's closed list, that an error in a stage stands for.
 *
 * @param {unknown} error
 * @param {string} stage
 */
export function reasonOf(error, stage) {
  if (error instanceof Refused) return error.reason;
  return stage === "load" ? "engine-cannot-read" : "engine-error";
}

/**
 * What went wrong, in at most 4000 characters; what is not of this runner's own making is named by its type.
 *
 * @param {unknown} error
 */
export function words(error) {
  const said = error instanceof Refused ? error.message : `${typeOf(error)}: ${message(error)}`;
  return said.slice(0, MAX_WORDS);
}

/** @param {unknown} error */
function typeOf(error) {
  return error instanceof Error || error instanceof DOMException ? error.name : "Error";
}

/**
 * An error's own words. Libraries throw things that are no errors too.
 *
 * @param {unknown} error
 */
export function message(error) {
  const said = /** @type {{ message?: unknown } | null | undefined} */ (error)?.message;
  return typeof said === "string" ? said : String(error);
}
