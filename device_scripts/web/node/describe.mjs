/**
 * What a model's tensors are, as TensorFlow.js itself says: `node describe.mjs PAGE FOLDER`, where FOLDER has a folder `model` and `asked.json`,
 * `{"accelerator": "wasm", "shapes": {"x": [1, 4]}}`. One row of zeros of these shapes goes in; what goes in and comes out is the answer, as JSON.
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { inFolder, module } from "./folder.mjs";

/** @type {Record<string, number>} */
const BYTES = { float32: 4, int32: 4, bool: 1 };

const [page, folder] = process.argv.slice(2);
try {
  process.stdout.write(JSON.stringify(await described(JSON.parse(await readFile(join(folder, "asked.json"), "utf-8")))));
} catch (error) {
  const { reason = "engine-error", message = String(error) } = /** @type {{ reason?: string, message?: string }} */ (error);
  process.stdout.write(JSON.stringify({ reason, message: String(message).slice(0, 300) }));
}

/** @param {{ accelerator: string, shapes: Record<string, number[]> }} asked */
async function described({ accelerator, shapes }) {
  const { open } = await module(page, "engines/tfjs.js");
  /** @type {import("../engines/index.js").Engine} */
  const engine = await open({ accelerator, options: {}, threads: 1, model: "model" }, inFolder(page, folder));
  await engine.fetch();
  await engine.load();
  const inputs = engine.inputs();
  engine.set(inputs.map((input) => zeros(input, shapes)));
  await engine.invoke();
  const values = engine.read();
  const outputs = engine.outputs().map(({ names }, index) => ({ names, shape: values[index].shape, dtype: values[index].dtype }));
  return { inputs: inputs.map(({ names, shape, dtype }) => ({ names, shape, dtype })), outputs };
}

/**
 * @param {import("../tensors.js").Described} input
 * @param {Record<string, number[]>} shapes
 */
function zeros({ names, dtype }, shapes) {
  const name = names.find((one) => Object.hasOwn(shapes, one));
  if (name === undefined) throw new Error(`nobody said how large ${names[0]} is`);
  return { shape: shapes[name], bytes: new Uint8Array(shapes[name].reduce((product, size) => product * size, BYTES[dtype] ?? 4)) };
}
