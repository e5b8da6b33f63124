// Ask the packages of TensorFlow.js which operations and layers they have, and write harness/pocketbench/tfjs_operations.csv anew.
//
//     npm install --prefix FOLDER @tensorflow/tfjs-{core,converter,layers,backend-cpu,backend-wasm,backend-webgl,backend-webgpu}@4.22.0
//     node docs/operators/tfjs.mjs FOLDER
//
// An operation of a graph is known where the converter's own mapper has it. It runs on a back end where that has registered the kernels
// that the operation calls: which function of tfjs-core carries an operation is what the converter's metadata/kernel2op.json says, which
// kernels that calls is read from its source. Where a function chooses between kernels, one of them is enough; where it calls none itself,
// it needs all that the functions it is made of need. Layers are the classes that tfjs-layers registers; they run on every back end.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

const BACKENDS = ["cpu", "wasm", "webgl", "webgpu"];
const TABLE = join(dirname(new URL(import.meta.url).pathname), "../../harness/pocketbench/tfjs_operations.csv");
const folder = join(resolve(process.argv[2] ?? "."), "node_modules/@tensorflow");
const load = createRequire(join(folder, "index.js"));
const tf = load("@tensorflow/tfjs-core");
const layers = load("@tensorflow/tfjs-layers");
for (const name of BACKENDS) load(`@tensorflow/tfjs-backend-${name}`);
const KERNELS = Object.fromEntries(BACKENDS.map((name) => [name, new Set(tf.getKernelsForBackend(name).map((kernel) => kernel.kernelName))]));

/** Every function of tfjs-core: the kernels that it calls, by their names, and the functions that it is made of. */
function functions() {
  const found = new Map();
  const ops = join(folder, "tfjs-core/dist/ops");
  for (const file of readdirSync(ops, { recursive: true }).filter((name) => name.endsWith(".js") && !name.includes("_test"))) {
    const text = readFileSync(join(ops, file), "utf8").replace(/^\/\/# source.*$/m, "");
    const kernels = [...text.matchAll(/runKernel\((\w+)/g)].map((match) => tf[match[1]]).filter(Boolean);
    const used = [...text.matchAll(/^import \{ (\w+)(?: as \w+)? \} from '[./\w]+';$/gm)].map((match) => match[1]);
    for (const [, name] of text.matchAll(/export const (\w+)\s*=\s*(?:\/\* @__PURE__ \*\/ )?op\(\{ \w+ \}\)/g)) {
      const space = dirname(file);
      const made = { kernels: [...new Set(kernels)], used };
      found.set(space === "." ? name : `${space}.${name}`, made);
      if (!found.has(name)) {
        found.set(name, made);
      }
    }
  }
  return found;
}

/** Whether a function runs on a back end. */
function runs(name, backend, known, above = []) {
  const made = known.get(name);
  if (!made || above.includes(name)) {
    return true; // no operation, as a function that checks its arguments
  }
  if (made.kernels.length > 0) {
    return made.kernels.some((kernel) => KERNELS[backend].has(kernel));
  }
  return made.used.every((inner) => runs(inner, backend, known, [...above, name]));
}

/** The operations that the converter maps. */
function mapped() {
  const lists = join(folder, "tfjs-converter/dist/operations/op_list");
  const mapper = readFileSync(join(folder, "tfjs-converter/dist/operations/operation_mapper.js"), "utf8");
  const used = [...mapper.matchAll(/import \* as \w+ from '\.\/op_list\/(\w+)';/g)].map((match) => match[1]);
  return used.flatMap((name) => {
    const text = readFileSync(join(lists, `${name}.js`), "utf8");
    return [...text.matchAll(/['"]?tfOpName['"]?: ['"](\w+)['"]/g)].map((match) => match[1]);
  });
}

/** The classes of layers, those of whole models left out. */
function classes() {
  const known = tf.serialization.SerializationMap.getMap().classNameMap;
  const layer = Object.getPrototypeOf(layers.layers.dense({ units: 1 }).constructor);
  return Object.keys(known).filter((name) => known[name][0].prototype instanceof layer && !["Model", "Functional", "Sequential", "InputLayer"].includes(name));
}

const carried = JSON.parse(readFileSync(join(folder, "tfjs-converter/metadata/kernel2op.json"), "utf8"));
const known = functions();
const version = load("@tensorflow/tfjs-core/package.json").version;
const lines = mapped().map((name) => [
  name,
  "graph",
  ...BACKENDS.map((backend) => ((carried[name] ?? []).every((inner) => runs(inner, backend, known)) ? "yes" : "")),
]);
lines.push(...classes().map((name) => [name, "layers", ...BACKENDS.map(() => "yes")]));
writeFileSync(
  TABLE,
  [
    "# What TensorFlow.js has: operations of graph models, and layers of layers models; empty where a back end has no kernel for an operation.",
    `# Read from the packages of ${version} by docs/operators/tfjs.mjs.`,
    `name,model,${BACKENDS.join(",")}`,
    ...[...new Set(lines.map((line) => line.join(",")))].sort(),
    "",
  ].join("\n"),
);
