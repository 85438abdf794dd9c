// The findings: which of them are shown, in which order, and one page of them at a time.

const PAGE = 50;
const PRINTED = 1000;
const COLUMNS = [
  {key: "state", label: "Outcome", of: (one) => one.order},
  {key: "severity", label: "Severity", of: (one) => -one.severity},
  {key: "rule", label: "Rule", of: (one) => DATA.rules[one.rule].id},
  {key: "resource", label: "Resource", of: (one) => `${RESOURCES[one.resource].name}\u0000${one.item}`},
  {key: "message", label: "What", of: (one) => text(one.message)},
];

// Everything that decides what is shown; when a part of the map is chosen, `within` holds its resources, each with the
// names of those of its things that are meant, or with null for all of them.
const wanted = {states: new Set(), text: "", severity: "", rule: "", stack: "", within: null, place: ""};
const view = {sort: "", down: false, page: 0, size: PAGE, shown: FINDINGS, open: new Set()};

const haystacks = new Array(FINDINGS.length);

// The words of a finding in lower case; made when somebody first looks for any.
function haystack(one) {
  let found = haystacks[one.index];
  if (found === undefined) {
    const {urn, type, file} = RESOURCES[one.resource];
    const rule = DATA.rules[one.rule];
    found = [subject(one), urn, type, file, rule.id, rule.name, one.fingerprint, one.outcome]
      .concat([one.field, one.message, one.observed, one.expected, one.edit, one.waiver].map(text))
      .join("\n")
      .toLowerCase();
    haystacks[one.index] = found;
  }
  return found;
}

// What is said of a resource as a whole is said of everything in it.
function isWithin(one) {
  const names = wanted.within.get(one.resource);
  return names === null || (names !== undefined && (!one.item || names.has(subject(one))));
}

// How many things a finding counts for: no more than are chosen on the map.
function weight(one) {
  const names = wanted.within && wanted.within.get(one.resource);
  return names ? Math.min(one.things, names.size) : one.things;
}

const weigh = (some) => some.reduce((sum, one) => sum + weight(one), 0);

function matches(one, but) {
  if (but !== "states" && wanted.states.size && !wanted.states.has(one.state)) return false;
  if (wanted.severity !== "" && one.severity !== Number(wanted.severity)) return false;
  if (wanted.rule !== "" && one.rule !== Number(wanted.rule)) return false;
  if (wanted.stack !== "" && RESOURCES[one.resource].stack !== wanted.stack) return false;
  if (wanted.within && !isWithin(one)) return false;
  return !wanted.text || wanted.text.split(/\s+/).every((word) => haystack(one).includes(word));
}

function compare(a, b) {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}

// Chooses and sorts; the data's own order is what a reader cares about first.
function choose() {
  const shown = FINDINGS.filter((one) => matches(one, ""));
  const column = COLUMNS.find(({key}) => key === view.sort);
  if (column) {
    const keys = new Map(shown.map((one) => [one, column.of(one)]));
    const sign = view.down ? -1 : 1;
    shown.sort((a, b) => sign * compare(keys.get(a), keys.get(b)) || a.index - b.index);
  }
  view.shown = shown;
}

function refresh({keepPage = false} = {}) {
  choose();
  if (!keepPage) view.page = 0;
  showRows();
  showCounts();
  showStatus();
}

function showStatus() {
  const blocking = weigh(view.shown.filter((one) => one.blocks));
  const all = FINDINGS.reduce((sum, one) => sum + one.things, 0);
  byId("status").textContent =
    `${weigh(view.shown).toLocaleString("en-US")} of ${count(all, "finding")} shown` +
    (all === 0 ? "" : `, ${blocking.toLocaleString("en-US")} of them blocking`);
}

// The numbers on the buttons are those of the other filters' choice.
function showCounts() {
  const counts = {};
  for (const one of FINDINGS) {
    if (matches(one, "states")) counts[one.state] = (counts[one.state] || 0) + weight(one);
  }
  for (const button of byId("counts").children) {
    const {state} = button.dataset;
    button.querySelector("b").textContent = (counts[state] || 0).toLocaleString("en-US");
    button.setAttribute("aria-pressed", String(wanted.states.has(state)));
  }
}

function showRows() {
  const start = view.page * view.size;
  const rows = view.shown.slice(start, start + view.size).flatMap(rowsOf);
  if (!rows.length) {
    rows.push(make("tr", {role: "row"}, make("td", {role: "cell", colspan: COLUMNS.length, class: "empty"}, ...nothing())));
  }
  byId("rows").replaceChildren(...rows);
  for (const head of byId("columns").children) {
    const own = head.dataset.key === view.sort;
    head.setAttribute("aria-sort", own ? (view.down ? "descending" : "ascending") : "none");
  }
  showPager(start);
}

// What stands in an empty table; outcomes that are switched off are no reason to see nothing.
function nothing() {
  if (!FINDINGS.length) return ["There are no findings."];
  const others = weigh(FINDINGS.filter((one) => matches(one, "states")));
  if (!others) return ["No finding is like this. Reset the filters to see all of them."];
  const show = () => {
    wanted.states.clear();
    refresh();
    byId("findings").focus({preventScroll: true});
  };
  const words = `Show ${others === 1 ? "the one" : `the ${others.toLocaleString("en-US")}`} with other outcomes`;
  return ["No finding has the chosen outcomes. ", make("button", {type: "button", class: "plain", on: {click: show}}, words)];
}

function rowsOf(one) {
  const resource = RESOURCES[one.resource];
  const rule = DATA.rules[one.rule];
  const open = view.open.has(one.index);
  const id = `details-${one.index}`;
  const toggle = make(
    "button",
    {
      type: "button",
      class: "toggle",
      "aria-expanded": String(open),
      "aria-controls": open ? id : null,
      "data-finding": one.index,
      on: {click: () => turn(one)},
    },
    make("span", {class: "twist", "aria-hidden": "true"}, open ? "\u25BE" : "\u25B8"),
    badge(one.state),
    make("span", {class: "unseen"}, ` details of ${rule.id} on ${subject(one)}`),
  );
  const cell = (label, ...children) => make("td", {role: "cell", "data-label": label}, ...children);
  const row = make(
    "tr",
    {role: "row", class: `finding s-${one.state}`, id: `row-${one.fingerprint}`, on: {click: (event) => clicked(event, one)}},
    cell("Outcome", toggle, one.blocks ? tag("blocks", one.state) : null),
    cell("Severity", make("span", {class: `severity v${one.severity}`}, WORDS.severities[one.severity])),
    cell("Rule", make("span", {class: "strong", title: rule.name}, rule.id)),
    cell(
      "Resource",
      make("span", {class: "strong break"}, resource.name),
      one.item ? make("code", {class: "under"}, one.item) : null,
      one.things > 1 ? make("span", {class: "quiet under"}, count(one.things, "item")) : null,
      manyStacks() ? make("span", {class: "quiet under"}, resource.stack) : null,
    ),
    cell("What", make("span", {class: "break"}, text(one.message) || rule.summary)),
  );
  return open ? [row, make("tr", {role: "row", class: "details", id}, make("td", {role: "cell", colspan: COLUMNS.length}, detailsOf(one)))] : [row];
}

// The whole row opens a finding, but for what has a click of its own, and the end of selecting text.
function clicked(event, one) {
  const selection = getSelection();
  const selects = !selection.isCollapsed && selection.containsNode(event.currentTarget, true);
  if (!selects && !event.target.closest("a, button, summary, input, select")) turn(one);
}

function turn(one) {
  if (!view.open.delete(one.index)) view.open.add(one.index);
  showRows();
  const button = byId("rows").querySelector(`[data-finding="${one.index}"]`);
  if (button) button.focus();
}

function showPager(start) {
  const pages = Math.ceil(view.shown.length / view.size);
  const go = (page, focus) => {
    view.page = page;
    showRows();
    byId("findings").scrollIntoView({block: "start"});
    (byId(focus).disabled ? byId("findings") : byId(focus)).focus({preventScroll: true});
  };
  byId("pager").hidden = pages < 2;
  byId("pager").replaceChildren(
    make("button", {type: "button", class: "plain", id: "previous", disabled: view.page === 0, on: {click: () => go(view.page - 1, "previous")}}, "Previous"),
    make(
      "span",
      {class: "quiet"},
      `${(start + 1).toLocaleString("en-US")}\u2013${Math.min(start + view.size, view.shown.length).toLocaleString("en-US")} of ${view.shown.length.toLocaleString("en-US")}`,
    ),
    make("button", {type: "button", class: "plain", id: "next", disabled: view.page >= pages - 1, on: {click: () => go(view.page + 1, "next")}}, "Next"),
  );
}

const stacks = [...new Set(FINDINGS.map((one) => RESOURCES[one.resource].stack))].sort();
const manyStacks = () => stacks.length > 1;

function options(id, entries) {
  byId(id).append(...entries.map(([value, label]) => make("option", {value}, label)));
}

function firstStates() {
  return new Set(TELLING.filter((state) => FINDINGS.some((one) => one.state === state)));
}

function resetFilters() {
  Object.assign(wanted, {states: firstStates(), text: "", severity: "", rule: "", stack: "", within: null, place: ""});
  byId("filters").reset();
  showWithin();
}

function showWithin() {
  const line = byId("within");
  line.hidden = !wanted.within;
  line.replaceChildren(
    "Only what is on the map within ",
    make("strong", {class: "break"}, wanted.place),
    " ",
    make("button", {type: "button", class: "plain", id: "everywhere", on: {click: () => chooseNode(null)}}, "Show everywhere"),
  );
}

function startFindings() {
  byId("columns").append(
    ...COLUMNS.map(({key, label}) =>
      make(
        "th",
        {role: "columnheader", scope: "col", "data-key": key, "aria-sort": "none"},
        make("button", {type: "button", class: "sort", on: {click: () => sortBy(key)}}, label, make("span", {class: "arrow", "aria-hidden": "true"})),
      ),
    ),
  );
  for (const button of byId("counts").children) {
    const {state} = button.dataset;
    button.addEventListener("click", () => {
      if (!wanted.states.delete(state)) wanted.states.add(state);
      refresh();
    });
  }
  for (const link of document.querySelectorAll("[data-only]")) {
    link.addEventListener("click", () => {
      chooseNode(null);
      resetFilters();
      wanted.states = new Set([link.dataset.only]);
      refresh();
    });
  }
  const used = new Set(FINDINGS.map((one) => one.rule));
  options("severity", WORDS.severities.map((word, number) => [number, word]).reverse());
  options("rule", DATA.rules.map((rule, number) => [number, `${rule.id} ${rule.name}`]).filter(([number]) => used.has(number)).sort((a, b) => compare(a[1], b[1])));
  options("stack", stacks.map((stack) => [stack, stack]));
  byId("stack-label").hidden = !manyStacks();
  for (const id of ["severity", "rule", "stack"]) {
    byId(id).addEventListener("change", (event) => {
      wanted[id] = event.target.value;
      refresh();
    });
  }
  byId("text").addEventListener("input", (event) => {
    wanted.text = event.target.value.trim().toLowerCase();
    refresh();
  });
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("clear").addEventListener("click", () => {
    chooseNode(null);
    resetFilters();
    refresh();
  });
  resetFilters();
}

function sortBy(key) {
  if (view.sort !== key) Object.assign(view, {sort: key, down: false});
  else if (!view.down) view.down = true;
  else Object.assign(view, {sort: "", down: false});
  refresh();
}

// Opens the finding that an address names after its `#`; whatever filter would hide it is taken away. No element has
// that very id: the browser would take the focus to it when the page is loaded.
function openLinked() {
  const name = location.hash.slice(1);
  if (!name.startsWith("finding-")) return;
  const one = FINDINGS.find(({fingerprint}) => `finding-${fingerprint}` === name);
  if (!one) return;
  if (!matches(one, "")) {
    chooseNode(null);
    resetFilters();
    if (!wanted.states.has(one.state)) wanted.states.add(one.state);
  }
  view.open.add(one.index);
  choose();
  view.page = Math.floor(view.shown.indexOf(one) / view.size);
  refresh({keepPage: true});
  const row = byId(`row-${one.fingerprint}`);
  row.scrollIntoView({block: "center"});
  row.querySelector("button").focus({preventScroll: true});
}

// A printed page cannot be turned: it has as many rows as a reader may want on paper.
function startPrinting() {
  window.addEventListener("beforeprint", () => {
    Object.assign(view, {size: PRINTED, page: 0});
    showRows();
  });
  window.addEventListener("afterprint", () => {
    Object.assign(view, {size: PAGE, page: 0});
    showRows();
  });
}
