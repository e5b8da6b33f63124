/**
 * The page bundled into one folder that can be served as it is: `node build.mjs FOLDER`.
 *
 * Modules keep their names, so that what a test or another page imports is what runs. Nothing is renamed inside them: the
 * threads of TensorFlow.js' wasm back end are handed its own source text.
 */

import { copyFile, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const MODULES = ["page", "run", "harness", "order", "tensors", "phases", "clock", "engines/tfjs"];
const PLAIN = ["index.html", "style.css"];

const [folder] = process.argv.slice(2);
const here = import.meta.dirname;
await build({
  absWorkingDir: here,
  entryPoints: MODULES.map((name) => `${name}.js`),
  outdir: folder,
  outbase: here,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  legalComments: "linked",
  logLevel: "warning",
  // Of libraries that look for Node.js, in branches that a browser never takes.
  external: ["fs", "path", "os", "crypto", "worker_threads", "perf_hooks", "util", "string_decoder"],
});
for (const name of PLAIN) await copyFile(join(here, name), join(folder, name));
const wasm = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"));
for (const name of await readdir(wasm)) if (name.endsWith(".wasm")) await copyFile(join(wasm, name), join(folder, name));
