/** The back end `webgpu`: kernels as compute shaders. */

import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-webgpu";
import { bounded, named } from "./driver.js";

/** @type {import("./backend.js").Opener} */
export const webgpu = {
  prepare(order) {
    if (!("gpu" in navigator)) throw new Error(globalThis.isSecureContext ? "this browser has no WebGPU" : "only a secure page is given WebGPU");
    tf.env().set("WEBGPU_CPU_FORWARD", order.options.cpu_forward !== "off");
  },
  opened() {
    const { device } = /** @type {import("@tensorflow/tfjs-backend-webgpu").WebGPUBackend} */ (tf.backend());
    let lost = "";
    device.lost.then(({ reason, message }) => {
      lost = `the WebGPU device was lost while the order was carried out: ${reason} ${message}`;
    });
    // A command that the driver refuses changes nothing, and is told here alone.
    device.addEventListener("uncapturederror", ({ error }) => {
      lost ||= `WebGPU refused a command: ${error.message}`;
    });
    return { name: "webgpu", waits: true, programs: "runWebGPUProgram", driver: () => driver(device), lost: () => lost };
  },
};

/** @param {GPUDevice} device */
function driver(device) {
  const {
    vendor,
    architecture,
    device: model,
    description,
    isFallbackAdapter,
  } = /** @type {GPUAdapterInfo & { isFallbackAdapter?: boolean }} */ (device.adapterInfo);
  const words = [vendor, architecture, model, description].filter(Boolean).join(" ");
  return bounded(`webgpu ${named(words)}${isFallbackAdapter && !/swiftshader/i.test(words) ? " (software)" : ""}`);
}
