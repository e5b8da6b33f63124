/** What an order is, in words. It may be anything: what is missing is left out. */

import { facts, h } from "./elements.js";
import { grouped, time } from "./quantities.js";

const KINDS = new Map([
  ["timing", "times each phase and keeps every sample"],
  ["outputs", "runs every row and sends back what comes out"],
  ["memory", "loads the model and runs it; a page is not shown how much memory that takes"],
]);

/** @param {Record<string, any>} order */
export function title({ engine, accelerator }) {
  return engine && accelerator ? `${engine} on ${accelerator}` : "No order here";
}

/** @param {Record<string, any>} order */
export function aboutOrder(order) {
  if (!order.kind) return h("p", { class: "lead" }, "This page carries out one order, and its server has none for it. Start it again from the harness.");
  const { kind, model, threads, options, rows, batch, stateful } = order;
  return h(
    "section",
    { class: "card" },
    h("h2", {}, "The order"),
    facts([
      ["what", `${kind}: ${KINDS.get(kind) ?? "a kind that this page does not know"}`],
      ["model", String(model ?? "")],
      ["goes in", tensors(order.inputs)],
      ["comes out", tensors(order.outputs)],
      ["rows", kind === "outputs" ? grouped(rows) : "the first one"],
      ["threads", String(threads ?? "")],
      ["options", words(options)],
      ["batch", batch > 1 ? `${grouped(batch)} inferences a sample` : ""],
      ["state", stateful ? "the model is reset before each row" : ""],
      ["phases", (order.phases ?? []).map(phase).join("; ")],
    ]),
  );
}

/** @param {any} list */
function tensors(list) {
  return Array.isArray(list) ? list.map((one) => `${one?.name} ${one?.dtype} [${[one?.shape].flat().join(", ")}]`).join(", ") : "";
}

/** @param {any} options */
function words(options) {
  return Object.entries(options ?? {})
    .map(([name, value]) => `${name} = ${value}`)
    .join(", ");
}

/** @param {import("../order.js").Phase} phase */
function phase({ phase, min_runs, min_ns, max_runs, max_ns }) {
  const least = [min_runs > 1 ? grouped(min_runs) : "", min_ns ? time(min_ns) : ""].filter(Boolean).join(" and ");
  const most = [max_runs ? grouped(max_runs) : "", max_ns ? time(max_ns) : ""].filter(Boolean).join(" or ");
  return [phase, least && `at least ${least}`, most && `until ${most}`].filter(Boolean).join(", ");
}
