/** The back end `webgl`: kernels as fragment shaders. */

import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-webgl";
import { bounded, named } from "./driver.js";

const MAX_ERRORS = 8;

/** @type {import("./backend.js").Opener} */
export const webgl = {
  prepare(order) {
    tf.env().set("WEBGL_CPU_FORWARD", order.options.cpu_forward !== "off");
  },
  opened() {
    const { gl } = /** @type {import("@tensorflow/tfjs-backend-webgl").MathBackendWebGL} */ (tf.backend()).gpgpu;
    let full = false;
    // Outputs are read by readPixels, which waits for them: asking again and again whether they are there, as the promise does, takes longer.
    return { name: "webgl", waits: false, programs: "runWebGLProgram", driver: () => driver(gl), lost };

    /** A context that is lost, or whose memory is full, goes on taking commands, and gives zeros. */
    function lost() {
      if (gl.isContextLost()) return "the WebGL context was lost while the order was carried out";
      full ||= ranFull(gl);
      return full ? "WebGL ran out of memory while the order was carried out" : "";
    }
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
 * Whether one of the errors since the last time was that the memory is full. There is one flag for each kind of error, and a read takes one away.
 *
 * @param {WebGLRenderingContext} gl
 */
function ranFull(gl) {
  const errors = Array.from({ length: MAX_ERRORS }, () => gl.getError());
  return errors.includes(gl.OUT_OF_MEMORY);
}
