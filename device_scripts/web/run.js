/**
 * One order carried out, from hello to done: load, check, time, run rows. The runner obeys: it never averages, scores,
 * quantises or transposes. It does what `../runner.py` does, and knows nothing of a document: a page, a WebView and
 * Node.js bring a harness each.
 *
 * @typedef {import("./harness.js").Harness} Harness
 * @typedef {import("./engines/index.js").Engine} Engine
 * @typedef {import("./order.js").Order} Order
 */

import { clockStep } from "./clock.js";
import { findEngine } from "./engines/index.js";
import { Fitted } from "./fitted.js";
import { checkOrder, PROTOCOL, readOrder } from "./order.js";
import { OutputFile } from "./outputs.js";
import { batchOf, timed } from "./phases.js";
import { orderText } from "./reading.js";
import { Refused } from "./refused.js";
import { line, reasonOf, words } from "./report.js";
import { checkInputs, firstRow, rows } from "./tensors.js";

const MEMORY_RUNS = 3;

/**
 * Carry out the order that the harness has; say whether it was done. Nothing is thrown but what the harness throws.
 *
 * @param {Harness} harness
 */
export async function carryOut(harness) {
  return new Run(harness).carryOut();
}

/** One order being carried out; `stage` is where it is: open, load, check, outputs, memory, serve or a phase of timing. */
class Run {
  /** @param {Harness} harness */
  constructor(harness) {
    this.harness = harness;
    this.stage = "open";
    /** @type {Engine | null} */
    this.opened = null;
  }

  get engine() {
    if (!this.opened) throw new Error("the engine is not open");
    return this.opened;
  }

  /** Open, do what the order's kind says, close, and say the last line. */
  async carryOut() {
    try {
      const order = await this.open();
      const kinds = { timing: () => this.timing(order), outputs: () => this.outputs(order), memory: () => this.memory(order), serve: () => this.serve(order) };
      await kinds[order.kind]();
      this.alive();
    } catch (error) {
      const why = this.opened ? this.opened.explain(error) : error;
      this.abandon();
      await this.say("failed", { stage: this.stage, reason: reasonOf(why, this.stage), message: words(why) });
      return false;
    }
    this.engine.close();
    await this.say("done", {});
    return true;
  }

  /** Close the engine after a failure; what that raises is not what went wrong. */
  abandon() {
    try {
      this.opened?.close();
    } catch {
      // an accelerator that is lost cannot be tidied up
    }
  }

  /** Read the order and open its engine. The hello is said in any case. */
  async open() {
    /** @type {Record<string, any>} */
    let order = {};
    let version = "";
    try {
      order = readOrder(await orderText(this.harness));
      checkOrder(order);
      await checkInputs(order, this.harness);
      const module = await findEngine(order.engine);
      version = module.version;
      if (!module.accelerators.includes(order.accelerator)) {
        throw new Refused("accelerator-absent", `${order.engine} runs on ${module.accelerators.join(", ")} here, not on ${order.accelerator}`);
      }
      this.opened = await module.open(order, this.harness);
      return order;
    } finally {
      const { runner, pid } = this.harness;
      const said = { order: String(order.order ?? ""), engine: String(order.engine ?? "") };
      await this.say("hello", { protocol: PROTOCOL, runner, engine_version: version, pid, clock_step_ns: clockStep(), ...said });
    }
  }

  /**
   * Time each phase in turn. Nothing is reported before the last sample of the last phase.
   *
   * @param {Order} order
   */
  async timing(order) {
    const row = await firstRow(order, this.harness);
    /** @type {Map<string, Float64Array>} */
    const samples = new Map();
    for (const phase of order.phases) {
      await this.enter(phase.phase);
      if (phase.phase === "load") {
        await this.engine.fetch();
        samples.set("load", await timed(() => this.engine.load(), phase, { between: () => this.engine.close() }));
        this.check(order).feed(row);
      } else {
        const { engine } = this;
        samples.set(phase.phase, await timed(() => engine.invoke(), phase, { batch: batchOf(order, phase), between: () => engine.settle() }));
      }
      this.alive();
    }
    await this.executed();
    for (const phase of order.phases) {
      await this.say("samples", { phase: phase.phase, ns: Array.from(samples.get(phase.phase) ?? []), batch: batchOf(order, phase) });
    }
  }

  /**
   * Run all rows one after another and send what comes out, raw and little-endian.
   *
   * @param {Order} order
   */
  async outputs(order) {
    const model = await this.load(order);
    await this.enter("outputs");
    const files = order.outputs.map((tensor) => new OutputFile(this.harness, tensor.file));
    for await (const row of rows(order, this.harness)) {
      model.feed(row);
      await this.engine.invoke();
      this.alive();
      for (const [index, bytes] of model.read().entries()) await files[index].write(bytes);
      this.engine.settle();
    }
    for (const file of files) await file.flush();
    await this.executed();
    await this.say("outputs", { rows: order.rows });
  }

  /**
   * Report the high-water mark of resident memory before load, and after load and a few inferences. A page is shown no such mark: there is no line then.
   *
   * @param {Order} order
   */
  async memory(order) {
    const row = await firstRow(order, this.harness);
    const before = await this.highWater(true);
    const model = await this.load(order);
    await this.enter("memory");
    model.feed(row);
    for (let run = 0; run < MEMORY_RUNS; run += 1) {
      await this.engine.invoke();
      this.engine.settle();
    }
    const peak = await this.highWater(false);
    await this.executed();
    await this.sayMemory(before, peak);
  }

  /**
   * Be a service until somebody says to stop; then tell how long the load took, and the memory that all of it needed.
   *
   * @param {Order} order
   */
  async serve(order) {
    const { serve } = this.harness;
    if (!serve || order.serve === "") throw new Refused("protocol", `${this.harness.runner} is no service`);
    await this.engine.fetch();
    const before = await this.highWater(true);
    await this.enter("load");
    const load = await timed(() => this.engine.load(), order.phases[0], { between: () => this.engine.close() });
    const model = this.check(order);
    await this.enter("serve");
    const work = { transport: order.serve, rowBytes: model.rowBytes, answer: model.answer.bind(model) };
    await serve(work, (port, token) => this.say("serving", { port, token }));
    const peak = await this.highWater(false);
    this.alive();
    await this.executed();
    await this.say("samples", { phase: "load", ns: Array.from(load), batch: 1 });
    await this.sayMemory(before, peak);
  }

  /**
   * Load the model and check it against the order.
   *
   * @param {Order} order
   */
  async load(order) {
    await this.enter("load");
    await this.engine.fetch();
    await this.engine.load();
    return this.check(order);
  }

  /**
   * Hold the model's inputs and outputs against the order's before anything runs.
   *
   * @param {Order} order
   */
  check(order) {
    this.stage = "check";
    return new Fitted(order, this.engine);
  }

  /** Say what executed. */
  async executed() {
    await this.say("executed", await this.engine.executed());
  }

  /** Throw when the accelerator was lost: what came out since is worth nothing, and not every call says so. */
  alive() {
    const lost = this.engine.lost();
    if (lost) throw new Refused("engine-error", lost);
  }

  /**
   * The high-water mark of resident memory in bytes, null where nobody is shown one.
   *
   * @param {boolean} reset
   */
  async highWater(reset) {
    return (await this.harness.highWater?.(reset)) ?? null;
  }

  /**
   * Say both marks of memory, where there are both.
   *
   * @param {number | null} before
   * @param {number | null} peak
   */
  async sayMemory(before, peak) {
    if (before !== null && peak !== null) await this.say("memory", { before_load_bytes: before, peak_bytes: peak });
  }

  /** @param {string} stage */
  async enter(stage) {
    this.stage = stage;
    await this.harness.stage?.(stage);
  }

  /**
   * Append one line to the report.
   *
   * @param {string} event
   * @param {Record<string, unknown>} fields
   */
  async say(event, fields) {
    await this.harness.report(line(event, fields));
  }
}
