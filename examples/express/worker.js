// A worker with Express: POST /solve is held until the task is solved.
import express from "express";

const KEY = process.env.CAPTCHAAI_API_KEY;
const API = process.env.CAPTCHAAI_URL ?? "https://ocr.captchaai.com";
const SLOTS = Number(process.env.SLOTS ?? 20);
const POLL = Number(process.env.POLL ?? 5);
const LONGEST = 290;
const METHODS = {
  userrecaptcha: { sitekey: "googlekey", pageurl: "pageurl" },
  turnstile: { sitekey: "sitekey", pageurl: "pageurl" },
};
if (!KEY) {
  console.error("worker: set CAPTCHAAI_API_KEY");
  process.exit(2);
}

let active = 0;
let leaving = false;

// An error; `submitted` says whether the task was paid for: no, yes, or unknown.
class Problem extends Error {
  constructor(status, error, detail, submitted) {
    super(detail);
    Object.assign(this, { status, error, submitted });
  }
}

const app = express();
app.disable("x-powered-by");

// 503 where no slot is free: `nearway register` reads of the body that it is no death.
app.get("/health", (_request, response) => {
  const status = leaving ? "draining" : active >= SLOTS ? "overloaded" : "healthy";
  response
    .status(status === "healthy" ? 200 : 503)
    .json({ status, active_tasks: active, max_concurrent: SLOTS, load_pct: (100 * active) / SLOTS });
});

app.post("/solve", express.json({ limit: "1mb", type: () => true }), async (request, response, next) => {
  try {
    const form = formOf(request.body);
    const left = Number(request.get("Nearway-Deadline")) || LONGEST;
    // A task beyond the slots is not begun, and the region sends it elsewhere.
    if (leaving || active >= SLOTS) throw new Problem(503, "WORKER_FULL", "no slot is free", "no");
    active += 1;
    try {
      const id = await submit(form);
      const solution = await solved(id, Date.now() + 1000 * Math.min(left, LONGEST));
      response.set("Task-Submitted", "yes").json({ solution });
    } finally {
      active -= 1;
    }
  } catch (error) {
    next(error);
  }
});

app.use((_request, _response, next) => next(new Problem(404, "NOT_FOUND", "there are /solve and /health", "no")));

// As RFC 9457 has it. What Express refuses itself was not begun.
app.use((error, _request, response, _next) => {
  const ours = error instanceof Problem;
  const status = error.status ?? 500;
  const code = ours ? error.error : status === 413 ? "BODY_TOO_LARGE" : status < 500 ? "BAD_REQUEST" : "INTERNAL_ERROR";
  response.set("Task-Submitted", ours ? error.submitted : status < 500 ? "no" : "unknown");
  if (status === 503) response.set("Retry-After", "1");
  response.status(status).type("application/problem+json");
  response.send(JSON.stringify({ title: code, status, detail: error.message, error: code }));
});

// Looked at before anything is paid for.
function formOf(task) {
  if (task === null || typeof task !== "object" || Array.isArray(task)) {
    throw new Problem(400, "BAD_REQUEST", "the body is not a JSON object", "no");
  }
  if (!Object.hasOwn(METHODS, task.method)) {
    throw new Problem(400, "UNKNOWN_METHOD", `method is one of ${Object.keys(METHODS).join(", ")}`, "no");
  }
  const fields = METHODS[task.method];
  const missing = Object.keys(fields).filter((name) => typeof task[name] !== "string");
  if (missing.length > 0) throw new Problem(400, "BAD_REQUEST", `missing: ${missing.join(", ")}`, "no");
  const renamed = Object.entries(fields).map(([ours, theirs]) => [theirs, task[ours]]);
  return { method: task.method, ...Object.fromEntries(renamed) };
}

// Once: an answer that is lost may be one of a task that is paid for.
async function submit(form) {
  let said;
  try {
    said = await ask("/in.php", form);
  } catch (error) {
    throw new Problem(500, "SUBMISSION_UNKNOWN", `the API's answer was lost: ${error.message}`, "unknown");
  }
  if (said.status !== 1) throw new Problem(500, "API_REFUSED", String(said.request), "no");
  return String(said.request);
}

// Looking again costs nothing, so trouble here is no end.
async function solved(id, deadline) {
  while (Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 1000 * POLL));
    const said = await ask("/res.php", { action: "get", id }).catch(() => null);
    if (said === null) continue;
    if (said.status === 1) return String(said.request);
    if (said.request !== "CAPCHA_NOT_READY") throw new Problem(500, "NOT_SOLVED", String(said.request), "yes");
  }
  throw new Problem(500, "SOLVE_TIMEOUT", "not solved in time", "yes");
}

async function ask(path, form) {
  const body = new URLSearchParams({ key: KEY, json: "1", ...form });
  const answer = await fetch(API + path, { method: "POST", body, signal: AbortSignal.timeout(30_000) });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return answer.json();
}

const server = app.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? "127.0.0.1");
server.requestTimeout = 0;

// Take nothing new, answer what is held, end.
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.on(signal, () => {
    leaving = true;
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}
