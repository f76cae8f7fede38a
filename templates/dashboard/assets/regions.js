// The table of regions, and the workers of those that are open.
import { $, fill, keyed, mark, row, set } from "./dom.js";
import { age, count, dialled, ms, percent, seconds, share, workers as workersText } from "./text.js";

const WORKER_MARKS = { passing: "well", warning: "full", critical: "unhealthy" };
const table = $("table.regions");
table.dataset.list = "regions";
let shown = {};
let now = 0;

export function show(picture, change) {
  shown = picture.regions;
  now = picture.at;
  const changed = change ? change.regions : shown;
  if (!changed) return;
  keyed(table, Object.keys(shown).sort(), () => row("region-row"), (body, name, isNew) => {
    if (isNew || changed[name]) showRegion(body, name, isNew || !change ? null : changed[name]);
  });
}

function showRegion(body, name, changed) {
  const region = shown[name];
  if (body.id !== `region-${name}`) {
    body.id = `region-${name}`;
    set($("[data-do=workers]", body), "href", `?open=${name}#region-${name}`);
  }
  set(body, "data-state", region.state);
  mark($("[data-slot=mark]", body), region.state);
  const first = body.rows[0];
  fill(first, {
    name,
    of: ` of ${name}`,
    title: region.title,
    state: region.state,
    why: region.why,
    in_flight: count(region.in_flight),
    limit: count(region.limit),
    dial: region.dial ? percent(region.dial.share) : "100 %",
    refused: count(region.refused),
    round_trip: ms(region.round_trip),
    took: seconds(region.took),
    heard: age(region.heard, now),
    trouble: region.trouble,
    workers: workersText(region.health),
  });
  set($("[data-title=dialled]", first), "title", dialled(region.dial));
  set($('[data-cell="heard"]', first), "data-since", region.heard ?? "");
  set($("[data-part=use]", first), "width", share(region.in_flight, region.limit));
  if (body.rows.length > 1 && (!changed || changed.workers)) showWorkers(body, region, changed?.workers);
}

function showWorkers(body, region, changed) {
  const list = $("[data-list=workers]", body);
  keyed(list, Object.keys(region.workers), () => row("worker-row"), (line, id, isNew) => {
    if (changed && !isNew && !changed[id]) return;
    const worker = region.workers[id];
    set(line, "data-state", worker.health);
    mark($("[data-slot=mark]", line), WORKER_MARKS[worker.health] ?? "unhealthy");
    fill(line, { id, ...worker, health: worker.backup ? `${worker.health}, backup` : worker.health });
  });
}

table.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do=workers]");
  if (!button || !Object.keys(shown).length) return;
  event.preventDefault();
  const body = button.closest("tbody.region");
  const isOpen = body.rows.length > 1;
  set(button, "aria-expanded", !isOpen);
  if (isOpen) {
    body.rows[1].remove();
  } else {
    body.append(row("workers-row"));
    showWorkers(body, shown[body.dataset.key]);
  }
});
