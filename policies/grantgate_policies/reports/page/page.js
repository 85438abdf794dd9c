// Starts the page: what answers first is the table, then the map; charts wait until they are seen.

const THEMES = {light: "dark", dark: "light"};

function themeNow() {
  return document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
}

function startTheme() {
  const button = byId("theme");
  const told = () => {
    button.textContent = THEMES[themeNow()] === "dark" ? "Dark" : "Light";
    button.setAttribute("aria-label", `Switch to the ${THEMES[themeNow()]} theme`);
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = THEMES[themeNow()];
    told();
    redraw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    told();
    redraw();
  });
  told();
}

// A page that broke half-way must not look like one that has nothing more to show.
function tellBroken() {
  byId("broken").textContent = "A part of this page did not work in this browser: what it shows may not be everything.";
  byId("broken").hidden = false;
}

window.addEventListener("error", tellBroken);
window.addEventListener("unhandledrejection", tellBroken);
document.documentElement.dataset.script = "on";
startTheme();
startFindings();
refresh();
openLinked();
window.addEventListener("hashchange", openLinked);
document.documentElement.dataset.ready = "true";
performance.mark("grantgate-ready");
startTree();
startTimeline();
startPrinting();
window.addEventListener("load", startCharts);
