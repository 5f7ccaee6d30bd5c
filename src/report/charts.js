/* Charts that can be zoomed, by uPlot: what they have in common, stacked bars, points. */

const charts = {}; /* by the section they are in; tests look here, too */

/* Zooms @plot to [@min, @max] of the x axis, as far as there is something. */
function zoomTo(plot, min, max) {
  const [low, high] = plot.whole;
  const log = plot.axes[0].scale && plot.scales.x.distr === 3;
  if (!(max > min) || (!log && max - min < plot.least))
    return;
  plot.setScale("x", { min: Math.max(min, low), max: Math.min(max, high) });
}

/* Multiplies what is shown by @factor around the middle, and moves it by @step of its width. */
function zoomBy(plot, factor, step) {
  const log = plot.scales.x.distr === 3;
  const into = log ? Math.log : (x) => x, out = log ? Math.exp : (x) => x;
  const [low, high] = plot.whole.map(into);
  const min = into(plot.scales.x.min), max = into(plot.scales.x.max), width = Math.min((max - min) * factor, high - low);
  let from = (min + max) / 2 - width / 2 + step * (max - min);
  from = Math.max(low, Math.min(from, high - width));
  zoomTo(plot, out(from), out(from + width));
}

function zoomOut(plot) {
  zoomTo(plot, plot.whole[0], plot.whole[1]);
}

const zoomKeys = {
  "+": (plot) => zoomBy(plot, 0.5, 0), "=": (plot) => zoomBy(plot, 0.5, 0), "-": (plot) => zoomBy(plot, 2, 0),
  ArrowLeft: (plot) => zoomBy(plot, 1, -0.25), ArrowRight: (plot) => zoomBy(plot, 1, 0.25),
  0: zoomOut, Home: zoomOut,
};

function makeButtons(box, plot, hint) {
  const row = element("div", undefined, { class: "buttons" });
  for (const [text, label, key] of [["+", "zoom in", "+"], ["\u2212", "zoom out", "-"], ["\u2190", "earlier", "ArrowLeft"],
                                    ["\u2192", "later", "ArrowRight"], ["all", "show all", "Home"]]) {
    const button = element("button", text, { type: "button", title: label, "aria-label": label });
    button.addEventListener("click", () => zoomKeys[key](plot()));
    row.append(button);
  }
  row.append(element("span", hint));
  box.before(row);
}

/* An axis in the colours of the page. */
function axis(label, more) {
  return Object.assign({ label, stroke: () => colour("text"), font: "13px system-ui, sans-serif",
                         labelFont: "13px system-ui, sans-serif",
                         grid: { stroke: () => colour("line"), width: 1 }, ticks: { stroke: () => colour("line"), width: 1 },
                         values: (_, ticks) => tickTexts(ticks) }, more);
}

/*
 * Puts a chart in the place of the drawing of the section @id. @make: the options of uPlot and data;
 * `whole` is what there is of the x axis, `least` the shortest piece worth showing, `height` [px].
 */
function makeChart(id, make) {
  const section = document.getElementById(id), drawing = section && section.querySelector(".drawing");
  if (!drawing)
    return;
  const box = element("div", undefined, { class: "chart", tabindex: 0, role: "group",
                                          "aria-label": section.querySelector("h2").textContent + ", chart" });
  const readout = element("div", undefined, { class: "readout", "aria-live": "polite" });
  const parts = make((text) => { readout.textContent = text; });
  drawing.replaceWith(box);
  makeButtons(box, () => charts[id], parts.hint);
  box.after(readout);
  const plot = new uPlot(Object.assign({ width: Math.max(box.clientWidth - 4, 300), height: parts.height, legend: { show: false } },
                                       parts.options), parts.data, box);
  Object.assign(plot, { whole: parts.whole, least: parts.least, readout });
  charts[id] = plot;
  plot.over.addEventListener("dblclick", () => zoomOut(plot));
  plot.over.addEventListener("click", () => parts.click && parts.click(plot));
  box.addEventListener("keydown", (event) => {
    const action = (parts.keys && parts.keys[event.key]) || zoomKeys[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey || event.target !== box)
      return;
    event.preventDefault();
    action(plot);
  });
  new ResizeObserver(() => plot.setSize({ width: Math.max(box.clientWidth - 4, 300), height: parts.height })).observe(box);
  selection.listeners.push(() => plot.redraw(false));
}

/* A mark around what belongs to the selected layer, from x to x of the canvas. */
function drawMark(plot, from, to) {
  const { ctx, bbox } = plot, ratio = devicePixelRatio;
  const left = Math.max(plot.valToPos(from, "x", true), bbox.left), right = Math.min(plot.valToPos(to, "x", true), bbox.left + bbox.width);
  if (right < left)
    return;
  ctx.save();
  ctx.strokeStyle = colour("mark");
  ctx.lineWidth = 2 * ratio;
  ctx.strokeRect(left, bbox.top + ratio, Math.max(right - left, 1), bbox.height - 2 * ratio);
  ctx.restore();
}

/* ---- stacked bars, one for each layer ---- */

function layerTitle(layer) {
  return layer + " " + valuesOf(data.layers, "name")[layer] + " (" + valuesOf(data.layers, "operation")[layer] + ")";
}

/* Sums from the bottom: those of series i include those below it. @scale: what the unit shown is in that of the columns. */
function stack(series, scale) {
  const sums = [];
  let below = data.layers.rows.map(() => 0);
  for (const one of series) {
    below = below.map((sum, layer) => sum + one.columns.reduce((add, column) => add + data.layers.rows[layer][column] / scale, 0));
    sums.push(below);
  }
  return sums;
}

function barsReadout(series, sums, layer, unit) {
  const parts = series.map((one, i) => [one.label, sums[i][layer] - (i > 0 ? sums[i - 1][layer] : 0)]).filter((part) => part[1] > 0);
  const all = sums.length > 0 ? sums[sums.length - 1][layer] : 0;
  return layerTitle(layer) + ": " + exact(all) + " " + unit + parts.map((part) => "; " + part[0] + " " + exact(part[1])).join("");
}

/* Arrow keys go from layer to layer. */
function stepLayer(step) {
  return () => {
    const n = data.layers.rows.length;
    selectLayer(selection.layer < 0 ? (step > 0 ? 0 : n - 1) : Math.max(0, Math.min(n - 1, selection.layer + step)));
  };
}

function makeBars(id, series, unit, scale = 1) {
  const sums = stack(series, scale), n = data.layers.rows.length;
  const draw = uPlot.paths.bars({ size: [0.9, Infinity], gap: 0 });
  makeChart(id, (tell) => ({
    height: 340, whole: [-0.5, n - 0.5], least: 1,
    hint: "Drag to zoom, click a layer for all its results; keys: \u2190 \u2192 layers, + \u2212 zoom, 0 all.",
    /* The highest sums first: each is drawn over by those below it. */
    data: [data.layers.rows.map((_, layer) => layer), ...sums.slice().reverse()],
    click: (plot) => plot.cursor.idx !== null && plot.cursor.left >= 0 && selectLayer(plot.cursor.idx),
    keys: { ArrowLeft: stepLayer(-1), ArrowRight: stepLayer(1) },
    options: {
      scales: { x: { time: false, range: (_, min, max) => [min === null ? -0.5 : min, max === null ? n - 0.5 : max] },
                y: { range: (_, min, max) => [0, (max || 1) * 1.04] } },
      axes: [axis("layer", { size: 34, labelSize: 22, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] }), axis(unit, { size: 76 })],
      series: [{}, ...series.slice().reverse().map((one) => ({
        label: one.label, fill: () => colour(one.slot), stroke: () => colour(one.slot), width: 0, paths: draw, points: { show: false } }))],
      cursor: { drag: { x: true, y: false }, y: false, points: { show: false } },
      hooks: {
        init: [(plot) => plot.setScale("x", { min: -0.5, max: n - 0.5 })],
        setCursor: [(plot) => {
          if (plot.cursor.idx !== null && plot.cursor.idx !== undefined)
            tell(barsReadout(series, sums, plot.cursor.idx, unit));
        }],
        draw: [(plot) => selection.layer >= 0 && drawMark(plot, selection.layer - 0.5, selection.layer + 0.5)],
      },
    },
  }));
  selection.listeners.push((layer) => layer >= 0 && charts[id] && (charts[id].readout.textContent = barsReadout(series, sums, layer, unit)));
}

/* uPlot leaves out what there is no room for. */
function logTexts(_, ticks) {
  return ticks.map((tick) => tick === null ? "" : short(tick));
}

/* ---- points on logarithmic axes ---- */

/* The point nearest to the cursor, at most 30 px away; or null. */
function nearest(plot, points) {
  let best = null, least = 30;
  for (const point of points) {
    const distance = Math.hypot(plot.valToPos(point.x, "x") - plot.cursor.left, plot.valToPos(point.y, "y") - plot.cursor.top);
    if (distance < least)
      [best, least] = [point, distance];
  }
  return best;
}

function drawPoints(plot, points) {
  const { ctx, bbox } = plot, ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const point of points) {
    const chosen = point.layer === selection.layer;
    ctx.beginPath();
    ctx.arc(plot.valToPos(point.x, "x", true), plot.valToPos(point.y, "y", true), (chosen ? 8 : 5) * ratio, 0, 2 * Math.PI);
    ctx.fillStyle = colour(point.slot);
    ctx.strokeStyle = colour(chosen ? "mark" : "back");
    ctx.lineWidth = (chosen ? 3 : 1) * ratio;
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}

/* Whole steps of 1, 2, 5 around the values. */
function widen(values) {
  const steps = [];
  for (let power = -9; power < 19; power++)
    for (const digit of [1, 2, 5])
      steps.push(digit * 10 ** power);
  const min = Math.min(...values), max = Math.max(...values) * 1.05;
  return [steps.filter((step) => step <= min / 1.05).pop(), steps.find((step) => step >= max)];
}

/* Goes to the next of the points in the order of the x axis. */
function stepPoint(points, step) {
  return () => {
    const at = points.findIndex((point) => point.layer === selection.layer);
    selectLayer(points[at < 0 ? 0 : Math.max(0, Math.min(points.length - 1, at + step))].layer);
  };
}

/* @lines: [x, y, x, y, slot, dashed]; @ends: values that the axes are to reach, too. */
function makePoints(id, points, settings) {
  if (points.length === 0)
    return;
  points.sort((a, b) => a.x - b.x || a.layer - b.layer);
  const x = widen([...points.map((point) => point.x), ...settings.ends.x]);
  const y = widen([...points.map((point) => point.y), ...settings.ends.y]);
  const bottom = settings.square ? [Math.min(x[0], y[0]), Math.max(x[1], y[1])] : null;
  const [xs, ys] = bottom ? [bottom, bottom] : [x, y];
  const describe = (point) => layerTitle(point.layer) + ": " + settings.describe(point);
  makeChart(id, (tell) => ({
    height: 440, whole: xs, least: 0,
    hint: "Drag to zoom, click a layer for all its results; keys: \u2190 \u2192 layers, + \u2212 zoom, 0 all.",
    data: [points.map((point) => point.x), points.map((point) => point.y)],
    keys: { ArrowLeft: stepPoint(points, -1), ArrowRight: stepPoint(points, 1) },
    click: (plot) => {
      const point = nearest(plot, points);
      if (point)
        selectLayer(point.layer);
    },
    options: {
      scales: { x: { time: false, distr: 3, range: (_, min, max) => min === null || min <= 0 ? xs : [min, max] },
                y: { distr: 3, range: () => ys } },
      axes: [axis(settings.x, { size: 34, labelSize: 22, values: logTexts }), axis(settings.y, { size: 76, values: logTexts })],
      series: [{}, { paths: () => null, points: { show: false } }],
      cursor: { drag: { x: true, y: false }, points: { show: false } },
      hooks: {
        init: [(plot) => plot.setScale("x", { min: xs[0], max: xs[1] })],
        setCursor: [(plot) => {
          const point = plot.cursor.left >= 0 ? nearest(plot, points) : null;
          if (point)
            tell(describe(point));
        }],
        draw: [(plot) => { settings.lines(xs, ys).forEach((line) => drawLine(plot, line)); drawPoints(plot, points); }],
      },
    },
  }));
  selection.listeners.push((layer) => {
    const point = points.find((one) => one.layer === layer);
    if (point && charts[id])
      charts[id].readout.textContent = describe(point);
  });
}

function drawLine(plot, [x0, y0, x1, y1, slot, dashed]) {
  const { ctx, bbox } = plot, ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.beginPath();
  ctx.moveTo(plot.valToPos(x0, "x", true), plot.valToPos(y0, "y", true));
  ctx.lineTo(plot.valToPos(x1, "x", true), plot.valToPos(y1, "y", true));
  ctx.strokeStyle = colour(slot);
  ctx.lineWidth = 2 * ratio;
  ctx.setLineDash(dashed ? [6 * ratio, 4 * ratio] : []);
  ctx.stroke();
  ctx.restore();
}

function makeRoofline() {
  const { macs, port_bytes: ports, dram_bytes: dram } = data.limits;
  const bytes = data.moved_bytes;
  const [work, cycles] = ["macs", "total_cycles"].map((name) => valuesOf(data.layers, name));
  const points = work.map((value, layer) => ({ layer, x: value / bytes[layer], y: value / cycles[layer], slot: "compute1" }))
    .filter((point) => point.x > 0 && point.y > 0 && isFinite(point.x));
  /* The roof of @bytes in a cycle, within @xs. */
  const roof = (xs, limit, slot, dashed) => {
    const knee = macs / limit;
    return [[xs[0], xs[0] * limit, knee, macs, slot, dashed], [knee, macs, Math.max(xs[1], knee), macs, slot, dashed]];
  };
  makePoints("roofline", points, {
    x: "MAC per byte of DRAM traffic", y: "MAC per cycle", ends: { x: [macs / ports], y: [macs] },
    describe: (point) => exact(point.x) + " MAC/byte, " + exact(point.y) + " MAC/cycle, "
      + exact(100 * point.y / Math.min(macs, point.x * (dram || ports))) + " % of the roof",
    lines: (xs) => [...roof(xs, ports, "text", false), ...(dram > 0 ? roof(xs, dram, "stall2", true) : [])],
  });
}

function makeValidation() {
  if (!data.validation)
    return;
  const [unit, layer, estimated, simulated, cause] = ["unit", "layer", "estimated_total_cycles", "simulated_total_cycles", "cause"]
    .map((name) => valuesOf(data.validation, name));
  const points = unit.map((name, i) => ({ layer: layer[i], x: estimated[i], y: simulated[i], cause: cause[i],
                                          slot: name === "pe_array" ? "compute1" : "stall1" }))
    .filter((point) => point.x > 0 && point.y > 0);
  makePoints("validation", points, {
    x: "estimated cycles", y: "simulated cycles", square: true, ends: { x: [], y: [] },
    describe: (point) => "estimated " + exact(point.x) + ", simulated " + exact(point.y) + " cycles ("
      + (point.y >= point.x ? "+" : "") + (100 * (point.y / point.x - 1)).toFixed(3) + " %): " + point.cause,
    lines: (xs) => [[xs[0], xs[0], xs[1], xs[1], "text", false]],
  });
}
