// What every part of the page shares: the data, the words for it, and elements made of text.

const DATA = JSON.parse(document.getElementById("data").textContent);
const {texts: TEXTS, words: WORDS} = DATA;

// Symbols that say the same as the colours do, and the words for them.
const SIGNS = Object.fromEntries(WORDS.states.map((state, place) => [state, WORDS.signs[place]]));
const NAMES = Object.fromEntries(WORDS.states.map((state, place) => [state, WORDS.names[place]]));
const NOT_JUDGED = "Not judged"; // what "none" means of a location: no rule looked at it
const TELLING = ["error", "fail", "unknown", "advisory", "known", "waived"];

const byId = (id) => document.getElementById(id);
const text = (number) => TEXTS[number];
const stateOf = (number) => WORDS.states[number];
const locationWord = (state) => (state === "none" ? NOT_JUDGED : NAMES[state]);
const count = (number, noun) => `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;

// Makes an element. Children are elements or texts, and texts become text nodes: nothing here reads markup.
function make(tag, members, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(members || {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "on") {
      for (const [event, heard] of Object.entries(value)) made.addEventListener(event, heard);
    } else {
      made.setAttribute(name, value === true ? "" : String(value));
    }
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

// The symbol and the word of a state, in its colour.
function badge(state, word) {
  return make(
    "span",
    {class: `badge s-${state}`},
    make("span", {class: "sign", "aria-hidden": "true"}, SIGNS[state]),
    word || NAMES[state],
  );
}

const tag = (words, state) => make("span", {class: state ? `tag s-${state}` : "tag"}, words);

// A term and what belongs to it, for a description list; nothing when there is nothing.
function fact(term, ...what) {
  const children = what.filter((one) => one !== null && one !== "" && one !== undefined);
  return children.length ? make("div", {}, make("dt", {}, term), make("dd", {}, ...children)) : null;
}

const code = (written) => (written ? make("code", {}, written) : null);

function shortRole(role) {
  const start = role.indexOf(":role/");
  return start < 0 ? role : role.slice(start + ":role/".length);
}

// The rows of the data under the names that the rest of the page uses.
const FINDINGS = DATA.findings.map((row, index) => ({
  index,
  rule: row[0],
  state: stateOf(row[1]),
  order: row[1],
  severity: row[2],
  resource: row[3],
  blocks: (row[4] & 1) === 1,
  quiet: (row[4] & 2) === 2,
  level: WORDS.levels[row[5]],
  outcome: WORDS.outcomes[row[6]],
  field: row[7],
  message: row[8],
  observed: row[9],
  expected: row[10],
  edit: row[11],
  waiver: row[12],
  fingerprint: row[13],
  item: row[14] ? text(row[14]) : "",
  things: row[15] || 1,
}));
const RESOURCES = DATA.resources.map((row) => ({
  urn: text(row[0]),
  name: text(row[1]),
  type: text(row[2]),
  stack: text(row[3]),
  file: text(row[4]),
  line: row[5],
}));
const LOCATIONS = DATA.locations.map((row, index) => ({
  index,
  resource: row[0],
  name: text(row[1]),
  account: text(row[2]),
  region: text(row[3]),
  scope: text(row[4]),
  role: text(row[5]),
  live: row[6] === 1,
  by: row[7],
  twins: row[8],
  changes: [],
}));
for (const [location, field, before, after, drift] of DATA.changes) {
  LOCATIONS[location].changes.push({
    field: text(field),
    before: text(before),
    after: text(after),
    drift: drift === 1,
  });
}
const KINDS = ["account", "region", "every", "bucket", "prefix", "location", "unread"];
const NODES = DATA.nodes.map((row, index) => ({
  index,
  parent: row[0],
  kind: KINDS[row[1]],
  written: text(row[2]),
  location: row[3],
  state: stateOf(row[4]),
  count: row[5],
  end: row[6],
  children: [],
}));
for (const node of NODES) {
  if (node.parent >= 0) NODES[node.parent].children.push(node.index);
}

// What a finding is about: the resource, or one of the many things in it.
function subject(one) {
  const {name} = RESOURCES[one.resource];
  return one.item ? `${name}[${one.item}]` : name;
}

// What a line of the map is called.
function nodeName(node) {
  if (node.written) return node.written;
  if (node.kind === "account") return "account not known";
  if (node.kind === "region") return "Region not known";
  return "scope not known, or none that S3 could read";
}
