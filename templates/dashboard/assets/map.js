// The map: a spot for each region, a line for each flow of the last minute.
import { $, fill, keyed, mark, row, set } from "./dom.js";
import { share } from "./text.js";

const SVG = "http://www.w3.org/2000/svg";

export function show(picture, change) {
  const regions = picture.regions;
  if (!change || change.regions) showSpots(regions);
  if (!change || change.flows || change.regions) showFlows(picture.flows, regions);
}

function showSpots(regions) {
  const names = Object.keys(regions).filter((name) => regions[name].x !== undefined).sort();
  set($("#map"), "data-crowded", names.length > 12);
  keyed($("#spots"), names, () => row("spot-row"), (spot, name) => showSpot(spot, name, regions[name]));
}

function showSpot(spot, name, region) {
  const radius = region.radius;
  set(spot, "transform", `translate(${region.x} ${region.y})`);
  set(spot, "data-state", region.state);
  for (const circle of spot.querySelectorAll("[data-part=radius]")) set(circle, "r", radius);
  const used = $("[data-part=used]", spot);
  set(used, "r", radius / 2);
  set(used, "stroke-width", radius);
  set(used, "stroke-dasharray", `${share(region.in_flight, region.limit)} 100`);
  const badge = $("[data-part=badge]", spot);
  set(badge, "x", radius * 0.35);
  set(badge, "y", radius * -0.7 - 9);
  mark(badge, region.state);
  set($("[data-part=label]", spot), "y", radius + 15);
  const why = region.why ? `, ${region.why}` : "";
  fill(spot, {
    told: `${name}: ${region.state}, ${region.in_flight} of ${region.limit} slots in use${why}`,
    name: region.label ? name : "",
  });
}

function showFlows(flows, regions) {
  const lines = {};
  for (const [kind, counts] of Object.entries(flows)) {
    for (const [way, number] of Object.entries(counts)) {
      const [from, to] = way.split(">");
      const ends = [place(from, regions), place(to, regions)];
      if (ends[0] && ends[1] && from !== to) lines[`${kind} ${way}`] = { kind, from, ends, number };
    }
  }
  keyed($("#flows"), Object.keys(lines), flow, (group, key) => showFlow(group, lines[key], regions));
}

function place(name, regions) {
  if (regions[name]) return regions[name].x === undefined ? null : [regions[name].x, regions[name].y];
  const [x, y] = name.split(",").map(Number);
  return Number.isFinite(x) && Number.isFinite(y) ? [x, y] : null;
}

function flow() {
  const group = document.createElementNS(SVG, "g");
  for (const part of ["path", "circle", "title"]) group.append(document.createElementNS(SVG, part));
  return group;
}

function showFlow(group, { kind, from, ends, number }, regions) {
  const [[x1, y1], [x2, y2]] = ends;
  const bend = 0.18 * Math.hypot(x2 - x1, y2 - y1);
  set(group, "class", `flow ${kind}`);
  const path = $("path", group);
  set(path, "d", `M${x1} ${y1}Q${(x1 + x2) / 2} ${(y1 + y2) / 2 - bend} ${x2} ${y2}`);
  set(path, "stroke-width", Math.min(5, 1 + Math.log2(1 + number) / 2).toFixed(1));
  const dot = $("circle", group);
  set(dot, "cx", x1);
  set(dot, "cy", y1);
  set(dot, "r", regions[from] ? 0 : 3.5);
  $("title", group).textContent = kind === "moved" ? `${number} tasks moved on` : `${number} tasks in the last minute`;
}
