// Multi-Region Access Point requests: when each was made, and how far it has come in each Region.

const REQUEST_STATES = ["fail", "unknown", "none", "pass"];
const REQUEST_WORDS = {fail: "Failed", unknown: "Not finished", none: "Not known", pass: "Succeeded"};
const REQUEST_SHAPES = {fail: "x", unknown: "diamond", none: "circle-open", pass: "circle"};

// S3's own words are kept beside this; what is not known is never green.
function moodOf(status) {
  const word = status.toUpperCase();
  if (!word) return "none";
  if (word.includes("FAIL")) return "fail";
  return ["SUCCEEDED", "SUCCESS", "COMPLETED"].includes(word) ? "pass" : "unknown";
}

const REQUESTS = DATA.requests.map((row) => {
  const [resource, name, account, token, accessPoint, operation, state, status, created] = [row[0], ...row.slice(1, 9).map(text)];
  const regions = row[9].map(([region, said]) => ({name: text(region), status: text(said), state: moodOf(text(said))}));
  const mood = state === "UNKNOWN" ? "unknown" : moodOf(state);
  return {resource, name, account, token, accessPoint, operation, state, status, created, regions, mood};
});

function requestRow(request) {
  const cell = (label, ...children) => make("td", {role: "cell", "data-label": label}, ...children);
  const regions = request.regions.map(({name, status, state}) =>
    make("li", {class: `place s-${state}`}, make("span", {class: "sign", "aria-hidden": "true"}, SIGNS[state]), make("strong", {}, name), ` ${status || "not known"}`),
  );
  return make(
    "tr",
    {role: "row", class: `s-${request.mood}`},
    cell("Made", request.created ? make("time", {datetime: request.created}, request.created.replace("T", " ").replace("Z", " UTC")) : "not known"),
    cell(
      "Request",
      make("span", {class: "strong break"}, request.operation || "not known"),
      make("span", {class: "quiet under break"}, request.name),
      make(
        "details",
        {},
        make("summary", {}, "Token", make("span", {class: "unseen"}, ` of ${request.name}`)),
        code(request.token || "not known"),
        request.account ? make("span", {class: "under"}, `account ${request.account}`) : null,
      ),
    ),
    cell("Access point", make("span", {class: "break"}, request.accessPoint || "not known")),
    cell("State", badge(request.mood, request.state || "not asked"), request.status && request.status !== request.state ? make("span", {class: "quiet under"}, request.status) : null),
    cell("Regions", regions.length ? make("ul", {class: "regions"}, ...regions) : make("span", {class: "quiet"}, "S3 named none")),
  );
}

function startTimeline() {
  const rows = byId("requests");
  if (rows) rows.append(...REQUESTS.map(requestRow));
}
