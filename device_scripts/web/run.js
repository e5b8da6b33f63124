/**
 * One order carried out, from hello to done: load, check, time, run rows. The runner obeys: it never averages, scores,
 * quantises or transposes. It does what `../runner.py` does, and knows nothing of a document: a page, a WebView and
 * Node.js bring a harness each.
 *
 * @typedef {{ bytes: number, body: ReadableStream<Uint8Array<ArrayBuffer>> }} Opened
 * @typedef {object} Harness What an order is read from and reported to
 * @property {string} runner "web", or what else carries this
 * @property {number} pid The process that this is, 0 where nobody can tell
 * @property {(file: string) => Promise<Opened | null>} read Open a file of the order's folder, null where there is none
 * @property {(line: string) => Promise<void>} report Append one line to the report
 * @property {(file: string, bytes: Uint8Array<ArrayBuffer>) => Promise<void>} output Append to one of the order's outputs
 * @property {(name: string) => string} asset Where a file lies that came with this runner
 * @property {(reset: boolean) => Promise<number | null>} [highWater] The high-water mark of this process' resident memory, in bytes
 * @property {(work: Work, listens: (port: number, token: string) => Promise<void>) => Promise<void>} [serve] Be a service until told to stop
 * @property {(stage: string) => Promise<void>} [stage] Told, untimed, before a stage begins; it is waited for
 *
 * @typedef {object} Work What a service does
 * @property {"socket" | "http"} transport
 * @property {number} rowBytes
 * @property {(row: Uint8Array<ArrayBuffer>) => Promise<{ ns: number, outputs: Uint8Array[] }>} answer One row in; how long the inference took, and what came out
 *
 * @typedef {import("./engines/index.js").Engine} Engine
 * @typedef {import("./order.js").Order} Order
 * @typedef {import("./order.js").Phase} Phase
 */

import { clockStep, now } from "./clock.js";
import { findEngine } from "./engines/index.js";
import { checkOrder, MAX_ORDER_BYTES, PROTOCOL, readOrder, rowBytes } from "./order.js";
import { OutputFile } from "./outputs.js";
import { timed } from "./phases.js";
import { whole } from "./reading.js";
import { Refused } from "./refused.js";
import { line, reasonOf, words } from "./report.js";
import { checkInputs, places, raw, rows } from "./tensors.js";

const MEMORY_RUNS = 3;

/**
 * Carry out the order that the harness has; say whether it was done. Nothing is thrown but what the harness throws.
 *
 * @param {Harness} harness
 * @param {(name: string) => Promise<import("./engines/index.js").EngineModule>} find
 */
export async function carryOut(harness, find = findEngine) {
  return new Run(harness, find).carryOut();
}

/** One order being carried out; `stage` is where it is: open, load, check, outputs, memory or a phase of timing. */
class Run {
  /**
   * @param {Harness} harness
   * @param {(name: string) => Promise<import("./engines/index.js").EngineModule>} find
   */
  constructor(harness, find) {
    this.harness = harness;
    this.find = find;
    this.stage = "open";
    /** @type {Engine | null} */
    this.opened = null;
    /** @type {{ inputs: number[], outputs: number[] }} */
    this.places = { inputs: [], outputs: [] };
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
      order = readOrder(await this.text());
      checkOrder(order);
      await checkInputs(order, this.harness);
      const module = await this.find(order.engine);
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

  /** The order's text. Refused when there is none, or too much of it. */
  async text() {
    const opened = await this.harness.read("order.json");
    if (!opened) throw new Refused("protocol", "there is no order.json");
    return new TextDecoder().decode(await whole(opened, MAX_ORDER_BYTES, "order.json", "protocol"));
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
        this.check(order);
        this.feed(order, row);
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
    await this.load(order);
    await this.enter("outputs");
    const files = order.outputs.map((tensor) => new OutputFile(this.harness, tensor.file));
    for await (const row of rows(order, this.harness)) {
      this.feed(order, row);
      await this.engine.invoke();
      const values = this.engine.read();
      this.alive();
      for (const [index, file] of files.entries()) await file.write(raw(values[this.places.outputs[index]], order.outputs[index]));
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
    const before = (await this.harness.highWater?.(true)) ?? null;
    await this.load(order);
    await this.enter("memory");
    this.feed(order, row);
    for (let run = 0; run < MEMORY_RUNS; run += 1) {
      await this.engine.invoke();
      this.engine.settle();
    }
    const peak = (await this.harness.highWater?.(false)) ?? null;
    await this.executed();
    if (before !== null && peak !== null) await this.say("memory", { before_load_bytes: before, peak_bytes: peak });
  }

  /**
   * Be a service until somebody says to stop; then tell how long the load took, and the memory that all of it needed.
   *
   * @param {Order} order
   */
  async serve(order) {
    const { highWater, serve } = this.harness;
    if (!serve || order.serve === "") throw new Refused("protocol", `${this.harness.runner} is no service`);
    await this.engine.fetch();
    const before = (await highWater?.(true)) ?? null;
    await this.enter("load");
    const load = await timed(() => this.engine.load(), order.phases[0], { between: () => this.engine.close() });
    this.check(order);
    await this.enter("serve");
    const rowBytesOf = order.inputs.map(rowBytes);
    const work = { transport: order.serve, rowBytes: rowBytesOf.reduce((sum, bytes) => sum + bytes, 0), answer: this.answer.bind(this, order, rowBytesOf) };
    await serve(work, (port, token) => this.say("serving", { port, token }));
    const peak = (await highWater?.(false)) ?? null;
    this.alive();
    await this.executed();
    await this.say("samples", { phase: "load", ns: Array.from(load), batch: 1 });
    if (before !== null && peak !== null) await this.say("memory", { before_load_bytes: before, peak_bytes: peak });
  }

  /**
   * One inference on a row that was sent: the clock is around the engine's call, as in timing orders.
   *
   * @param {Order} order
   * @param {number[]} sizes
   * @param {Uint8Array<ArrayBuffer>} row
   */
  async answer(order, sizes, row) {
    /** @type {Uint8Array<ArrayBuffer>[]} */
    const inputs = [];
    let at = 0;
    for (const bytes of sizes) {
      inputs.push(row.slice(at, at + bytes));
      at += bytes;
    }
    this.feed(order, inputs);
    const start = now();
    const waiting = this.engine.invoke();
    if (waiting) await waiting;
    const ns = now() - start;
    const values = this.engine.read();
    const outputs = order.outputs.map((tensor, index) => raw(values[this.places.outputs[index]], tensor).slice());
    this.engine.settle();
    return { ns, outputs };
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
    this.check(order);
  }

  /**
   * Hold the model's inputs and outputs against the order's before anything runs.
   *
   * @param {Order} order
   */
  check(order) {
    this.stage = "check";
    const { inputs, outputs } = order;
    this.places = { inputs: places(inputs, this.engine.inputs(), "inputs"), outputs: places(outputs, this.engine.outputs(), "outputs") };
  }

  /**
   * Set one row, resetting the model's state first where it has one.
   *
   * @param {Order} order
   * @param {Uint8Array<ArrayBuffer>[]} row
   */
  feed(order, row) {
    if (order.stateful) this.engine.reset();
    const own = this.places.inputs.map((place, index) => ({ place, bytes: row[index], shape: order.inputs[index].shape }));
    own.sort((one, other) => one.place - other.place);
    this.engine.set(own);
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

/**
 * How many inferences make a sample: a load and a first inference are single by nature.
 *
 * @param {Order} order
 * @param {Phase} phase
 */
function batchOf(order, phase) {
  return ["warmup", "steady"].includes(phase.phase) ? order.batch : 1;
}

/**
 * @param {Order} order
 * @param {Harness} harness
 */
async function firstRow(order, harness) {
  for await (const row of rows(order, harness)) return row;
  throw new Refused("protocol", "an order without rows");
}
