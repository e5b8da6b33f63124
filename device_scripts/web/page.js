import { behindThePage } from "./harness.js";
import { carryOut } from "./run.js";

if (location.hash === "#go") document.documentElement.dataset.state = (await carryOut(behindThePage())) ? "done" : "failed";
