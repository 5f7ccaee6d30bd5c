/* What a reader of a report does, in headless Chromium: browser.cjs PLAYWRIGHT CHROMIUM DIRECTORY */
"use strict";

const [, , library, executablePath, directory] = process.argv;
const { chromium } = require(library);
const LAUNCH = { executablePath, args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"] };
const OF_ALL = ["time", "traffic", "roofline", "timeline"], OF_ENERGY = ["layer-energy", "power"];
const CHARTS = { few: [...OF_ALL, "validation"], many: OF_ALL, inference: [...OF_ALL, ...OF_ENERGY], training: [...OF_ALL, ...OF_ENERGY] };

let n = 0, failed = 0;
function check(good, what, more) {
  n++;
  failed += good ? 0 : 1;
  console.log((good ? "ok " : "not ok ") + n + " - " + what);
  if (!good && more !== undefined)
    console.log("# " + JSON.stringify(more));
}

function equal(got, expected, what) {
  check(JSON.stringify(got) === JSON.stringify(expected), what, { got, expected });
}

/* How many different colours a chart's canvas has that are neither text nor grid: those of its series. */
const drawnSlots = (page, id) => page.evaluate((chart) => {
  const canvas = charts[chart].ctx.canvas, copy = new OffscreenCanvas(canvas.width, canvas.height);
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
  const seen = new Set();
  for (let i = 0; i < pixels.length; i += 4)
    seen.add((pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2]);
  const slots = ["compute1", "compute2", "compute3", "stall1", "stall2", "stall3", "stall4", "other"];
  return slots.filter((slot) => seen.has(parseInt(colour(slot).slice(1), 16)));
}, id);

const scaleOf = (page, id) => page.evaluate((chart) => [charts[chart].scales.x.min, charts[chart].scales.x.max], id);
const selected = (page) => page.evaluate(() => selection.layer);
const settle = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

async function open(browser, name, options) {
  const context = await browser.newContext(options), page = await context.newPage(), problems = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("request", (request) => request.url().startsWith("file:") || problems.push(request.url()));
  page.on("dialog", (dialog) => { problems.push("dialog"); dialog.dismiss(); });
  await page.goto("file://" + directory + "/" + name + ".html");
  if (options.javaScriptEnabled !== false) /* frames are not told about without */
    await settle(page);
  return { page, problems };
}

async function checkDrawn(page, name, scheme) {
  equal(await page.evaluate(() => Object.keys(charts).sort()), CHARTS[name].slice().sort(), name + ", " + scheme + ": charts");
  for (const id of CHARTS[name]) {
    const slots = await drawnSlots(page, id);
    check(slots.length > 0, name + ", " + scheme + ": " + id + " is drawn", slots);
  }
  equal(await page.evaluate(() => [[0, 0.25, 0.5, 0.75, 1], [0, 2.5e6, 5e6, 7.5e6, 1e7], [0.001, 0.002], [7]].map(tickTexts)),
    [["0", "0.25", "0.5", "0.75", "1"], ["0", "2.5 M", "5 M", "7.5 M", "10 M"], ["0.001", "0.002"], ["7"]],
    name + ", " + scheme + ": axes say where they are");
  const series = await page.evaluate(() => data.time.map((one) => one.slot));
  const slots = await drawnSlots(page, "time");
  check(slots.length >= Math.min(series.length, 3), name + ", " + scheme + ": bars of several causes", { series, slots });
}

async function checkZoom(page, id) {
  const box = page.locator("#" + id + " .u-over"), whole = await scaleOf(page, id);
  await box.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await box.boundingBox();
  await page.mouse.move(x + width * 0.25, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.5, y + height / 2, { steps: 5 });
  await page.mouse.up();
  await settle(page);
  const zoomed = await scaleOf(page, id);
  check(zoomed[0] > whole[0] && zoomed[1] < whole[1], id + ": dragging zooms", { whole, zoomed });
  equal(await selected(page), -1, id + ": dragging selects nothing");
  await page.locator("#" + id + " .buttons button", { hasText: "all" }).click();
  await settle(page);
  equal(await scaleOf(page, id), whole, id + ": all of it again");
}

async function checkKeys(page, id) {
  const whole = await scaleOf(page, id);
  await page.locator("#" + id + " .chart").focus();
  await page.keyboard.press("+");
  await settle(page);
  const zoomed = await scaleOf(page, id);
  check(zoomed[0] > whole[0] && zoomed[1] < whole[1], id + ": + zooms", { whole, zoomed });
  await page.keyboard.press("0");
  await settle(page);
  equal(await scaleOf(page, id), whole, id + ": 0 shows all");
}

/* Clicks the bar of a layer; its results and its place in the timeline are shown. */
async function checkLayerClick(page, layer) {
  const whole = await scaleOf(page, "timeline");
  const at = await page.evaluate((i) => charts.time.valToPos(i, "x"), layer);
  await page.locator("#time .u-over").scrollIntoViewIfNeeded();
  await page.locator("#time .u-over").click({ position: { x: at, y: 40 } });
  await settle(page);
  equal(await selected(page), layer, "click: the layer is selected");
  const [names, cycles] = await page.evaluate(() => [valuesOf(data.layers, "name"), valuesOf(data.layers, "total_cycles")]);
  const panel = await page.locator("#layer").innerText();
  check(panel.includes(names[layer]) && panel.includes(cycles[layer].toLocaleString("en")), "click: its results", panel);
  equal(await page.locator("#layer-table tr.selected").count(), 1, "click: its row");
  const start = await page.evaluate((i) => valuesOf(data.layers, "start_cycle")[i], layer);
  const view = await scaleOf(page, "timeline");
  check(view[0] <= start && view[1] >= start + cycles[layer] && view[1] - view[0] < whole[1] - whole[0],
        "click: the timeline shows it", { view, start });
  await page.keyboard.press("Escape");
  equal(await selected(page), -1, "Escape: no layer");
  check(await page.locator("#layer").isHidden(), "Escape: no results");
  await page.evaluate(() => zoomOut(charts.timeline));
}

/* From the top by Tab alone: every chart, and names of layers by arrow keys. */
async function checkTabs(page, name) {
  const reached = new Set();
  await page.locator("nav a").first().focus();
  for (let i = 0; i < 200; i++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const here = document.activeElement, section = here.closest("section");
      return [here.className || here.tagName, section ? section.id : "", here.closest("tbody") !== null];
    });
    if (at[0] === "chart")
      reached.add(at[1]);
    if (at[2])
      break;
  }
  equal([...reached].sort(), CHARTS[name].slice().sort(), "Tab reaches every chart");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  equal(await selected(page), 2, "arrow keys and Enter select a layer in the table"); /* below the last one */
  await page.keyboard.press("Escape");
  await page.locator("#time .chart").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  equal(await selected(page), 1, "arrow keys select a layer in its chart");
  await page.keyboard.press("Escape");
}

async function checkSorting(page) {
  const column = await page.evaluate(() => columnOf(data.layers, "total_cycles"));
  const read = () => page.evaluate((i) => [...document.getElementById("layer-table").tBodies[0].rows].map((row) => Number(row.cells[i].textContent)), column);
  const before = await read(), button = page.locator("#layer-table thead th").nth(column).locator("button");
  await button.click();
  equal(await read(), before.slice().sort((a, b) => b - a), "sorting: the most first");
  await button.click();
  equal(await read(), before.slice().sort((a, b) => a - b), "sorting: the least first");
  await page.locator("#layer-table thead th button").first().click();
  await page.locator("#layer-table thead th button").first().click();
  equal(await read(), before, "sorting: program order");
}

/* The readout below the timeline says what the data say of the middle of the first unit's lane. */
async function checkReadout(page) {
  const box = page.locator("#timeline .u-over");
  await box.scrollIntoViewIfNeeded();
  await box.hover({ position: { x: 300, y: 66 } });
  await settle(page);
  const text = await page.locator("#timeline .readout").innerText();
  check(/^cycle [\d,]+, layer \d+ .*; pe_array: [a-z]/.test(text), "timeline: what is under the cursor", text);
}

/* The kinds of a track in any window are the states of its cycles: nothing is lost in drawing. */
async function checkTimelineSums(page, name) {
  const wrong = await page.evaluate(() => {
    const wrong = [];
    for (let track = 0; track < data.timeline.tracks.length; track++)
      for (let i = 0; i < 50; i++) {
        const from = data.cycles * i / 53, to = from + data.cycles * (i + 1) / 2000;
        const sum = kindsOf(data.timeline, track, from, to).reduce((a, b) => a + b, 0);
        if (Math.abs(sum - (to - from)) > 1e-6 * (to - from) + 1e-3)
          wrong.push([track, from, to, sum]);
      }
    return wrong;
  });
  equal(wrong, [], name + ": the states of each unit and port add up");
}

/* The drawings of energy: bars in the colours of the page, static energy hatched; all texts can be read. */
async function checkEnergyDrawn(page, what) {
  const drawn = await page.evaluate(() => {
    const fills = (query) => [...new Set([...document.querySelectorAll("#energy svg[role=img] " + query)].map((path) => getComputedStyle(path).fill))];
    const expected = (slot) => { const box = element("i"); box.style.color = colour(slot); document.body.append(box); const it = getComputedStyle(box).color; box.remove(); return it; };
    const slots = ["compute1", "compute2", "compute3", "stall1", "stall2"];
    return { fills: slots.map((slot) => fills("path." + slot)), colours: slots.map((slot) => [expected(slot)]),
             hatched: document.querySelectorAll("#energy svg[role=img] path.hatched").length, pattern: document.querySelectorAll("#energy pattern#hatch").length };
  });
  equal(drawn.fills, drawn.colours, what + ": bars of energy have their colours");
  check(drawn.hatched > 0 && drawn.pattern === 1, what + ": static energy is hatched", drawn);
  const poor = await page.evaluate(() => {
    const light = (text) => text.match(/[\d.]+/g).slice(0, 3).map((x) => x / 255).map((x) => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4)
      .reduce((sum, x, i) => sum + x * [0.2126, 0.7152, 0.0722][i], 0);
    const back = light(getComputedStyle(document.body).backgroundColor);
    return [...document.querySelectorAll("#energy :is(text, td, th, small, dd, dt, li), #power :is(text, p, li, .readout)")].map((one) => {
      const style = getComputedStyle(one), fore = light(one.namespaceURI.endsWith("svg") ? style.fill : style.color);
      return [one.textContent, (Math.max(fore, back) + 0.05) / (Math.min(fore, back) + 0.05)];
    }).filter((one) => one[1] < 4.5);
  });
  equal(poor, [], what + ": texts differ from the ground");
}

/* Readouts say what the file does: the energy of a layer, the power of a window and whose it is. */
async function checkEnergyReadouts(page, name) {
  const values = await page.evaluate(() => ({ pj: valuesOf(data.layers, "total_pj"), names: valuesOf(data.layers, "name"),
                                              unit: data.energy_unit, power: data.power }));
  await page.locator("#layer-energy .chart").focus();
  await page.keyboard.press("ArrowRight");
  const text = await page.locator("#layer-energy .readout").innerText();
  const shown = text.match(/: ([\d.,]+) (\w+)(?:; PEs [\d.]+)?(?:; \w+ [\d.]+)*$/);
  check(shown && shown[2] === values.unit.name && Math.abs(shown[1].replaceAll(",", "") / (values.pj[0] / values.unit.pj) - 1) < 1e-5,
        name + ": energy of a layer by keyboard", { text, pj: values.pj[0] });
  check((await page.locator("#layer").innerText()).includes("total_pj"), name + ": energy among the layer's results");
  await page.keyboard.press("Escape");
  const middle = (values.power.peak + 0.5) * values.power.every, around = 10 * values.power.every;
  await page.evaluate(([from, to]) => zoomTo(charts.power, from, to), [Math.max(middle - around, 0), middle + around]);
  await settle(page);
  const at = await page.evaluate((cycle) => charts.power.valToPos(cycle, "x"), middle);
  const box = page.locator("#power .u-over");
  await box.scrollIntoViewIfNeeded();
  await box.hover({ position: { x: at, y: 100 } });
  await settle(page);
  const readout = await page.locator("#power .readout").innerText(), { every, peak, mw } = values.power;
  check(readout.startsWith("cycles " + (peak * every).toLocaleString("en") + " to ") && readout.includes(": " + mw[peak].toFixed(1) + " mW: "),
        name + ": the window under the cursor", readout);
  const shares = [...readout.matchAll(/ ([\d.]+) %/g)].map((share) => Number(share[1]));
  check(Math.abs(shares.reduce((a, b) => a + b, 0) - 100) < 0.5, name + ": whose power it is", readout);
  await box.click({ position: { x: at, y: 100 } });
  await settle(page);
  const layer = await selected(page);
  check(layer >= 0 && readout.includes("layer " + layer + " "), name + ": a click selects the layer of that time", { layer, readout });
  const spans = await page.evaluate((i) => ["timeline", "power"].map((id) => [charts[id].scales.x.min <= layerSpans().starts[i],
                                                                              charts[id].scales.x.max >= layerSpans().ends[i]]), layer);
  equal(spans, [[true, true], [true, true]], name + ": timeline and power show the layer");
  await page.keyboard.press("Escape");
  await page.evaluate(() => { zoomOut(charts.timeline); zoomOut(charts.power); });
}

async function main() {
  const browser = await chromium.launch(LAUNCH);
  for (const [name, scheme, other] of [["few", "light", "dark"], ["many", "dark", "light"], ["inference", "light", "dark"],
                                       ["training", "dark", "light"]]) {
    const { page, problems } = await open(browser, name, { colorScheme: scheme, viewport: { width: 1200, height: 900 } });
    await checkDrawn(page, name, scheme);
    await checkTimelineSums(page, name);
    for (const id of CHARTS[name]) {
      await checkZoom(page, id);
      await checkKeys(page, id);
    }
    await checkLayerClick(page, 1);
    await checkTabs(page, name);
    await checkSorting(page);
    await checkReadout(page);
    if (CHARTS[name].includes("power")) {
      await checkEnergyDrawn(page, name + ", " + scheme);
      await checkEnergyReadouts(page, name);
    } else
      equal(await page.locator("#energy, #layer-energy, #power").count(), 0, name + ": nothing about energy");
    await page.emulateMedia({ colorScheme: other });
    await settle(page);
    await checkDrawn(page, name, "from " + scheme + " to " + other);
    if (CHARTS[name].includes("power"))
      await checkEnergyDrawn(page, name + ", from " + scheme + " to " + other);
    equal(problems, [], name + ", " + scheme + ": no errors, nothing from the network");
    await page.close();
  }
  for (const name of ["few", "training"]) {
    const { page, problems } = await open(browser, name, { viewport: { width: 400, height: 800 } });
    check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), name + ": a narrow window needs no scrolling sideways");
    equal(problems, [], name + ": a narrow window: no errors");
    await page.close();
  }
  await browser.close();
  const still = await chromium.launch(LAUNCH);
  const without = await open(still, "few", { javaScriptEnabled: false });
  equal(await without.page.locator("section .drawing > svg").count(), 6, "without JavaScript there are drawings");
  const energy = await open(still, "inference", { javaScriptEnabled: false });
  equal(await energy.page.locator(":is(#energy, #layer-energy, #power) .drawing > svg").count(), 4, "those of energy, too");
  await still.close();
  console.log("1.." + n);
  process.exit(failed > 0 ? 1 : 0);
}

main().catch((error) => {
  console.log("Bail out! " + error.stack.replaceAll("\n", "\n# "));
  process.exit(1);
});
