/* Without uPlot the drawings stay; the table works all the same. */
makePanel();
makeTable();
if (typeof uPlot === "function") {
  makeBars("time", data.time, "cycles");
  makeBars("traffic", data.traffic, "bytes");
  makeRoofline();
  if (data.energy)
    makeBars("layer-energy", data.energy, data.energy_unit.name, data.energy_unit.pj);
  makeTimeline();
  makePower();
  makeValidation();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const id in charts)
      charts[id].redraw(true); /* paths keep their colours */
  });
}
