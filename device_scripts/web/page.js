/**
 * What a person sees: the order, a button, the stages as they go by, and what came of them. Opened with `#go` the order is
 * carried out at once. Nothing is drawn between the first and the last sample of a phase: the page is drawn before a stage begins,
 * and nothing on it moves by itself.
 */

import { behindThePage } from "./harness.js";
import { readOrder } from "./order.js";
import { h } from "./page/elements.js";
import { aboutOrder, title } from "./page/order.js";
import { painted } from "./page/painted.js";
import { Result } from "./page/result.js";
import { Steps } from "./page/steps.js";
import { orderText } from "./reading.js";
import { message } from "./report.js";
import { carryOut } from "./run.js";

const harness = behindThePage();
const order = await theOrder();
const steps = new Steps(order.kind, order.phases ?? []);
const result = new Result(order);
const button = h("button", { type: "button" }, "Run");
button.addEventListener("click", go);
document.body.append(
  h(
    "header",
    {},
    h("p", { class: "brand" }, "Pocketbench · in this browser"),
    h("h1", {}, title(order)),
    h("p", { class: "sub" }, `order ${order.order ?? "?"}`),
  ),
  h("main", {}, aboutOrder(order), h("p", { class: "go" }, button), steps.element, result.element),
);
show("waiting");
if (location.hash === "#go") go();

/** Carry the order out, once. */
async function go() {
  button.disabled = true;
  show("running");
  try {
    show((await carryOut({ ...harness, report, stage })) ? "done" : "failed");
  } catch (error) {
    result.unheard(message(error));
    show("failed");
  }
}

/**
 * Report a line, and show it.
 *
 * @param {string} line
 */
async function report(line) {
  await harness.report(line);
  const said = JSON.parse(line);
  if (said.event === "failed") steps.failed(said.stage);
  if (said.event === "done") steps.done();
  result.add(said);
}

/**
 * Show what begins, and wait until that is drawn; then whoever is around this page looks at its device.
 *
 * @param {string} name
 */
async function stage(name) {
  steps.enter(name);
  await painted();
  await harness.stage?.(name);
}

/** @param {"waiting" | "running" | "done" | "failed"} state */
function show(state) {
  document.documentElement.dataset.state = state;
  document.title = `${state} · ${title(order)} · Pocketbench`;
}

/** The order as far as it can be read; what is wrong with it is told when it is carried out. */
async function theOrder() {
  try {
    return readOrder(await orderText(harness));
  } catch {
    return {};
  }
}
