/**
 * Who computed: the kernels of one inference, one by one.
 *
 * A back end's kernels are functions in TensorFlow.js' registry. Some of webgl's and webgpu's compute in JavaScript: those whose
 * operands are small and were not uploaded yet (WEBGL_CPU_FORWARD), and those that have no shader and read their operands back.
 *
 * @typedef {{ programs: number, reads: number, forwards: number, writes: number }} Deeds
 * @typedef {Record<string, (...given: any[]) => any>} Methods
 */

import * as tf from "@tensorflow/tfjs-core";

/**
 * Make one inference under observation. Give how many kernels ran, and how many of them computed elsewhere than on the back end.
 *
 * @param {import("./backend.js").BackEnd} backEnd
 * @param {() => Promise<void>} infer
 */
export async function witness(backEnd, infer) {
  /** @type {Deeds[]} */
  const seen = [];
  /** @type {Deeds[]} */
  const running = [];
  const undo = [...watchKernels(backEnd.name, seen, running), ...(backEnd.programs ? watchMethods(backEnd.programs, running) : [])];
  try {
    await infer();
  } finally {
    for (const one of undo) one();
  }
  return { ran: seen.length, elsewhere: backEnd.programs ? seen.filter(elsewhere).length : 0 };
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
      const deeds = { programs: 0, reads: 0, forwards: 0, writes: 0 };
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
 * @param {Deeds[]} running
 */
function watchMethods(programs, running) {
  const backend = /** @type {Methods} */ (/** @type {unknown} */ (tf.backend()));
  const last = () => running.at(-1);
  return [
    watch(backend, programs, (deeds) => {
      deeds.programs += 1;
    }),
    watch(backend, "readSync", (deeds) => {
      deeds.reads += 1;
    }),
    watch(backend, "read", (deeds) => {
      deeds.reads += 1;
    }),
    watch(backend, "write", (deeds, [values]) => {
      deeds.writes += values ? 1 : 0;
    }),
    watch(backend, "shouldExecuteOnCPU", (deeds, _, yes) => {
      deeds.forwards += yes ? 1 : 0;
    }),
  ];

  /**
   * @param {Methods} object
   * @param {string} method
   * @param {(deeds: Deeds, given: any[], result: any) => void} note
   */
  function watch(object, method, note) {
    const own = object[method];
    object[method] = (...given) => {
      const result = own.apply(object, given);
      const deeds = last();
      if (deeds) note(deeds, given, result);
      return result;
    };
    return () => {
      // it was the class's, not the object's own
      delete object[method];
    };
  }
}
