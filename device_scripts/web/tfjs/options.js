/** What can be chosen: each option's values, what TensorFlow.js does by itself first. */

/** @type {Record<string, string[]>} */
export const OPTIONS = {
  // WebAssembly's vector instructions, where the browser has them.
  simd: ["on", "off"],
  // Whether webgl and webgpu compute small tensors, that have not been uploaded yet, on the CPU.
  cpu_forward: ["on", "off"],
};

/**
 * Throw for an option that there is not.
 *
 * @param {Record<string, string>} options
 */
export function checkOptions(options) {
  for (const [key, value] of Object.entries(options)) {
    if (!Object.hasOwn(OPTIONS, key) || !OPTIONS[key].includes(value)) {
      throw new Error(
        `tfjs has no option ${key}=${value}; known: ${Object.entries(OPTIONS)
          .map(([name, values]) => `${name}=${values.join("|")}`)
          .join(", ")}`,
      );
    }
  }
}
