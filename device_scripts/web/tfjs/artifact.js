/**
 * A model's files: `model.json` and the shards that it names, read and held against each other. What they hold is not trusted.
 *
 * @typedef {import("../harness.js").Harness} Harness
 * @typedef {import("@tensorflow/tfjs-core").io.ModelArtifacts} ModelArtifacts
 * @typedef {import("@tensorflow/tfjs-core").io.WeightsManifestEntry} Weight
 * @typedef {{ kind: "graph" | "layers", artifacts: ModelArtifacts }} Artifact
 * @typedef {{ paths: string[], weights: Weight[] }} Group
 */

import { inside, shown } from "../order.js";
import { whole } from "../reading.js";
import { Refused } from "../refused.js";
import { message } from "../report.js";

const MAX_JSON_BYTES = 256 * 1024 * 1024;
// A page's arrays end about here, and so do the models that a page can hold.
const MAX_WEIGHT_BYTES = 2 ** 31 - 1;
const MAX_SHARDS = 16_384; // as the harness's reader allows
/** @type {Record<string, number>} */
const BYTES = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2, complex64: 8 };
const REASON = "engine-cannot-read";

/**
 * Read the folder of a model. Refused (engine-cannot-read) when a file is missing, or is not what `model.json` says of it.
 *
 * @param {string} folder
 * @param {Harness} harness
 * @returns {Promise<Artifact>}
 */
export async function fetchArtifact(folder, harness) {
  const json = parsed(await bytes(`${folder}/model.json`, MAX_JSON_BYTES, harness));
  const kind = kindOf(json);
  /** @type {ArrayBuffer[]} */
  const weightData = [];
  const groups = groupsOf(json);
  for (const group of groups) weightData.push(...(await shards(group, folder, harness, MAX_WEIGHT_BYTES - sum(weightData))));
  const { modelTopology, signature, userDefinedMetadata, modelInitializer, initializerSignature } = json;
  const weightSpecs = groups.flatMap((group) => group.weights);
  return { kind, artifacts: { modelTopology, signature, userDefinedMetadata, modelInitializer, initializerSignature, weightSpecs, weightData } };
}

/**
 * @param {Uint8Array} text
 * @returns {Record<string, any>}
 */
function parsed(text) {
  try {
    const json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
    if (typeof json?.modelTopology === "object" && json.modelTopology !== null) return json;
  } catch (error) {
    throw new Refused(REASON, `model.json is not JSON: ${message(error)}`);
  }
  throw new Refused(REASON, "model.json has no modelTopology");
}

/**
 * Which of the two formats it is: it says so, and where it does not, a graph has nodes.
 *
 * @param {Record<string, any>} json
 * @returns {"graph" | "layers"}
 */
function kindOf({ format, modelTopology }) {
  if (format === "graph-model" || (format === undefined && Array.isArray(modelTopology.node))) return "graph";
  if (format === "layers-model" || (format === undefined && (modelTopology.model_config || modelTopology.class_name))) return "layers";
  throw new Refused(REASON, `model.json is of format ${shown(format)}, which is neither a graph model nor a layers model`);
}

/**
 * @param {Record<string, any>} json
 * @returns {Group[]}
 */
function groupsOf({ weightsManifest }) {
  const groups = weightsManifest ?? [];
  const typed =
    Array.isArray(groups) &&
    groups.every(
      ({ paths, weights } = {}) => Array.isArray(paths) && paths.every((path) => typeof path === "string") && Array.isArray(weights) && weights.every(isWeight),
    );
  if (!typed) throw new Refused(REASON, "model.json's weightsManifest lists no shards and weights");
  if (groups.flatMap(({ paths }) => paths).length > MAX_SHARDS) throw new Refused(REASON, `model.json names more than ${MAX_SHARDS} shards`);
  return groups;
}

/** @param {any} weight */
function isWeight(weight) {
  const { name, shape, dtype, quantization } = weight ?? {};
  const stored = quantization?.dtype ?? dtype;
  const sized = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  return typeof name === "string" && sized && (dtype === "string" || Object.hasOwn(BYTES, stored));
}

/**
 * A group's shards, together as long as its weights are.
 *
 * @param {Group} group
 * @param {string} folder
 * @param {Harness} harness
 * @param {number} most
 */
async function shards({ paths, weights }, folder, harness, most) {
  /** @type {ArrayBuffer[]} */
  const read = [];
  for (const path of paths) {
    read.push((await bytes(`${folder}/${named(path)}`, most - sum(read), harness)).buffer);
  }
  const wanted = weights.reduce((total, weight) => total + sizeOf(weight), 0);
  // words are as long as they are
  const known = weights.every(({ dtype }) => dtype !== "string");
  if (known ? sum(read) !== wanted : sum(read) < wanted) {
    throw new Refused(REASON, `${paths.join(", ").slice(0, 200)}: ${sum(read)} bytes, the weights that model.json lists for them have ${wanted}`);
  }
  return read;
}

/** @param {string} path */
function named(path) {
  try {
    return inside(path).join("/");
  } catch {
    throw new Refused(REASON, `model.json names the shard ${shown(path)}, which is not a file inside the model's folder`);
  }
}

/** @param {Weight} weight */
function sizeOf({ shape, dtype, quantization }) {
  return dtype === "string" ? 0 : shape.reduce((product, size) => product * size, BYTES[quantization?.dtype ?? dtype]);
}

/**
 * @param {string} file
 * @param {number} most
 * @param {Harness} harness
 */
async function bytes(file, most, harness) {
  const opened = await harness.read(file);
  if (!opened) throw new Refused(REASON, `${file} is missing`);
  return whole(opened, most, file, REASON);
}

/** @param {ArrayBuffer[]} buffers */
function sum(buffers) {
  return buffers.reduce((total, buffer) => total + buffer.byteLength, 0);
}
