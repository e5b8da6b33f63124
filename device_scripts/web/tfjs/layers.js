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
  const signature = /** @type {{ inputs?: object, outputs?: object } | undefined} */ (artifacts.signature);
  return {
    inputs: described(model.inputs, signature?.inputs),
    outputs: described(model.outputs, signature?.outputs),
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
    const said = message(error);
    if (/^Unknown (layer|activation|initializer|regularizer|constraint)/.test(said)) throw new Refused("unsupported-operation", said.split(". ")[0]);
    throw error;
  }
}

/**
 * What goes in or out: called as the signature does, where the converter left one, or as its layer is.
 *
 * @param {import("@tensorflow/tfjs-layers").SymbolicTensor[]} tensors
 * @param {object | undefined} signature
 * @returns {import("../tensors.js").Described[]}
 */
function described(tensors, signature) {
  const keys = Object.keys(signature ?? {});
  return tensors.map(({ name, sourceLayer, shape, dtype }, index) => ({
    names: [sourceLayer.name, name, ...(keys.length === tensors.length ? [keys[index]] : [])],
    shape: shape.map((size) => size ?? -1),
    dtype,
  }));
}
