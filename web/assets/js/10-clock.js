// Counts. An element with data-due counts down to that instant and, once it has
// passed, up from it; one with data-since counts up. One timer serves all of
// them, on the server's clock. What a countdown is called changes at the right
// second, by the words that the server put beside it:
//
//   <span class="state calm" data-due="…Z" [data-from="…Z"] [data-near="300"]
//         [data-waits="…"] [data-calm="NEW"] [data-soon="DUE"] [data-late="LATE"]>
//     <span class="word">NEW</span> <span class="count">12:04</span></span>
//
// An element without .count is itself the count. The classes waits, calm, due
// and late stand for what is before data-from, before the last data-near
// seconds, within them, and after data-due.
(function () {
  "use strict";
  const doorbell = window.doorbell;
  const tones = ["waits", "calm", "due", "late"];
  const nearly = 300; // seconds: the last ones, where the element does not say
  const letters = document.documentElement.lang === "nl" ? { hour: "u", day: "d" } : { hour: "h", day: "d" };

  // A machine that slept, or was set, may be behind the server. Whoever hears
  // from the server what time it is says so here; less than a second is the way
  // that the answer took.
  const counted = doorbell.now;
  let behind = 0;
  doorbell.now = () => counted() + behind;
  doorbell.sync = (instant) => {
    const off = Date.parse(instant) - doorbell.now();
    if (Math.abs(off) < 1000 || Number.isNaN(off)) return;
    behind += off;
    tick();
  };

  const two = (n) => String(n).padStart(2, "0");

  // span tells a time as the server does: "12:04", "3 h 10", "2 d".
  function span(ms) {
    const s = Math.floor(ms / 1000);
    if (s < 3600) return two(Math.floor(s / 60)) + ":" + two(s % 60);
    if (s < 86400) return Math.floor(s / 3600) + " " + letters.hour + " " + two(Math.floor(s / 60) % 60);
    return Math.floor(s / 86400) + " " + letters.day;
  }

  function toneOf(el, due, now) {
    if (now >= due) return "late";
    if (el.dataset.from && now < Date.parse(el.dataset.from)) return "waits";
    const near = Number(el.dataset.near || nearly) * 1000;
    return due - now <= near ? "due" : "calm";
  }

  const put = (el, text) => {
    if (el && el.textContent.trim() !== text) el.textContent = text;
  };

  function count(el, now) {
    if (el.dataset.since) {
      put(el, span(Math.max(0, now - Date.parse(el.dataset.since))));
      return;
    }
    const due = Date.parse(el.dataset.due);
    if (Number.isNaN(due)) return;
    const tone = toneOf(el, due, now);
    if (!el.classList.contains(tone)) {
      el.classList.remove(...tones);
      el.classList.add(tone);
    }
    const word = el.querySelector(".word");
    const said = el.dataset[tone === "due" ? "soon" : tone];
    if (word && said) put(word, said);
    const text = tone === "waits" ? "" : now >= due ? "+" + span(now - due) : span(due - now);
    put(el.querySelector(".count") || (word ? null : el), text);
  }

  function tick() {
    const now = doorbell.now();
    for (const el of document.querySelectorAll("[data-due], [data-since]")) count(el, now);
    // For what else happens at an instant; see 20-live.js and 30-board.js.
    document.body.dispatchEvent(new CustomEvent("doorbell:tick", { detail: now }));
  }

  // On the second, and not at all while nobody looks.
  let timer;
  function run() {
    clearTimeout(timer);
    if (document.hidden) return;
    tick();
    timer = setTimeout(run, 1000 - (doorbell.now() % 1000) + 5);
  }
  document.addEventListener("visibilitychange", run);
  run();
})();
