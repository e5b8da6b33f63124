// Click a column's heading to sort by it; without this script the page says the same, in the order of the run.
for (const table of document.querySelectorAll("table.sortable")) {
  table.querySelectorAll("thead th").forEach((head, column) => {
    const button = document.createElement("button");
    button.textContent = head.textContent;
    button.title = "sort by " + head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      table.querySelectorAll("thead th").forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const body = table.tBodies[0];
      [...body.rows].sort((one, other) => compare(one.cells[column], other.cells[column], up)).forEach((row) => body.append(row));
    });
  });
}

// Numbers by value, the rest by text; what is empty goes last either way.
function compare(one, other, up) {
  const [a, b] = [one, other].map((cell) => cell.dataset.v || cell.textContent.trim());
  if (a === "" || b === "") return (a === "") - (b === "");
  const order = isNaN(a) || isNaN(b) ? a.localeCompare(b) : a - b;
  return up ? order : -order;
}
