/** Graph models: a TensorFlow graph, operation by operation. */

import { GraphModel } from "@tensorflow/tfjs-converter";
import { getExecutionSubgraph } from "@tensorflow/tfjs-converter/dist/executor/model_analysis";
import { OperationMapper, parseDtypeParam } from "@tensorflow/tfjs-converter/dist/operations/operation_mapper";
import { Refused } from "../refused.js";

// TensorFlow's word and number for what is filled in by TensorFlow.js itself.
const RESOURCES = ["DT_RESOURCE", 20];

/**
 * @typedef {import("@tensorflow/tfjs-converter/dist/operations/types").Node} Node
 * @typedef {import("../tensors.js").Described} Described
 * @typedef {{ name?: string, dtype?: any, tensorShape?: { dim?: { size: string | number }[], unknownRank?: boolean }, resourceId?: number }} Entry
 * @typedef {Described & { key: string }} Port What a tensor is fed or fetched by, and what it is
 */

/**
 * @param {import("./artifact.js").ModelArtifacts} artifacts
 * @returns {Promise<import("./model.js").Model>}
 */
export async function loadGraph(artifacts) {
  const model = new GraphModel({ load: async () => artifacts });
  await model.load();
  const { inputs, outputs } = ports(model);
  const keys = outputs.map((output) => output.key);
  const waits = isDynamic(model, inputs, outputs);
  return {
    inputs,
    outputs,
    infer(tensors) {
      const named = Object.fromEntries(tensors.map((tensor, index) => [inputs[index].key, tensor]));
      return waits ? model.executeAsync(named, keys).then((answers) => [answers].flat()) : [model.execute(named, keys)].flat();
    },
    reset() {},
    dispose: () => model.dispose(),
  };
}

/**
 * The inputs and outputs: those of the signature, where it has one; else the placeholders, and what nothing else takes.
 *
 * @param {GraphModel} model
 * @returns {{ inputs: Port[], outputs: Port[] }}
 */
function ports(model) {
  const signature = /** @type {{ inputs?: Record<string, Entry>, outputs?: Record<string, Entry> } | undefined} */ (model.modelSignature);
  const { executor } = insides(model);
  const placeholders = new Map(executor.inputs.map((node) => [node.name, node]));
  return {
    inputs: signed(signature?.inputs, placeholders) ?? executor.inputs.map((node) => port(node.name, node)),
    outputs: signed(signature?.outputs, new Map()) ?? model.outputNodes.map((name, index) => port(name, executor.outputs[index])),
  };
}

/**
 * What a signature lists; what it does not say of an input, its placeholder does. Captured resources are no inputs.
 *
 * @param {Record<string, Entry> | undefined} entries
 * @param {Map<string, { shape?: number[], dtype?: string }>} placeholders
 * @returns {Port[] | null}
 */
function signed(entries, placeholders) {
  const own = Object.entries(entries ?? {}).filter(([, { resourceId, dtype }]) => resourceId === undefined && !RESOURCES.includes(dtype));
  if (own.length === 0) return null;
  return own.map(([key, { name = key, dtype, tensorShape }]) => {
    const node = name.replace(/:0$/, "");
    const placeholder = placeholders.get(node);
    const shape = tensorShape && !tensorShape.unknownRank ? (tensorShape.dim ?? []).map(({ size }) => Number(size)) : placeholder?.shape;
    const known = dtype === undefined ? placeholder?.dtype : parseDtypeParam(dtype);
    return { key: name, names: [key, node, name], shape: shape ?? null, dtype: known ?? (dtype === undefined ? "float32" : "") };
  });
}

/**
 * @param {string} key
 * @param {{ name: string, shape?: number[], dtype?: string }} node
 * @returns {Port}
 */
function port(key, { name, shape, dtype }) {
  return { key, names: [name, key], shape: shape ?? null, dtype: dtype ?? "float32" };
}

/**
 * Whether the graph has control flow or shapes that only running shows: TensorFlow.js runs such a graph in promises alone.
 * Refused (unsupported-operation), with their names, when it needs operations that TensorFlow.js does not have.
 *
 * @param {GraphModel} model
 * @param {Port[]} inputs
 * @param {Port[]} outputs
 */
function isDynamic(model, inputs, outputs) {
  const { graph, weightMap } = insides(model).executor;
  const node = (/** @type {string} */ key) => {
    const found = graph.nodes[key.split(":")[0]];
    if (!found) throw new Refused("engine-cannot-read", `the signature names ${key.slice(0, 100)}, which the graph does not have`);
    return found;
  };
  for (const { key } of inputs) node(key);
  const fed = Object.fromEntries(inputs.map(({ key }) => [key, /** @type {any} */ (null)]));
  const { usedNodes, dynamicNode } = getExecutionSubgraph(
    fed,
    outputs.map(({ key }) => node(key)),
    weightMap,
    graph.initNodes,
  );
  const inFunctions = Object.values(graph.functions ?? {}).flatMap(({ nodes }) => Object.values(nodes));
  checkOperations([...[...usedNodes].map((name) => graph.nodes[name]), ...inFunctions]);
  return dynamicNode !== null;
}

/** @param {Node[]} nodes */
function checkOperations(nodes) {
  const known = /** @type {{ opMappers: Record<string, unknown> }} */ (/** @type {unknown} */ (OperationMapper.Instance)).opMappers;
  const unknown = [...new Set(nodes.map(({ op }) => op).filter((op) => !Object.hasOwn(known, op)))].sort();
  if (unknown.length > 0) throw new Refused("unsupported-operation", `TensorFlow.js has no operation ${unknown.join(", ").slice(0, 200)}`);
}

/**
 * What a GraphModel keeps to itself.
 *
 * @typedef {{ graph: import("@tensorflow/tfjs-converter/dist/operations/types").Graph, weightMap: any,
 *   inputs: { name: string, shape?: number[], dtype?: string }[], outputs: { name: string, shape?: number[], dtype?: string }[] }} Executor
 * @param {GraphModel} model
 */
function insides(model) {
  return /** @type {{ executor: Executor }} */ (/** @type {unknown} */ (model));
}
