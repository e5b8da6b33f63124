// A runner whose engine doubles numbers. The order's option "fault" says what it does instead of its duty.

const say = (line) => fetch("../report", { method: "POST", body: `${JSON.stringify(line)}\n` });
const order = await (await fetch("../order/order.json")).json();
const fault = order.options.fault ?? "";

/** All rows of the first input, doubled, row by row. */
async function outputs() {
  const input = new Float32Array(await (await fetch(`../order/${order.inputs[0].file}`)).arrayBuffer());
  const size = input.length / order.rows;
  for (let row = 0; row < order.rows; row += 1) {
    const doubled = input.slice(row * size, (row + 1) * size).map((value) => value * 2);
    await fetch(`../output/${order.outputs[0].file}`, { method: "POST", body: doubled });
  }
}

const faults = {
  silent: () => new Promise(() => {}),
  leave: () => { location.href = "about:blank"; return new Promise(() => {}); },
  garbled: () => fetch("../report", { method: "POST", body: '}{ "event": "done" \n{"event": "done"}\n' }),
  uncaught: () => { throw new Error("nobody catches this"); },
};

console.log(`fault: ${fault || "none"}`);
await say({
  event: "hello", protocol: order.protocol, order: fault === "other" ? "order-0" : order.order, runner: "web", engine: order.engine,
  engine_version: "0", pid: 0, clock_step_ns: 5000,
});
if (fault in faults) {
  await faults[fault]();
} else {
  if (order.kind === "outputs") await outputs();
  await say({ event: "executed", executed_on: order.accelerator });
  if (order.kind === "outputs") await say({ event: "outputs", rows: order.rows });
  await say({ event: "done" });
}
