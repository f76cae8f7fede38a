// The page: one picture of the gateway, kept up to date by its events, and each part showing its share of it.
import { $, fill, set } from "./dom.js";
import { merge } from "./merge.js";
import { follow } from "./stream.js";
import { age, clock, moment } from "./text.js";
import * as dial from "./dial.js";
import * as figures from "./figures.js";
import * as lists from "./lists.js";
import * as map from "./map.js";
import * as regions from "./regions.js";
import * as tasks from "./tasks.js";

const PARTS = [figures, map, regions, lists, tasks, dial];
const LATE = 5; // seconds after which the age of what is shown is told
const connection = $("#connection");
let picture = null;
let heardAt = 0; // by this machine's clock, which may be another time than the gateway's
let isLost = false;
let isBehind = false;

function show(change) {
  if (document.hidden) {
    isBehind = true; // nobody looks: all of it is shown when somebody does
    return;
  }
  for (const part of PARTS) part.show(picture, change);
}

function heard() {
  heardAt = Date.now();
  isLost = false;
  tellAges();
}

// Seconds since 1970 by the gateway's clock.
function now() {
  return picture.at + (Date.now() - heardAt) / 1000;
}

function tellAges() {
  if (!picture) return;
  const late = (Date.now() - heardAt) / 1000;
  const isLate = isLost || late > LATE;
  set(connection, "data-mood", isLate ? "lost" : "live");
  fill(connection, { connection: isLate ? `Connection lost: this is ${age(0, late)} old` : "Live" });
  set(document.body, "data-stale", isLate);
  for (const cell of document.querySelectorAll("[data-since]")) {
    const since = cell.getAttribute("data-since");
    const text = since === "" ? "–" : age(Number(since), now());
    if (cell.textContent !== text) cell.textContent = text;
  }
}

function tellTimes() {
  for (const time of document.querySelectorAll("time[data-time]")) {
    const at = Number(time.getAttribute("data-time"));
    time.textContent = clock(at);
    time.title = moment(at);
  }
}

follow("/events", {
  picture(whole) {
    picture = whole;
    heard();
    show(null);
  },
  change(patch) {
    if (!picture) return;
    picture = merge(picture, patch);
    heard();
    show(patch);
  },
  async lost() {
    isLost = true;
    tellAges();
    // Nobody tells a stream that its session is over.
    const answer = await fetch("/dashboard/session").catch(() => null);
    if (answer?.status === 401) location.reload();
  },
});
setInterval(tellAges, 1000);
tellTimes();
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && isBehind && picture) {
    isBehind = false;
    show(null);
    tellAges();
  }
});
