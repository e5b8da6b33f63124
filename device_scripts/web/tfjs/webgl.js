/** The back end `webgl`: kernels as fragment shaders. */

import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-webgl";
import { bounded, named } from "./driver.js";

/** @type {import("./backend.js").Opener} */
export const webgl = {
  prepare(order) {
    tf.env().set("WEBGL_CPU_FORWARD", order.options.cpu_forward !== "off");
  },
  opened() {
    const { gl } = /** @type {import("@tensorflow/tfjs-backend-webgl").MathBackendWebGL} */ (tf.backend()).gpgpu;
    // Outputs are read by readPixels, which waits for them: asking again and again whether they are there, as the promise does, takes longer.
    return { name: "webgl", waits: false, programs: "runWebGLProgram", driver: () => driver(gl), lost: () => lost(gl) };
  },
};

/** @param {WebGLRenderingContext} gl */
function driver(gl) {
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const renderer = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  const halves = tf.env().getBool("WEBGL_RENDER_FLOAT32_ENABLED") ? "" : " in halves";
  return bounded(`webgl${tf.env().getNumber("WEBGL_VERSION") === 2 ? "2" : ""}${halves} ${named(renderer)}`);
}

/**
 * A context that is lost goes on taking commands, and gives zeros.
 *
 * @param {WebGLRenderingContext} gl
 */
function lost(gl) {
  if (gl.isContextLost()) return "the WebGL context was lost while the order was carried out";
  return "";
}
