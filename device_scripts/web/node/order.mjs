/** An order carried out in Node.js: `node order.mjs PAGE FOLDER`, where PAGE is the page that was built and FOLDER the order's. */

import { resolve } from "node:path";
import { inFolder, module } from "./folder.mjs";

const [page, folder] = process.argv.slice(2).map((path) => resolve(path));
const { carryOut } = await module(page, "run.js");
await carryOut(inFolder(page, folder));
