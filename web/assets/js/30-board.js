// The board follows the feed. The leads that something happened to are asked
// for by their ids, as the filters show them now: each row goes to its sorted
// place, one that matches no more goes, and nothing else moves. Where rows have
// to move they slide, the row that somebody is on keeps the focus, and who has
// scrolled down keeps his place.
(function () {
  "use strict";
  const body = document.body;
  const collect = 500; // ms
  const mostAsked = 50; // more changes than that, and the list is read again
  const slide = 250; // ms
  const fewest = 150; // rows of a full page; when fewer are left, the next ones come up

  const board = () => document.getElementById("board");
  const list = () => document.getElementById("list");
  const rows = () => [...document.querySelectorAll("#rows > tr")];
  const idOf = (row) => row.id.slice("lead-".length);

  let changed = new Set(), fresh = new Set(), all = false, busy = false, timer;

  body.addEventListener("doorbell:news", (e) => {
    if (!board() || !e.detail.lead_id) return;
    changed.add(e.detail.lead_id);
    if (e.detail.kind === "received") fresh.add(e.detail.lead_id);
    plan();
  });
  body.addEventListener("doorbell:missed", () => {
    all = true;
    plan();
  });
  // What time alone changes: a row whose appointment has begun, and every
  // "tomorrow" at midnight.
  body.addEventListener("doorbell:tick", (e) => {
    if (!board()) return;
    for (const row of document.querySelectorAll("#rows > tr[data-again]")) {
      if (e.detail < Date.parse(row.dataset.again)) continue;
      row.removeAttribute("data-again");
      changed.add(idOf(row));
      plan();
    }
    if (list() && e.detail >= Date.parse(list().dataset.ends)) {
      list().dataset.ends = "";
      all = true;
      plan();
    }
  });
  document.addEventListener("visibilitychange", plan);

  function plan() {
    if (timer || busy || document.hidden || !board() || (changed.size === 0 && !all)) return;
    timer = setTimeout(run, collect);
  }

  async function run() {
    timer = undefined;
    busy = true;
    const ids = [...changed], announced = fresh, whole = all || changed.size > mostAsked;
    changed = new Set();
    fresh = new Set();
    all = false;
    const done = await (whole ? readList(announced) : readRows(ids, announced)).catch(() => false);
    busy = false;
    if (done) {
      plan();
      return;
    }
    // Once more, when the connection is back or in a while.
    for (const id of ids) changed.add(id);
    for (const id of announced) fresh.add(id);
    all = all || whole;
    timer = setTimeout(run, 5000);
  }

  async function get(path) {
    try {
      const answer = await fetch(path, { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(15000) });
      if (!answer.ok) return null;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const told = page.querySelector("[data-now]");
      if (told) window.doorbell.sync(told.dataset.now);
      return page;
    } catch (e) {
      return null;
    }
  }

  const query = (more) => {
    const filters = board().dataset.filters;
    return "/board/rows?" + [filters, more].filter(Boolean).join("&");
  };

  // readRows asks for single rows.
  async function readRows(ids, announced) {
    const page = await get(query("ids=" + ids.join(",")));
    if (!page || !board()) return page !== null;
    const told = page.querySelector("table");
    if (told.dataset.who !== body.dataset.who) {
      location.reload(); // somebody else has signed in in this browser
      return true;
    }
    const came = new Map([...page.querySelectorAll("tr")].map((row) => [idOf(row), row]));
    move(() => {
      for (const id of ids) {
        const old = document.getElementById("lead-" + id);
        if (old) old.remove();
        if (came.has(id)) place(document.adoptNode(came.get(id)));
      }
    });
    announce([...came.keys()].filter((id) => announced.has(id)).length);
    if (list().dataset.more !== undefined && rows().length < fewest) all = true;
    return true;
  }

  // readList reads the whole page of the list again.
  async function readList(announced) {
    const after = list().dataset.after;
    const page = await get(query(after ? "after=" + after.replace(" ", "_") : ""));
    const next = page && page.getElementById("list");
    if (!next || !list()) return page !== null;
    move(() => list().replaceWith(document.adoptNode(next)));
    announce(rows().filter((row) => announced.has(idOf(row))).length);
    return true;
  }

  // place puts a row where it belongs. One that belongs on another page is not
  // shown on this one.
  function place(row) {
    const before = (a, b) => Number(a[0]) !== Number(b[0]) ? Number(a[0]) < Number(b[0]) : a[1] < b[1];
    const key = (r) => [r.dataset.place, idOf(r)];
    const after = list().dataset.after;
    if (after && !before(after.split(" "), key(row))) return;
    const behind = rows().find((other) => before(key(row), key(other)));
    if (behind) behind.before(row);
    else if (list().dataset.more === undefined || rows().length === 0) document.getElementById("rows").append(row);
  }

  // move changes the list and has what moved slide to where it is now. In place
  // of the rows it is the window that moves when somebody reads further down.
  function move(change) {
    const focused = rows().find((row) => row.contains(document.activeElement));
    const link = focused && document.activeElement.getAttribute("data-key");
    const at = focused ? rows().indexOf(focused) : -1;
    const tops = new Map();
    for (const row of rows()) {
      const box = row.getBoundingClientRect();
      if (box.bottom > -innerHeight && box.top < 2 * innerHeight) tops.set(row.id, box.top);
    }
    const held = list().getBoundingClientRect().top < 0 ? anchor(focused, tops) : null;
    change();
    const still = held && document.getElementById(held);
    if (still) scrollBy(0, still.getBoundingClientRect().top - tops.get(held));
    if (focused) refocus(document.getElementById(focused.id) || rows()[Math.min(at, rows().length - 1)], link);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    for (const row of rows()) {
      const by = tops.has(row.id) ? tops.get(row.id) - row.getBoundingClientRect().top : 0;
      if (Math.abs(by) >= 1) row.animate([{ transform: "translateY(" + by + "px)" }, { transform: "none" }], { duration: slide, easing: "ease-out" });
    }
  }

  // anchor is the row that must not move in the window: the one that somebody is
  // on, else the first that he sees.
  function anchor(focused, tops) {
    if (focused && tops.has(focused.id)) return focused.id;
    const seen = [...tops].filter(([, top]) => top >= 0).sort((a, b) => a[1] - b[1])[0];
    return seen ? seen[0] : null;
  }

  function refocus(row, link) {
    const again = row && (row.querySelector("[data-key=\"" + (link || "o") + "\"]") || row.querySelector("a"));
    if (again) again.focus({ preventScroll: true });
  }

  // announce tells once, for those who do not see it, that there is something
  // new.
  function announce(n) {
    const news = document.getElementById("board-news");
    if (!n || !news) return;
    const words = board().dataset;
    news.textContent = "";
    setTimeout(() => { news.textContent = n === 1 ? words.newOne : words.newMany.replace("%d", n); }, 100);
  }
})();
