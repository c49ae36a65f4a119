// Paste a block from a spreadsheet into a grid; arrow keys and Enter move. Without this file the form works as it is.
const inputs = (row) => [...row.querySelectorAll("input:not([type=hidden])")];

// A hint only: the server reads the figure again, in the reader's language, and asks what it cannot tell.
function toNumber(text) {
  const found = text.replace(/[\s€$£]/g, "").replace("\u2212", "-").match(/^(-?[\d.,]*?)(?:[.,](\d{1,2}))?$/);
  return found?.[0] ? Number(found[1].replace(/[.,]/g, "") + (found[2] ? `.${found[2]}` : "")) : NaN;
}

function mark(input) {
  const { min, max } = input.dataset;
  const value = toNumber(input.value);
  input.toggleAttribute("data-odd", Boolean(input.value && max && !(value >= +min && value <= +max)));
  input.removeAttribute("aria-invalid");
  input.parentElement.classList.toggle("new", input.value !== input.defaultValue);
}

for (const grid of document.querySelectorAll("[data-grid]")) {
  const rows = [...grid.tBodies[0].rows].map(inputs);
  const status = grid.closest("section").querySelector("[data-status]");
  const locate = (input) => {
    const row = rows.findIndex((line) => line.includes(input));
    return { row, column: rows[row].indexOf(input) };
  };

  grid.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (!/[\t\n]/.test(text)) return;
    event.preventDefault();
    const { row, column } = locate(event.target);
    let pasted = 0;
    let outside = 0;
    text.replace(/\r?\n$/, "").split(/\r?\n/).forEach((line, down) => {
      line.split("\t").forEach((value, right) => {
        if (!value.trim()) return;
        const input = rows[row + down]?.[column + right];
        if (!input) return outside++;
        input.value = value.trim();
        mark(input);
        pasted++;
      });
    });
    const odd = grid.querySelectorAll("[data-odd]").length;
    const said = [[status.dataset.pasted, pasted], [status.dataset.odd, odd], [status.dataset.outside, outside]];
    status.textContent = said.filter(([, n]) => n).map(([words, n]) => words.replace("#", n)).join(" ");
  });

  grid.addEventListener("input", (event) => mark(event.target));

  grid.addEventListener("keydown", (event) => {
    const { target, key } = event;
    const [down, right] = { ArrowDown: [1, 0], Enter: [1, 0], ArrowUp: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key] ?? [0, 0];
    if (!(down || right) || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    // Left and right first move within the text, and leave the cell at its end or when all of it is selected.
    const { selectionStart: from, selectionEnd: to, value } = target;
    if (right && !(from === 0 && to === value.length) && (from !== to || from !== (right < 0 ? 0 : value.length))) return;
    const { row, column } = locate(target);
    const next = rows[row + down]?.[column + right];
    if (next || key === "Enter") event.preventDefault(); // below the last row Enter does not send the form unseen
    if (!next) return;
    next.focus();
    next.select();
  });
}
