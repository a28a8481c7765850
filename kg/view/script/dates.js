// The days of an agreement in its panel, as on the timeline: its own, those of each party, and
// those of events whose instrument it is.

function agreementDates(node) {
  if (!["agreement", "instrument"].includes(node.family) || nodes.length > 20000) return [];
  const dates = entry(node).dates;
  const rows = [];
  for (const other of nodes) {
    if (other === node) continue;
    const on = other.facts.some(([, , target]) => target === node.id);
    if (other.type === "party status" && (on || incident(other).some((edge) => otherEnd(edge, other) === node))) {
      const party = [...other.facts.map(([, , target]) => target), ...incident(other).map((edge) => otherEnd(edge, other).id)].find((one) => nodeOf.has(one) && nodeOf.get(one).family === "actor");
      dates.push(...entry(other).dates.map((date) => ({ ...date, who: party ? nameOf(party) : other.label })));
    } else if (other.family === "event" && (other.facts.some(([label, , target]) => label === "instrument" && target === node.id)
      || incident(other).some((edge) => edge.predicate === "kg:instrument" && edge.a === other.i && edge.b === node.i))) {
      for (const groups of grouped(entry(other).dates)) rows.push({ event: other, groups });
    }
  }
  return [...grouped(dates).map((groups) => ({ groups })), ...rows];
}

function dateRow({ event, groups }) {
  const one = (date) => {
    const ranks = date.claims.map(claimOf).filter(Boolean).map(({ rank }) => rank);
    const rank = ["preferred", "deprecated"].find((name) => (name === "preferred" ? ranks.includes(name) : ranks.length && ranks.every((given) => given === name)));
    const words = worded(date.text, date.precision);
    return el("span", {}, date.claims.some(claimOf) ? button(words, () => select("claim", date.claims.find(claimOf), { focus: true })) : words, rank ? span(` (${rank})`, "sub") : "");
  };
  return [event ? `${predicateWords(groups[0])}, ${event.type}` : predicateWords(groups[0]), event ? [link(event.id), ": "] : "", ...joined(groups.map(one), " or "), groups.length > 1 ? el("b", { class: "disputed", text: " ≠ disputed" }) : ""].flat().filter(Boolean);
}
