// The map as a tree: a line is made when the one above it is unfolded, since there can be ten thousand.
// Keys and roles follow the tree pattern of the ARIA Authoring Practices Guide.

const SMALL = 60; // a map of so many lines is shown in full
const UNFOLDED = 1000; // the most lines that "Unfold all" makes at once

const tree = {root: byId("tree"), chosen: null, typed: "", timer: 0};
const lines = new Map();

function roleWords(place) {
  return place.role ? shortRole(place.role) : "role not known";
}

function overlapWords(place) {
  const words = [];
  for (const twin of place.twins) words.push(`same scope as ${LOCATIONS[twin].name}`);
  if (place.by >= 0) words.push(`inside ${LOCATIONS[place.by].scope}`);
  return words;
}

function changeWords(place) {
  const names = {locationScope: "scope", iamRoleArn: "role"};
  return place.changes.map(({field, drift}) => `${names[field] || field} ${drift ? "drifted" : "changes"}`);
}

function lineWords(node) {
  const place = node.location >= 0 ? LOCATIONS[node.location] : null;
  const words = [nodeName(node), locationWord(node.state)];
  if (place && node.kind !== "location") words.push(place.name);
  if (place) words.push(roleWords(place), place.live ? "live" : "declared", ...overlapWords(place), ...changeWords(place));
  if (node.children.length) words.push(count(node.count, "location"));
  return words.join(", ");
}

function lineOf(index, level, position, size) {
  const node = NODES[index];
  const place = node.location >= 0 ? LOCATIONS[node.location] : null;
  const overlaps = place ? overlapWords(place) : [];
  const marks = [
    place ? tag(place.live ? "live" : "declared") : null,
    ...overlaps.slice(0, 2).map((words) => tag(words, "advisory")),
    overlaps.length > 2 ? tag(`${count(overlaps.length - 2, "more overlap")}`, "advisory") : null,
    ...(place ? changeWords(place).map((words) => tag(words, "unknown")) : []),
  ].filter(Boolean);
  const parts = [
    make("span", {class: "twist"}, node.children.length ? "\u25B8" : ""),
    make("span", {class: `sign s-${node.state}`}, SIGNS[node.state]),
    make(
      "span",
      {class: "body"},
      make("span", {class: `label ${node.kind}`}, nodeName(node)),
      place && node.kind !== "location" ? make("span", {class: "quiet name"}, place.name) : null,
      place ? make("span", {class: "role", title: place.role}, roleWords(place)) : null,
      ...marks,
    ),
    make("span", {class: `word s-${node.state}`}, locationWord(node.state)),
    make("span", {class: "quiet number"}, node.children.length ? node.count.toLocaleString("en-US") : ""),
  ];
  const line = make(
    "li",
    {
      role: "treeitem",
      "aria-level": level,
      "aria-setsize": size,
      "aria-posinset": position + 1,
      "aria-expanded": node.children.length ? "false" : null,
      "aria-selected": "false",
      "aria-label": lineWords(node),
      "data-node": index,
      tabindex: "-1",
    },
    make("div", {class: "branch", "aria-hidden": "true"}, ...parts),
  );
  lines.set(index, line);
  return line;
}

const numberOf = (line) => Number(line.dataset.node);
const levelOf = (line) => Number(line.getAttribute("aria-level"));
const isOpen = (line) => line.getAttribute("aria-expanded") === "true";

function unfold(line) {
  if (line.getAttribute("aria-expanded") !== "false") return;
  let group = line.querySelector(":scope > ul");
  if (!group) {
    const {children} = NODES[numberOf(line)];
    const made = children.map((child, position) => lineOf(child, levelOf(line) + 1, position, children.length));
    group = make("ul", {role: "group"});
    for (const child of made) group.append(child);
    line.append(group);
  }
  group.hidden = false;
  line.setAttribute("aria-expanded", "true");
  line.querySelector(".twist").textContent = "\u25BE";
}

function fold(line) {
  if (!isOpen(line)) return;
  line.querySelector(":scope > ul").hidden = true;
  line.setAttribute("aria-expanded", "false");
  line.querySelector(".twist").textContent = "\u25B8";
}

const above = (line) => line.parentElement.closest("[role=treeitem]");

// The line that is read after this one, among those that are unfolded.
function after(line) {
  if (isOpen(line)) return line.querySelector(":scope > ul > li");
  for (let here = line; here; here = above(here)) {
    if (here.nextElementSibling) return here.nextElementSibling;
  }
  return null;
}

function lastIn(line) {
  let here = line;
  while (isOpen(here)) here = here.querySelector(":scope > ul").lastElementChild;
  return here;
}

const before = (line) => (line.previousElementSibling ? lastIn(line.previousElementSibling) : above(line));

function focusLine(line) {
  if (!line) return;
  for (const old of tree.root.querySelectorAll('[tabindex="0"]')) old.setAttribute("tabindex", "-1");
  line.setAttribute("tabindex", "0");
  line.focus();
}

// Makes every line on the way down to a node.
function reveal(index) {
  const way = [];
  for (let here = index; here >= 0; here = NODES[here].parent) way.unshift(here);
  for (const step of way.slice(0, -1)) unfold(lines.get(step));
  return lines.get(index);
}

function pathOf(index) {
  const node = NODES[index];
  const place = node.location >= 0 ? LOCATIONS[node.location] : null;
  if (place) return place.scope || place.name;
  const words = [];
  for (let here = index; here >= 0; here = NODES[here].parent) words.unshift(nodeName(NODES[here]));
  return words.join(" \u203A ");
}

// By resource the names of those of its things that are meant, or null for the resource with everything in it.
function meant(places) {
  const found = new Map();
  for (const {resource, name} of places) {
    if (name === RESOURCES[resource].name) found.set(resource, null);
    else if (!found.has(resource)) found.set(resource, new Set([name]));
    else if (found.get(resource)) found.get(resource).add(name);
  }
  return found;
}

// Limits the findings to a part of the map; null is everything.
function chooseNode(index) {
  for (const old of tree.root ? tree.root.querySelectorAll('[aria-selected="true"]') : []) old.setAttribute("aria-selected", "false");
  tree.chosen = index;
  wanted.within = null;
  wanted.place = "";
  if (index !== null) {
    lines.get(index).setAttribute("aria-selected", "true");
    const inside = NODES.slice(index, NODES[index].end).filter((node) => node.location >= 0);
    wanted.within = meant(inside.map((node) => LOCATIONS[node.location]));
    wanted.place = pathOf(index);
  }
  showWithin();
  showChosen();
  refresh();
}

function showChosen() {
  const box = byId("chosen");
  if (!box) return;
  if (tree.chosen === null) {
    const overlapping = LOCATIONS.filter((place) => place.by >= 0 || place.twins.length).length;
    box.replaceChildren(
      make("p", {class: "said"}, `${count(LOCATIONS.length, "location")}, ${overlapping ? `${overlapping.toLocaleString("en-US")} of them overlapping another` : "none of them overlapping another"}.`),
      make("p", {class: "quiet"}, "Nothing is chosen: the findings below are those of everything."),
    );
    return;
  }
  const node = NODES[tree.chosen];
  const found = FINDINGS.filter(isWithin);
  const telling = weigh(found.filter((one) => TELLING.includes(one.state)));
  box.replaceChildren(
    make("p", {class: "marks"}, badge(node.state, locationWord(node.state)), make("strong", {class: "break"}, nodeName(node))),
    make("dl", {class: "facts"}, ...(node.location >= 0 ? placeFacts(LOCATIONS[node.location]) : [fact("Holds", count(node.count, "location"))])),
    make(
      "p",
      {},
      make("a", {href: "#findings"}, `${count(weigh(found), "finding")}, ${telling.toLocaleString("en-US")} of them telling`),
      " ",
      make("button", {type: "button", class: "plain", on: {click: () => chooseNode(null)}}, "Clear"),
    ),
  );
}

function placeFacts(place) {
  return [
    fact("Location", place.name),
    fact("Scope", code(place.scope) || "not known yet"),
    fact("Role", code(place.role) || "not known yet"),
    fact("Account", place.account || "not known"),
    fact("Region", place.region || "not known"),
    fact("Seen", place.live ? "live, as AWS has it" : "as the program declares it"),
    fact("Overlaps", overlapWords(place).join("; ")),
    ...place.changes.map(({field, before: was, after: is, drift}) =>
      fact(drift ? "Drift" : "Change", code(field), ": ", code(was || "(nothing)"), " \u2192 ", code(is || "(nothing)")),
    ),
  ].filter(Boolean);
}

function typeAhead(letter, line) {
  clearTimeout(tree.timer);
  tree.timer = setTimeout(() => {
    tree.typed = "";
  }, 700);
  tree.typed += letter.toLowerCase();
  let here = tree.typed.length > 1 ? line : after(line) || tree.root.firstElementChild;
  for (let steps = 0; steps < lines.size; steps += 1) {
    if (nodeName(NODES[numberOf(here)]).toLowerCase().startsWith(tree.typed)) {
      focusLine(here);
      return;
    }
    here = after(here) || tree.root.firstElementChild;
  }
}

const KEYS = {
  ArrowDown: (line) => focusLine(after(line)),
  ArrowUp: (line) => focusLine(before(line)),
  ArrowRight: (line) => (isOpen(line) ? focusLine(after(line)) : unfold(line)),
  ArrowLeft: (line) => (isOpen(line) ? fold(line) : focusLine(above(line))),
  Home: () => focusLine(tree.root.firstElementChild),
  End: () => focusLine(lastIn(tree.root.lastElementChild)),
  Enter: (line) => chooseNode(numberOf(line)),
  " ": (line) => chooseNode(numberOf(line)),
  Escape: () => chooseNode(null),
  "*": (line) => [...line.parentElement.children].forEach(unfold),
};

function startTree() {
  if (!tree.root) return;
  const tops = NODES.filter(({parent}) => parent < 0);
  tops.forEach(({index}, position) => tree.root.append(lineOf(index, 1, position, tops.length)));
  const small = NODES.length <= SMALL;
  for (const node of NODES.slice(0, SMALL * 4)) {
    const first = node.kind === "account" || node.kind === "region";
    if (lines.has(node.index) && (small || first)) unfold(lines.get(node.index));
  }
  tree.root.firstElementChild.setAttribute("tabindex", "0");
  tree.root.addEventListener("click", (event) => {
    const line = event.target.closest("[role=treeitem]");
    if (!line) return;
    focusLine(line);
    if (event.target.closest(".twist")) (isOpen(line) ? fold : unfold)(line);
    else {
      unfold(line);
      chooseNode(tree.chosen === numberOf(line) ? null : numberOf(line));
    }
  });
  tree.root.addEventListener("keydown", (event) => {
    const line = event.target.closest("[role=treeitem]");
    if (!line || event.ctrlKey || event.metaKey || event.altKey) return;
    if (KEYS[event.key]) KEYS[event.key](line);
    else if (event.key.length === 1) typeAhead(event.key, line);
    else return;
    event.preventDefault();
  });
  if (NODES.length > UNFOLDED) byId("unfold").textContent = `Unfold the first ${UNFOLDED.toLocaleString("en-US")}`;
  byId("unfold").addEventListener("click", () => {
    for (const node of NODES) {
      if (lines.size > UNFOLDED) break;
      if (lines.has(node.index)) unfold(lines.get(node.index));
    }
  });
  byId("fold").addEventListener("click", () => {
    for (const line of [...lines.values()].reverse()) {
      if (levelOf(line) > 2) fold(line);
    }
    focusLine(tree.root.firstElementChild);
  });
  const seen = ["error", "fail", "unknown", "advisory", "known", "waived", "none", "pass"].filter((state) => NODES.some((node) => node.state === state));
  byId("legend").append(...seen.map((state) => make("li", {}, badge(state, locationWord(state)))));
  showChosen();
}
