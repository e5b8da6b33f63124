/** The back end `cpu`: plain JavaScript, one thread. */

import "@tensorflow/tfjs-backend-cpu";

/** @type {import("./backend.js").Opener} */
export const javascript = {
  prepare() {},
  opened: () => ({ name: "cpu", waits: false, driver: () => "javascript", lost: () => "" }),
};
