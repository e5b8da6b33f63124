/** The stages that an order goes through. Nothing in here moves by itself. */

import { h } from "./elements.js";

/** The stages as a list: those behind, the one that goes on, those ahead. */
export class Steps {
  /**
   * @param {string | undefined} kind
   * @param {{ phase: string }[]} phases
   */
  constructor(kind, phases) {
    const names = kind === "timing" ? phases.map(({ phase }) => String(phase)) : kind ? ["load", kind] : [];
    this.items = new Map(["open", ...names].map((name) => [name, h("li", {}, name)]));
    this.element = h("ol", { class: "steps", "aria-label": "stages" }, ...(kind ? this.items.values() : []));
  }

  /** @param {string} name */
  enter(name) {
    this.end("done");
    this.items.get(name)?.setAttribute("aria-current", "step");
  }

  /** The last stage came to its end. */
  done() {
    this.end("done");
  }

  /** @param {string} name A check belongs to the load before it. */
  failed(name) {
    this.end("done");
    const item = this.items.get(name === "check" ? "load" : name);
    if (item) item.className = "failed";
  }

  /** @param {string} how */
  end(how) {
    for (const item of this.items.values()) {
      if (item.hasAttribute("aria-current")) item.className = how;
      item.removeAttribute("aria-current");
    }
    const [open] = this.items.values();
    open.className ||= how;
  }
}
