/**
 * What came of an order, from the lines of its report.
 *
 * @typedef {{ event: string, [field: string]: any }} Said
 */

import { chart } from "./chart.js";
import { facts, h } from "./elements.js";
import { grouped, quantile, time } from "./quantities.js";
import { plainly } from "./reasons.js";

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|pocl|\(software\)/i;

/** The part of the page below the stages. */
export class Result {
  /** @param {Record<string, any>} order */
  constructor(order) {
    this.order = order;
    /** @type {Said[]} */
    this.said = [];
    this.element = h("section", { class: "result", "aria-live": "polite" });
  }

  /** @param {Said} line Shown when it is the last one: until then there is nothing to draw. */
  add(line) {
    this.said.push(line);
    if (line.event === "done") this.element.replaceChildren(h("p", { class: "verdict good" }, this.verdict()), ...this.parts());
    if (line.event === "failed") this.element.replaceChildren(...failure(line), ...this.parts());
  }

  /** @param {string} why The harness does not answer. */
  unheard(why) {
    const words = "The harness does not answer: what was measured could not be handed over. It may have ended, or its time was up.";
    this.element.replaceChildren(h("p", { class: "verdict bad" }, words), h("pre", {}, why), ...this.parts());
  }

  verdict() {
    const rows = this.line("outputs")?.rows;
    if (rows !== undefined) return `Done. ${grouped(rows)} rows were run, and what came out was handed over.`;
    const samples = this.samples.reduce((sum, { ns }) => sum + ns.length, 0);
    return samples ? `Done. ${grouped(samples)} samples were handed over.` : "Done.";
  }

  parts() {
    const { samples } = this;
    const most = samples.toSorted((one, other) => other.ns.length - one.ns.length)[0];
    const parts = [this.facts(), ...(samples.length ? [table(samples)] : [])];
    return most && most.ns.length > 1 ? [...parts, chart(most)] : parts;
  }

  facts() {
    const hello = this.line("hello");
    const executed = this.line("executed");
    const driver = executed?.driver ?? "";
    return facts([
      ["ran on", executed ? `${executed.executed_on}${this.extent(executed)}` : ""],
      ["driver", driver],
      ["take care", SOFTWARE.test(driver) ? "a driver in software did the GPU's work: believe what it computes, never how fast" : ""],
      ["engine", hello ? `${hello.engine} ${hello.engine_version}` : ""],
      ["clock", hello ? `in steps of ${time(hello.clock_step_ns)}${isolation()}` : ""],
    ]);
  }

  /** @param {Said} executed */
  extent({ delegated, operations }) {
    if (!operations) return "";
    return delegated === operations ? `, all ${operations} kernels` : `, ${delegated} of ${operations} kernels; the others on the CPU`;
  }

  /** @returns {{ phase: string, ns: number[], batch: number }[]} */
  get samples() {
    return /** @type {any[]} */ (this.said.filter(({ event }) => event === "samples"));
  }

  /** @param {string} event */
  line(event) {
    return this.said.find((line) => line.event === event);
  }
}

/** @param {Said} line */
function failure({ stage, reason, message }) {
  return [
    h("p", { class: "verdict bad" }, `Not done. ${plainly(reason)}`),
    h("pre", {}, message),
    h("p", { class: "sub" }, `stage ${stage}, reason ${reason}; the harness has been told`),
  ];
}

/** A page that others could reach into is given a coarse clock and no threads. */
function isolation() {
  return crossOriginIsolated ? "" : ": the page is not cross-origin isolated, so the browser makes its clock coarse";
}

/** @param {{ phase: string, ns: number[], batch: number }[]} samples */
function table(samples) {
  const head = ["phase", "samples", "median", "p5 to p95", "longest"].map((name) => h("th", { scope: "col" }, name));
  return h("table", {}, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...samples.map(row)));
}

/** @param {{ phase: string, ns: number[], batch: number }} samples */
function row({ phase, ns, batch }) {
  const sorted = ns.map((one) => one / batch).sort((one, other) => one - other);
  const at = (/** @type {number} */ share) => time(quantile(sorted, share));
  const cells = [grouped(ns.length) + (batch > 1 ? ` × ${grouped(batch)}` : ""), at(0.5), ns.length > 1 ? `${at(0.05)} to ${at(0.95)}` : "", at(1)];
  return h("tr", {}, h("th", { scope: "row" }, phase), ...cells.map((text) => h("td", {}, text)));
}
