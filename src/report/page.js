/* What all parts of the page share: the data, numbers as text, the layer that is selected. */
const data = JSON.parse(document.getElementById("data").textContent);

/* The number of the column called @name in @table. */
function columnOf(table, name) {
  return table.columns.findIndex((column) => column.name === name);
}

/* All values of a column, in the order of the layers. */
function valuesOf(table, name) {
  const column = columnOf(table, name);
  return table.rows.map((row) => row[column]);
}

/* Three digits and a prefix: 4.11 M. */
function short(value) {
  const prefixes = ["", " k", " M", " G", " T", " P"];
  let i = 0;
  while (Math.abs(value) >= 999.5 && i + 1 < prefixes.length) {
    value /= 1000;
    i++;
  }
  return Number(value.toPrecision(3)) + prefixes[i];
}

/* The numbers of an axis: alike, with as many digits as tell them apart. */
function tickTexts(ticks) {
  const shown = ticks.filter((tick) => tick !== null);
  const most = Math.max(...shown.map(Math.abs)), step = shown.length > 1 ? Math.min(...shown.slice(1).map((tick, i) => tick - shown[i])) : most;
  const prefixes = ["", " k", " M", " G", " T", " P"];
  const i = most > 0 ? Math.max(0, Math.min(Math.floor(Math.log10(most) / 3 + 1e-9), prefixes.length - 1)) : 0;
  const isExact = (digits) => shown.every((tick) => Math.abs(tick / 1000 ** i - (tick / 1000 ** i).toFixed(digits)) <= step / 1000 ** i / 100);
  let digits = 0;
  while (digits < 9 && !isExact(digits))
    digits++;
  return ticks.map((tick) => tick === null ? "" : tick === 0 ? "0" : Number((tick / 1000 ** i).toFixed(digits)) + prefixes[i]);
}

/* All digits of a count; others to six. */
function exact(value) {
  return value.toLocaleString("en", Number.isInteger(value) ? {} : { maximumSignificantDigits: 6 });
}

/* A new element, with @text and @attributes. */
function element(name, text, attributes) {
  const made = document.createElement(name);
  if (text !== undefined)
    made.textContent = text;
  for (const key in attributes)
    made.setAttribute(key, attributes[key]);
  return made;
}

/* The colour of a slot, as the style sheet has it now. */
function colour(slot) {
  const value = getComputedStyle(document.documentElement).getPropertyValue("--" + slot).trim();
  const other = value.match(/^var\(--([a-z0-9]+)\)$/);
  return other ? colour(other[1]) : value;
}

/* ---- the layer that is selected: -1, or its number; who wants to know is called ---- */

const selection = { layer: -1, listeners: [] };

function selectLayer(layer) {
  selection.layer = layer;
  for (const listener of selection.listeners)
    listener(layer);
}

/* A panel with all values of the selected layer. */
function makePanel() {
  const panel = element("section", undefined, { id: "layer", "aria-live": "polite", "aria-label": "selected layer" });
  panel.hidden = true;
  document.body.append(panel);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && selection.layer >= 0)
      selectLayer(-1);
  });
  selection.listeners.push((layer) => {
    panel.replaceChildren();
    panel.hidden = layer < 0;
    if (layer < 0)
      return;
    const list = element("dl");
    const close = element("button", "close", { type: "button" });
    close.addEventListener("click", () => selectLayer(-1));
    data.layers.columns.forEach((column, i) => {
      const value = data.layers.rows[layer][i];
      const item = element("div", undefined, { title: column.help });
      item.append(element("dt", column.name),
                  element("dd", (column.text ? value : exact(value)) + (column.unit && column.unit !== "1" ? " " + column.unit : "")));
      if (column.text || value !== 0)
        list.append(item);
    });
    panel.append(element("h2", "Layer " + layer + ": " + valuesOf(data.layers, "name")[layer]), close, list);
  });
}

/* ---- the table of layers: headings sort, names select ---- */

function sortTable(body, rows, column, descending) {
  const texts = data.layers.columns[column].text;
  const order = rows.map((_, i) => i);
  order.sort((i, k) => {
    const a = data.layers.rows[i][column], b = data.layers.rows[k][column];
    const sign = texts ? a.localeCompare(b, "en") : a - b;
    return (descending ? -sign : sign) || i - k;
  });
  body.append(...order.map((i) => rows[i]));
}

function makeHeadings(table, body, rows) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    const button = element("button", undefined, { type: "button" });
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const descending = heading.getAttribute("aria-sort") !== "descending" && !data.layers.columns[column].text
        || heading.getAttribute("aria-sort") === "ascending";
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
      sortTable(body, rows, column, descending);
    });
  });
}

/* One of the names can be reached by Tab, the others from it by arrow keys. */
function makeNames(rows) {
  const buttons = rows.map((row, layer) => {
    const cell = row.cells[columnOf(data.layers, "name")];
    const button = element("button", cell.textContent, { type: "button", tabindex: layer === 0 ? 0 : -1 });
    cell.title = cell.textContent;
    cell.replaceChildren(button);
    button.addEventListener("click", () => selectLayer(layer));
    button.addEventListener("keydown", (event) => {
      const to = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
      if (to === undefined)
        return;
      event.preventDefault();
      if (to)
        focusName(to.querySelector("button"));
    });
    return button;
  });
  function focusName(button) {
    buttons.forEach((other) => other.setAttribute("tabindex", other === button ? 0 : -1));
    button.focus();
  }
  selection.listeners.push((layer) => {
    rows.forEach((row, i) => row.classList.toggle("selected", i === layer));
    if (layer >= 0)
      buttons.forEach((button, i) => button.setAttribute("tabindex", i === layer ? 0 : -1));
  });
}

function makeTable() {
  const table = document.getElementById("layer-table");
  const body = table.tBodies[0], rows = [...body.rows];
  makeHeadings(table, body, rows);
  makeNames(rows);
}
