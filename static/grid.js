// Paste a block from a spreadsheet into a grid; arrow keys and Enter move. Without this file the form works as it is.
const inputs = (row) => [...row.querySelectorAll("input:not([type=hidden])")];

for (const grid of document.querySelectorAll("[data-grid]")) {
  const cells = () => [...grid.tBodies[0].rows].map(inputs);
  const locate = (input) => {
    const all = cells();
    const row = all.findIndex((line) => line.includes(input));
    return { all, row, column: all[row].indexOf(input) };
  };

  grid.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (!/[\t\n]/.test(text)) return;
    event.preventDefault();
    const { all, row, column } = locate(event.target);
    text.replace(/\r?\n$/, "").split(/\r?\n/).forEach((line, down) => {
      line.split("\t").forEach((value, right) => {
        const input = all[row + down]?.[column + right];
        if (!input) return;
        input.value = value.trim();
        input.parentElement.classList.add("new");
      });
    });
  });

  grid.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, Enter: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const { all, row, column } = locate(event.target);
    const next = all[row + step]?.[column];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.select();
  });
}
