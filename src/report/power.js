/* Power over time, drawn from the means of its windows, with the peak and the mean of the run. */

/* The label beside the peak, on the side where there is room. */
function drawPeak(plot, power) {
  const { ctx, bbox } = plot, ratio = devicePixelRatio, value = power.mw[power.peak];
  const start = power.peak * power.every, cycle = start + Math.min(power.every, data.cycles - start) / 2;
  if (cycle < plot.scales.x.min || cycle > plot.scales.x.max)
    return;
  const x = plot.valToPos(cycle, "x", true), y = plot.valToPos(value, "y", true);
  const left = x > bbox.left + bbox.width / 2;
  ctx.save();
  ctx.beginPath();
  ctx.arc(x, y, 5 * ratio, 0, 2 * Math.PI);
  ctx.fillStyle = colour("stall2");
  ctx.fill();
  ctx.fillStyle = colour("text");
  ctx.font = 13 * ratio + "px system-ui, sans-serif";
  ctx.textAlign = left ? "right" : "left";
  ctx.textBaseline = "middle";
  ctx.fillText("peak " + value.toFixed(1) + " mW, cycle " + exact(start), x + (left ? -9 : 9) * ratio, y);
  ctx.restore();
}

function drawPower(plot, power, layers) {
  drawLine(plot, [plot.scales.x.min, power.mean, plot.scales.x.max, power.mean, "stall2", true]);
  drawPeak(plot, power);
  if (selection.layer >= 0)
    drawMark(plot, layers.starts[selection.layer], layers.ends[selection.layer]);
}

/* The window under the cursor, and what takes how much of its power. */
function powerReadout(power, layers, cycle) {
  const i = Math.min(Math.floor(cycle / power.every), power.mw.length - 1), start = i * power.every;
  const layer = find(layers.ends, cycle);
  const parts = power.shares.filter((one) => one.of[i] > 0).map((one) => one.label + " " + (100 * one.of[i]).toFixed(1) + " %");
  return "cycles " + exact(start) + " to " + exact(Math.min(start + power.every, data.cycles) - 1)
    + (layer < layers.names.length ? ", layer " + layerTitle(layer) : "") + ": " + power.mw[i].toFixed(1) + " mW: " + parts.join(", ");
}

function makePower() {
  const power = data.power;
  if (!power || power.mw.length === 0)
    return;
  const layers = layerSpans(), n = power.mw.length, most = power.mw[power.peak] * 1.08 || 1;
  const at = (plot) => Math.max(0, Math.min(plot.posToVal(plot.cursor.left, "x"), data.cycles - 1));
  makeChart("power", (tell) => ({
    height: 320, whole: [0, data.cycles], least: 4 * power.every,
    hint: "Drag to zoom, click for the layer; keys: + \u2212 zoom, \u2190 \u2192 move, 0 all. Windows of " + exact(power.every) + " cycles.",
    data: [[...power.mw.map((_, i) => i * power.every), data.cycles], [...power.mw, power.mw[n - 1]]],
    click: (plot) => selectLayerAt(layers, plot.posToVal(plot.cursor.left, "x")),
    options: {
      padding: [null, 16, null, null], /* as wide as the timeline */
      scales: { x: { time: false, range: (_, min, max) => [min === null ? 0 : min, max === null ? data.cycles : max] },
                y: { range: () => [0, most] } },
      axes: [axis("cycle", { size: 34, labelSize: 22, space: 90 }), axis("mW", { size: 62 })],
      series: [{}, { stroke: () => colour("compute1"), width: 1, paths: uPlot.paths.stepped({ align: 1 }), points: { show: false } }],
      cursor: { drag: { x: true, y: false }, y: false, points: { show: false } },
      hooks: {
        setCursor: [(plot) => { if (plot.cursor.left >= 0) tell(powerReadout(power, layers, at(plot))); }],
        draw: [(plot) => drawPower(plot, power, layers)],
      },
    },
  }));
  followLayer("power", layers, power.every);
}
