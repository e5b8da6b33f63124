/**
 * Who computed: the kernels of one inference, one by one.
 *
 * A back end's kernels are functions in TensorFlow.js' registry. Some of webgl's and webgpu's compute in JavaScript: those whose
 * operands are small and were not uploaded yet (WEBGL_CPU_FORWARD), and those that have no shader and read their operands back.
 *
 * @typedef {{ programs: number, reads: number, forwards: number, writes: number }} Deeds
 * @typedef {Record<string, (...given: any[]) => any>} Methods
 * @typedef {{ before?: (given: any[]) => void, after?: (given: any[], result: any) => void }} Watcher
 */

import * as tf from "@tensorflow/tfjs-core";

/**
 * Make one inference under observation, its outputs left where they are. Give what came out, how many kernels ran, and how many
 * of them computed elsewhere than on the back end. What an operation reads back outside of any kernel counts as one that did.
 *
 * @template T
 * @param {import("./backend.js").BackEnd} backEnd
 * @param {() => T | Promise<T>} infer
 */
export async function witness(backEnd, infer) {
  /** @type {Deeds[]} */
  const seen = [];
  /** @type {Deeds[]} */
  const running = [];
  const undo = [...watchKernels(backEnd.name, seen, running), ...(backEnd.programs ? watchMethods(backEnd.programs, seen, running) : [])];
  try {
    const answers = await infer();
    return { answers, ran: seen.length, elsewhere: backEnd.programs ? seen.filter(elsewhere).length : 0 };
  } finally {
    for (const one of undo) one();
  }
}

/**
 * A kernel computed elsewhere when it was forwarded, read its operands back, or wrote values without a program that made them.
 *
 * @param {Deeds} deeds
 */
function elsewhere({ programs, reads, forwards, writes }) {
  return forwards > 0 || reads > 0 || (programs === 0 && writes > 0);
}

/**
 * @param {string} name
 * @param {Deeds[]} seen
 * @param {Deeds[]} running
 */
function watchKernels(name, seen, running) {
  return tf.getKernelsForBackend(name).map((kernel) => {
    const own = kernel.kernelFunc;
    kernel.kernelFunc = (given) => {
      const deeds = nothing();
      seen.push(deeds);
      running.push(deeds);
      try {
        return own(given);
      } finally {
        running.pop();
      }
    };
    return () => {
      kernel.kernelFunc = own;
    };
  });
}

/**
 * @param {string} programs
 * @param {Deeds[]} seen
 * @param {Deeds[]} running
 */
function watchMethods(programs, seen, running) {
  const backend = /** @type {Methods} */ (/** @type {unknown} */ (tf.backend()));
  const data = /** @type {{ get: (id: object) => { values: unknown } | undefined }} */ (/** @type {unknown} */ (backend.texData ?? backend.tensorMap));
  /** @type {Watcher} */
  const reads = {
    before([id]) {
      if (data.get(id)?.values) return; // a number of the graph's, as a shape: it never left this side
      const kernel = running.at(-1);
      if (kernel) kernel.reads += 1;
      else seen.push({ ...nothing(), reads: 1 });
    },
  };
  /** @type {(deed: keyof Deeds, done?: (given: any[], result: any) => boolean) => Watcher} */
  const count = (deed, done = () => true) => ({
    after(given, result) {
      const kernel = running.at(-1);
      if (kernel && done(given, result)) kernel[deed] += 1;
    },
  });
  return [
    watch(backend, programs, count("programs")),
    watch(backend, "readSync", reads),
    watch(backend, "read", reads),
    watch(
      backend,
      "write",
      count("writes", ([values]) => Boolean(values)),
    ),
    watch(
      backend,
      "shouldExecuteOnCPU",
      count("forwards", (_, yes) => yes),
    ),
  ];
}

/**
 * Note each call of a method; give what ends that. The method is the class's, and the object has its own for a while.
 *
 * @param {Methods} object
 * @param {string} method
 * @param {Watcher} watcher
 */
function watch(object, method, { before, after }) {
  const own = object[method];
  object[method] = (...given) => {
    before?.(given);
    const result = own.apply(object, given);
    after?.(given, result);
    return result;
  };
  return () => {
    delete object[method];
  };
}

/** @returns {Deeds} */
function nothing() {
  return { programs: 0, reads: 0, forwards: 0, writes: 0 };
}
