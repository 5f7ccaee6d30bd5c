/* Without uPlot the drawings stay; the table works all the same. */
makePanel();
makeTable();
if (typeof uPlot === "function") {
  makeBars("time", data.time, "cycles");
  makeBars("traffic", data.traffic, "bytes");
  makeRoofline();
  makeTimeline();
  makeValidation();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const id in charts)
      charts[id].redraw(true); /* paths keep their colours */
  });
}
