/**
 * Models, either kind under one face.
 *
 * @typedef {import("@tensorflow/tfjs-core").Tensor} Tensor
 * @typedef {import("../tensors.js").Described} Described
 *
 * @typedef {object} Model
 * @property {Described[]} inputs
 * @property {Described[]} outputs
 * @property {(inputs: Tensor[]) => Tensor[] | Promise<Tensor[]>} infer A promise only where the graph has control flow
 * @property {() => void} reset
 * @property {() => void} dispose
 */

import { loadGraph } from "./graph.js";
import { loadLayers } from "./layers.js";

/**
 * Make a model of its files, with its weights on the back end.
 *
 * @param {import("./artifact.js").Artifact} artifact
 * @returns {Promise<Model>}
 */
export async function loadModel({ kind, artifacts }) {
  return kind === "graph" ? loadGraph(artifacts) : loadLayers(artifacts);
}
