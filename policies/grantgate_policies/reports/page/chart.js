// The charts: the library is unpacked and run when the first of them comes into view, never before.

const charts = {library: null, drawn: []};

// The library reads a little markup in labels: what it gets is escaped for it.
const plain = (written) => written.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const cut = (written, most) => (written.length > most ? `${written.slice(0, most - 1)}\u2026` : written);

async function unpacked() {
  const packed = Uint8Array.from(atob(byId("library").textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

function loadLibrary() {
  charts.library ??= unpacked().then((script) => {
    document.head.append(make("script", {}, script));
    return window.Plotly;
  });
  return charts.library;
}

// The colour that a state has in the theme of the moment.
function colors(names) {
  const probe = make("span", {hidden: true});
  document.body.append(probe);
  const found = {};
  for (const name of names) {
    probe.style.color = `var(--${name})`;
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}

const OPTIONS = {displayModeBar: false, responsive: true, showTips: false, doubleClick: "reset"};
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Draws when the figure is first seen, and again when colours change.
function drawWhenSeen(figure, box, drawing) {
  if (!figure || !("DecompressionStream" in window)) return;
  const draw = async () => {
    const plotly = await loadLibrary();
    const {traces, layout} = drawing();
    const shades = colors(["ink", "quiet", "panel"]);
    await plotly.react(
      box,
      traces,
      {
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        font: {family: getComputedStyle(document.body).fontFamily, size: 12, color: shades.ink},
        margin: {l: 0, r: 0, t: 0, b: 0},
        hoverlabel: {bgcolor: shades.panel, font: {color: shades.ink}, align: "left"},
        ...layout,
      },
      OPTIONS,
    );
    box.dataset.drawn = "true";
    for (const leftOver of box.querySelectorAll("[tabindex]")) leftOver.removeAttribute("tabindex");
  };
  charts.drawn.push({box, draw});
  figure.hidden = false;
  const watch = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    draw().catch(() => {
      figure.hidden = true; // the tree and the tables say the same
    });
  });
  watch.observe(figure);
}

function redraw() {
  for (const {box, draw} of charts.drawn) {
    if (box.dataset.drawn) draw().catch(() => {});
  }
}

const worstOf = (nodes) => WORDS.states.find((state) => nodes.some((node) => node.state === state));

function mapDrawing() {
  const shades = colors([...Object.keys(SIGNS), "ink"]);
  const fills = colors(Object.keys(SIGNS).map((state) => `${state}-fill`));
  // Several accounts need one place to begin; the library would leave it blank.
  const tops = NODES.filter(({parent}) => parent < 0);
  const all = tops.length > 1 ? [{index: -1, kind: "all", written: "all accounts", state: worstOf(tops), count: LOCATIONS.length, parent: null, children: tops, location: -1}] : [];
  const nodes = [...all, ...NODES];
  const above = (parent) => (parent === null || (parent < 0 && !all.length) ? "" : String(parent));
  return {
    traces: [
      {
        type: "icicle",
        ids: nodes.map(({index}) => String(index)),
        parents: nodes.map(({parent}) => above(parent)),
        labels: nodes.map((node) => plain(cut(nodeName(node), 40))),
        values: nodes.map((node) => node.count),
        hovertext: nodes.map((node) => plain(cut(lineWords(node), 160))),
        hoverinfo: "text",
        text: nodes.map((node) => `${SIGNS[node.state]} ${locationWord(node.state)}`),
        textinfo: "label+text",
        branchvalues: "total",
        sort: false,
        maxdepth: 5 + all.length,
        textfont: {color: shades.ink},
        outsidetextfont: {color: shades.ink},
        insidetextfont: {color: shades.ink},
        tiling: {orientation: "h", pad: 1},
        pathbar: {visible: true, thickness: 22, edgeshape: "/"},
        marker: {
          colors: nodes.map((node) => fills[`${node.state}-fill`]),
          line: {color: nodes.map((node) => shades[node.state]), width: 1},
        },
      },
    ],
    layout: {height: 360, ...(calm() ? {transition: {duration: 0}} : {})},
  };
}

const SHORTEST = 60 * 60 * 1000;

// What the time axis shows; around a single moment the library would show thousandths of a second.
function timeRange(moments) {
  const known = moments.map((moment) => Date.parse(moment)).filter((moment) => !Number.isNaN(moment));
  const [first, last] = known.reduce(([low, high], moment) => [Math.min(low, moment), Math.max(high, moment)], [Infinity, -Infinity]);
  if (!known.length || last - first >= SHORTEST) return {};
  const middle = (first + last) / 2;
  return {range: [middle - SHORTEST / 2, middle + SHORTEST / 2].map((moment) => new Date(moment).toISOString())};
}

function timelineDrawing() {
  const dated = REQUESTS.filter(({created}) => created);
  const shades = colors([...Object.keys(SIGNS), "line", "quiet"]);
  const rows = [...new Set(dated.flatMap(({regions}) => (regions.length ? regions.map(({name}) => name) : ["(no Region)"])))].sort();
  const traces = REQUEST_STATES.map((state) => {
    const points = dated.flatMap((request) =>
      (request.regions.length ? request.regions : [{name: "(no Region)", status: request.status, state: request.mood}])
        .filter((region) => region.state === state)
        .map((region) => ({request, region})),
    );
    return {
      type: "scatter",
      mode: "markers",
      name: REQUEST_WORDS[state],
      x: points.map(({request}) => request.created),
      y: points.map(({region}) => rows.indexOf(region.name)),
      hovertext: points.map(({request, region}) => plain(`${request.operation} ${request.accessPoint}: ${region.name} ${region.status || "not known"}`)),
      hoverinfo: "text+x",
      marker: {color: shades[state], size: 13, symbol: REQUEST_SHAPES[state], line: {width: 1, color: shades[state]}},
    };
  }).filter((trace) => trace.x.length);
  return {
    traces,
    layout: {
      height: Math.min(420, 110 + rows.length * 34),
      margin: {l: 10, r: 10, t: 10, b: 40},
      showlegend: true,
      legend: {orientation: "h", y: 1.02, yanchor: "bottom", x: 0},
      xaxis: {type: "date", gridcolor: shades.line, linecolor: shades.line, zeroline: false, automargin: true, ...timeRange(dated.map(({created}) => created))},
      yaxis: {
        tickmode: "array",
        tickvals: rows.map((_, place) => place),
        ticktext: rows.map((name) => plain(cut(name, 24))),
        range: [rows.length - 0.5, -0.5],
        gridcolor: shades.line,
        zeroline: false,
        automargin: true,
        fixedrange: true,
      },
    },
  };
}

function startCharts() {
  const map = byId("map-chart");
  drawWhenSeen(byId("map-figure"), map, mapDrawing);
  const timeline = byId("timeline-chart");
  if (timeline && REQUESTS.some(({created}) => created)) drawWhenSeen(byId("timeline-figure"), timeline, timelineDrawing);
  if (!map) return;
  // The library's own events come with the drawing; until then there is nothing to click.
  new MutationObserver((_, watch) => {
    watch.disconnect();
    map.on("plotly_icicleclick", ({points}) => {
      const index = Number(points[0].id);
      if (!Number.isInteger(index) || !NODES[index]) return;
      reveal(index);
      chooseNode(index);
    });
  }).observe(map, {attributes: true, attributeFilter: ["data-drawn"]});
}
