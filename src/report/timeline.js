/* The timeline: a lane for the layers and for each unit and port, drawn for the cycles in view. */

const LANE = 44; /* [px] */

/* Of each track the ends and labels of its activities, which follow each other without a gap. */
function unpackActivities(timeline) {
  return timeline.activities.map((list) => {
    const n = list.length / 2, ends = new Float64Array(n), labels = new Uint16Array(n);
    let at = 0;
    for (let i = 0; i < n; i++) {
      at += list[2 * i];
      ends[i] = at;
      labels[i] = list[2 * i + 1];
    }
    return { ends, labels };
  });
}

/* The first of the ascending @ends that is after @cycle. */
function find(ends, cycle) {
  let low = 0, high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle] > cycle)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

/* Calls @add (label, kind, cycles) for what @track does from cycle @from to before @to. */
function eachState(timeline, track, from, to, add) {
  if (timeline.unpacked) {
    const { ends, labels } = timeline.unpacked[track];
    for (let i = find(ends, from); i < ends.length && (i === 0 || ends[i - 1] < to); i++) {
      const [label, kind] = timeline.labels[labels[i]];
      add(label, kind, Math.min(ends[i], to) - Math.max(i > 0 ? ends[i - 1] : 0, from));
    }
    return;
  }
  const first = Math.floor(from / timeline.every), last = Math.max(Math.ceil(to / timeline.every), first + 1);
  for (const state of timeline.states)
    if (state.track === track)
      for (let bin = first; bin < last && bin < state.sums.length; bin++)
        if (state.sums[bin] > 0) {
          /* Within a bin states are taken as spread evenly. */
          const share = Math.max(0, Math.min(to, (bin + 1) * timeline.every) - Math.max(from, bin * timeline.every)) / timeline.every;
          add(state.label, state.kind, state.sums[bin] * share);
        }
}

/* The cycles of each kind in one column. */
function kindsOf(timeline, track, from, to) {
  const kinds = new Float64Array(timeline.kinds.length);
  eachState(timeline, track, from, to, (_, kind, cycles) => { kinds[kind] += cycles; });
  return kinds;
}

function drawTrack(plot, timeline, track, top) {
  const { ctx, bbox } = plot, ratio = devicePixelRatio, { min, max } = plot.scales.x;
  const colours = timeline.kinds.map((kind) => colour(kind[0]));
  const bottom = top + (LANE - 6) * ratio, height = (LANE - 10) * ratio;
  const columns = Math.max(Math.round(bbox.width / ratio), 1), width = bbox.width / columns;
  for (let i = 0; i < columns; i++) {
    const from = min + (max - min) * i / columns, to = min + (max - min) * (i + 1) / columns;
    const kinds = kindsOf(timeline, track, from, to);
    let y = bottom;
    for (let kind = 0; kind < kinds.length - 1; kind++) { /* the last is idle: nothing */
      const part = kinds[kind] / (to - from) * height;
      if (part > 0) {
        ctx.fillStyle = colours[kind];
        ctx.fillRect(bbox.left + i * width, y - part, width + 0.5, part);
        y -= part;
      }
    }
  }
}

function drawName(plot, text, top) {
  const { ctx, bbox } = plot, ratio = devicePixelRatio;
  ctx.fillStyle = colour("text");
  ctx.font = 13 * ratio + "px system-ui, sans-serif";
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  ctx.fillText(text, bbox.left - 8 * ratio, top + LANE / 2 * ratio);
}

/* Layers as boxes, with their names where there is room. */
function drawLayers(plot, layers, top) {
  const { ctx, bbox } = plot, ratio = devicePixelRatio;
  ctx.font = 12 * ratio + "px system-ui, sans-serif";
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  for (let i = find(layers.ends, plot.scales.x.min); i < layers.ends.length && layers.starts[i] < plot.scales.x.max; i++) {
    const left = Math.max(plot.valToPos(layers.starts[i], "x", true), bbox.left);
    const end = Math.min(plot.valToPos(layers.ends[i], "x", true), bbox.left + bbox.width);
    const right = Math.max(end, i === selection.layer ? left + 3 * ratio : left); /* the selected one is always seen */
    ctx.fillStyle = colour(i === selection.layer ? "mark" : "panel");
    ctx.strokeStyle = colour("soft");
    ctx.fillRect(left, top + 6 * ratio, right - left, (LANE - 12) * ratio);
    if (right - left > 3 * ratio)
      ctx.strokeRect(left, top + 6 * ratio, right - left, (LANE - 12) * ratio);
    if (right - left > 40 * ratio) {
      ctx.save();
      ctx.beginPath();
      ctx.rect(left, top, right - left - 4 * ratio, LANE * ratio);
      ctx.clip();
      ctx.fillStyle = colour(i === selection.layer ? "back" : "text");
      ctx.fillText(layers.names[i], left + 4 * ratio, top + LANE / 2 * ratio);
      ctx.restore();
    }
  }
}

function drawTimeline(plot, timeline, layers) {
  const { ctx, bbox } = plot, ratio = devicePixelRatio;
  ctx.save();
  drawName(plot, "layers", bbox.top);
  drawLayers(plot, layers, bbox.top);
  timeline.tracks.forEach((name, track) => {
    const top = bbox.top + (track + 1) * LANE * ratio;
    drawName(plot, name, top);
    drawTrack(plot, timeline, track, top);
  });
  ctx.restore();
}

/* What is under the cursor: the layer, and the states of the lane. */
function timelineReadout(plot, timeline, layers) {
  const cycle = Math.max(0, Math.min(plot.posToVal(plot.cursor.left, "x"), data.cycles - 1));
  const lane = Math.floor(plot.cursor.top / LANE) - 1, layer = find(layers.ends, cycle);
  const width = (plot.scales.x.max - plot.scales.x.min) / Math.max(plot.bbox.width / devicePixelRatio, 1);
  let text = "cycle " + exact(Math.floor(cycle)) + (layer < layers.names.length ? ", layer " + layerTitle(layer) : "");
  if (lane >= 0 && lane < timeline.tracks.length) {
    const states = new Map();
    let all = 0;
    eachState(timeline, lane, cycle, cycle + Math.max(width, 1), (label, _, cycles) => {
      states.set(label, (states.get(label) || 0) + cycles);
      all += cycles;
    });
    text += "; " + timeline.tracks[lane] + ": " + [...states].sort((a, b) => b[1] - a[1])
      .map(([label, cycles]) => label.replaceAll("_", " ") + (states.size > 1 ? " " + (100 * cycles / all).toFixed(1) + " %" : "")).join(", ");
  }
  return text;
}

/* When layers begin and end, and what they are called. */
function layerSpans() {
  const [starts, totals, names] = ["start_cycle", "total_cycles", "name"].map((name) => valuesOf(data.layers, name));
  return { starts, ends: starts.map((start, i) => start + totals[i]), names };
}

function selectLayerAt(layers, cycle) {
  const layer = find(layers.ends, cycle);
  if (layer < layers.names.length)
    selectLayer(layer);
}

/* A chart over time shows the layer that is selected, with a bit of what is around it: at least two of @unit cycles. */
function followLayer(id, layers, unit) {
  selection.listeners.push((layer) => {
    const length = layer >= 0 ? layers.ends[layer] - layers.starts[layer] : 0;
    if (length > 0 && charts[id]) {
      const margin = Math.max(length * 0.1, 2 * unit);
      zoomTo(charts[id], layers.starts[layer] - margin, layers.ends[layer] + margin);
    }
  });
}

function makeTimeline() {
  const timeline = data.timeline, layers = layerSpans();
  if (timeline.activities)
    timeline.unpacked = unpackActivities(timeline);
  const resolution = timeline.unpacked ? "exact to the cycle, fill and drain as computation" : "in bins of " + exact(timeline.every) + " cycles";
  const all = Math.max(data.cycles, 1), height = (timeline.tracks.length + 1) * LANE;
  makeChart("timeline", (tell) => ({
    height: height + 56, whole: [0, all], least: timeline.unpacked ? 10 : 4 * timeline.every,
    hint: "Drag to zoom, click for the layer; keys: + \u2212 zoom, \u2190 \u2192 move, 0 all. Drawn from data " + resolution + ".",
    data: [[0, all], [null, null]],
    click: (plot) => selectLayerAt(layers, plot.posToVal(plot.cursor.left, "x")),
    options: {
      padding: [0, 16, 0, 0],
      scales: { x: { time: false, range: (_, min, max) => [min === null ? 0 : min, max === null ? all : max] }, y: { range: () => [0, 1] } },
      axes: [axis("cycle", { size: 34, labelSize: 22, space: 90 }), axis("", { size: 92, values: () => [], grid: { show: false }, ticks: { show: false }, label: undefined })],
      series: [{}, { paths: () => null, points: { show: false } }],
      cursor: { drag: { x: true, y: false }, points: { show: false } },
      hooks: {
        setCursor: [(plot) => { if (plot.cursor.left >= 0) tell(timelineReadout(plot, timeline, layers)); }],
        draw: [(plot) => drawTimeline(plot, timeline, layers)],
      },
    },
  }));
  followLayer("timeline", layers, timeline.every || 1);
}
