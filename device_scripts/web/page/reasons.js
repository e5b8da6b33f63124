/** Why an order failed, in plain English: whose turn it is. The ids are those of docs/reasons.md. */

const REASONS = new Map([
  ["protocol", "The order is not one that this page understands: it was written for another version, or damaged."],
  ["toolchain-missing", "This page does not carry the engine that the order names."],
  ["accelerator-absent", "This browser, or this computer, does not have what the order wants the model to run on."],
  ["engine-cannot-read", "TensorFlow.js does not load this model: a file is missing, damaged, or of another kind than it says."],
  [
    "unsupported-operation",
    "The model needs an operation that TensorFlow.js does not have here. Convert it without that operation, or choose another back end.",
  ],
  ["shape-mismatch", "What the order hands to the model is not what the model takes."],
  ["engine-error", "The model was loaded and failed while it ran."],
]);

/** @param {string} reason */
export function plainly(reason) {
  return REASONS.get(reason) ?? "The order could not be carried out.";
}
