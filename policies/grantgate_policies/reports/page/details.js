// Everything that is known of one finding.

function detailsOf(one) {
  const resource = RESOURCES[one.resource];
  const rule = DATA.rules[one.rule];
  const marks = [
    one.state === "known" ? tag(`in the baseline: ${one.outcome}`) : null,
    one.quiet ? tag("may pass") : null,
  ].filter(Boolean);
  return make(
    "div",
    {class: `sheet s-${one.state}`},
    marks.length ? make("p", {class: "marks"}, ...marks) : null,
    make("p", {class: "said"}, text(one.message) || rule.summary),
    make(
      "dl",
      {class: "facts"},
      ...[
        fact("Fix", text(one.edit) || rule.fix),
        fact("Waived by", text(one.waiver)),
        fact("Field", code(text(one.field))),
        fact("Is", code(text(one.observed))),
        fact("Should be", code(text(one.expected))),
        fact("Rule", `${rule.id} ${rule.name}: ${rule.summary}`),
        fact("Why", rule.why),
        fact("Page", pageLink(rule)),
        fact("Level", `${one.level}, severity ${WORDS.severities[one.severity]}`),
        fact("Declared", resource.file ? code(`${resource.file}:${resource.line}`) : null),
        fact("Item", code(one.item)),
        fact("Items", one.things > 1 ? one.things.toLocaleString("en-US") : null),
        fact("Stack", resource.stack),
        fact("Type", code(resource.type)),
        fact("URN", code(resource.urn)),
        fact("Fingerprint", make("a", {href: `#finding-${one.fingerprint}`}, code(one.fingerprint))),
      ].filter(Boolean),
    ),
  );
}

function pageLink(rule) {
  if (!rule.page.startsWith("https://")) return null;
  return make("a", {href: rule.page, rel: "noopener noreferrer", target: "_blank"}, rule.page);
}
