// The gateway's events, for as long as the page is open: when the connection breaks it is made again, later each time.
const FIRST = 1000;
const LONGEST = 30_000;
const SILENCE = 30_000; // milliseconds without an event after which the connection counts as dead

// `tell` has picture(data), change(data) and lost().
export function follow(url, tell) {
  let last = "";
  let delay = FIRST;
  let source = null;
  let watchdog = 0;

  function open() {
    source = new EventSource(last ? `${url}?last=${encodeURIComponent(last)}` : url);
    source.addEventListener("picture", (event) => heard(event, tell.picture));
    source.addEventListener("change", (event) => heard(event, tell.change));
    source.addEventListener("error", again);
    wait();
  }

  function heard(event, show) {
    last = event.lastEventId;
    delay = FIRST;
    wait();
    show(JSON.parse(event.data));
  }

  function wait() {
    clearTimeout(watchdog);
    watchdog = setTimeout(again, SILENCE);
  }

  function again() {
    clearTimeout(watchdog);
    source.close();
    tell.lost();
    setTimeout(open, delay * (0.5 + Math.random() / 2));
    delay = Math.min(LONGEST, delay * 2);
  }

  open();
}
