/** Layers models: a Keras model's layers, made anew in TensorFlow.js. */

import { loadLayersModel } from "@tensorflow/tfjs-layers";
import { Refused } from "../refused.js";
import { message } from "../report.js";

/**
 * @param {import("./artifact.js").ModelArtifacts} artifacts
 * @returns {Promise<import("./model.js").Model>}
 */
export async function loadLayers(artifacts) {
  const model = await made(artifacts);
  return {
    inputs: described(model.inputs, model.inputNames),
    outputs: described(model.outputs, model.outputNames),
    infer: (inputs) => [model.predictOnBatch(inputs.length === 1 ? inputs[0] : inputs)].flat(),
    reset: () => model.resetStates(),
    dispose: () => model.dispose(),
  };
}

/** @param {import("./artifact.js").ModelArtifacts} artifacts */
async function made(artifacts) {
  try {
    return await loadLayersModel({ load: async () => artifacts });
  } catch (error) {
    if (/^Unknown (layer|activation|initializer)/.test(message(error))) throw new Refused("unsupported-operation", message(error).split(". ")[0]);
    throw error;
  }
}

/**
 * @param {import("@tensorflow/tfjs-layers").SymbolicTensor[]} tensors
 * @param {string[]} names
 * @returns {import("../tensors.js").Described[]}
 */
function described(tensors, names) {
  return tensors.map(({ name, shape, dtype }, index) => ({ names: [names[index], name], shape: shape.map((size) => size ?? -1), dtype }));
}
