// Parts of a page that keep themselves up to date: an element with an id,
// data-refresh (the address of something that holds it) and data-on (what it
// depends on) is fetched again when that happens. data-on lists, with spaces
// between: any, lead:<id>, kind:<kind of the timeline>. Nothing happens under
// somebody's fingers: a part in which something was typed, that is being sent, or
// that what was just pressed is to fill, waits. data-wait says how many seconds are
// to lie between two fetches, at least 1; data-again is an instant at which it is
// fetched in any case.
(function () {
  "use strict";
  const body = document.body;
  const due = new Map(); // id → when it may be fetched
  let busy = false, timer;

  const concerns = (on, news) => (on || "").split(" ").some((word) =>
    word === "any" || word === "lead:" + news.lead_id || word === "kind:" + news.kind);

  function want(el) {
    if (!el.id || due.has(el.id)) return;
    due.set(el.id, performance.now() + 1000 * Math.max(1, Number(el.dataset.wait || 1)));
    plan();
  }

  function plan() {
    clearTimeout(timer);
    if (busy || document.hidden || due.size === 0) return;
    timer = setTimeout(run, Math.max(0, Math.min(...due.values()) - performance.now()));
  }

  // run fetches what is due, one after the other.
  async function run() {
    busy = true;
    const now = performance.now();
    for (const [id, at] of [...due]) {
      if (at > now) continue;
      const el = document.getElementById(id);
      due.delete(id);
      if (!el || !el.dataset.refresh) continue;
      if (inUse(el)) due.set(id, performance.now() + 2000);
      else if (!await renew(el).catch(() => true)) due.set(id, performance.now() + 5000);
    }
    busy = false;
    plan();
  }

  const changed = (field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.tagName === "SELECT") {
      const chosen = Math.max(0, [...field.options].findIndex((o) => o.defaultSelected));
      return !field.multiple && field.selectedIndex !== chosen;
    }
    return field.type !== "hidden" && field.value !== field.defaultValue;
  };

  window.doorbell.changed = changed; // whether somebody has typed in a field

  // The request whose answer an element is to take: what was pressed may stand in
  // another part.
  const asked = new WeakMap();
  body.addEventListener("htmx:beforeSend", (e) => asked.set(e.detail.target, e.detail.xhr));
  const awaits = (el) => {
    const request = asked.get(el);
    return request !== undefined && request.readyState !== XMLHttpRequest.UNSENT && request.readyState !== XMLHttpRequest.DONE;
  };

  const inUse = (el) => awaits(el) || el.matches(".htmx-request") || el.querySelector(".htmx-request, dialog[open]") !== null ||
    [...el.querySelectorAll("input, select, textarea")].some(changed);

  // renew reports whether that is done; what failed for the moment is not.
  async function renew(el) {
    const address = el.dataset.refresh;
    let page;
    try {
      const answer = await fetch(address, { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(15000) });
      if (!answer.ok) return answer.status < 500 && answer.status !== 429; // what is to be said about it 20-live.js says
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch (e) {
      return false;
    }
    const now = document.getElementById(el.id), fresh = page.getElementById(el.id);
    if (!now || !fresh) return true;
    // Somebody may have opened or chosen something meanwhile: what was fetched
    // tells of the part as it was before, so it is fetched anew.
    if (now !== el || now.dataset.refresh !== address || inUse(now)) return false;
    swap(now, document.adoptNode(fresh));
    return true;
  }

  // swap puts the fresh part in its place; what stood open stays open, and who
  // stood on something stands on it again.
  function swap(now, fresh) {
    if (now.matches("details")) fresh.open = now.open;
    for (const box of now.querySelectorAll("details[id]")) {
      const same = fresh.querySelector("#" + CSS.escape(box.id));
      if (same) same.open = box.open;
    }
    const way = now.contains(document.activeElement) ? wayTo(document.activeElement, now) : null;
    now.replaceWith(fresh);
    if (window.htmx) window.htmx.process(fresh);
    const again = way && fresh.querySelector(way);
    if (again) again.focus({ preventScroll: true });
    body.dispatchEvent(new CustomEvent("doorbell:fresh", { detail: fresh }));
  }

  // wayTo finds an element again in another edition of its part.
  function wayTo(el, within) {
    const attribute = ["id", "href", "name", "data-key"].find((name) => el.getAttribute(name));
    if (!attribute) return null;
    const inner = el.tagName.toLowerCase() + "[" + attribute + "=\"" + CSS.escape(el.getAttribute(attribute)) + "\"]";
    const part = el.parentElement.closest("[id]");
    return part && part !== within && within.contains(part) ? "#" + CSS.escape(part.id) + " " + inner : inner;
  }

  const parts = () => document.querySelectorAll("[data-refresh]");
  body.addEventListener("doorbell:news", (e) => {
    for (const el of parts()) if (concerns(el.dataset.on, e.detail)) want(el);
  });
  body.addEventListener("doorbell:missed", () => {
    for (const el of parts()) want(el);
  });
  body.addEventListener("doorbell:tick", (e) => {
    for (const el of document.querySelectorAll("[data-refresh][data-again]")) {
      if (e.detail < Date.parse(el.dataset.again)) continue;
      el.removeAttribute("data-again");
      want(el);
    }
  });
  document.addEventListener("visibilitychange", plan);
})();
