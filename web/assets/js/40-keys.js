// Single keys, for those who have not switched them off (body data-shortcuts).
// An element that a key presses says so: data-key="c". On a page with rows
// ([data-row]) j and k go through them, and a key means the row that somebody
// is on; elsewhere it means the page. ? lists the keys.
(function () {
  "use strict";
  const body = document.body;
  const seen = (el) => el.getClientRects().length > 0;
  const writes = (el) => el.closest("input, select, textarea, [contenteditable]");

  let last = -1; // the row that somebody was on last
  const rows = () => [...document.querySelectorAll("[data-row]")].filter(seen);
  const here = () => document.activeElement.closest("[data-row]");

  document.addEventListener("focusin", () => {
    const row = here();
    if (row) last = rows().indexOf(row);
  });

  document.addEventListener("keydown", (e) => {
    if (body.dataset.shortcuts === undefined || e.ctrlKey || e.metaKey || e.altKey || e.isComposing || e.defaultPrevented) return;
    if (e.repeat && e.key !== "j" && e.key !== "k") return; // a key that is held down does a thing once
    if (writes(e.target) || document.querySelector("dialog[open]")) return;
    if (e.key.length === 1 && act(e.key)) e.preventDefault();
  });
  document.addEventListener("click", (e) => {
    if (e.target.closest("[data-shortcuts-help]")) help();
  });

  // act does what the key stands for, and reports whether it stands for
  // anything.
  function act(key) {
    if (key === "?") return help();
    if (key === "/") return press(document.querySelector(".filters[open] [name=q]") || document.getElementById("find"));
    const list = rows();
    if ((key === "j" || key === "k") && list.length > 0) return step(list, key === "j" ? 1 : -1);
    if (!/^[a-z]$/.test(key)) return false;
    const row = here();
    if (row && press(within(row, key))) return true;
    if (row && (key === "a" || key === "x")) return onward(row, key);
    return press([...document.querySelectorAll("[data-key=\"" + key + "\"]")].find((el) => seen(el) && !el.closest("[data-row]")));
  }

  const within = (row, key) => row.matches("[data-key=\"" + key + "\"]") ? row : row.querySelector("[data-key=\"" + key + "\"]");

  // step goes to the next row, from the one that somebody is or was on.
  function step(list, by) {
    const row = here();
    const from = row ? list.indexOf(row) : Math.min(last, list.length - 1);
    const at = from < 0 ? 0 : Math.max(0, Math.min(list.length - 1, row ? from + by : from));
    const to = list[at].matches("a, button") ? list[at] : list[at].querySelector("a.open, a[href], button, summary");
    if (!to) return false;
    to.focus();
    list[at].scrollIntoView({ block: "nearest" });
    return true;
  }

  // onward opens the page of the row's lead where its key does the rest.
  function onward(row, key) {
    const link = row.matches("a[href]") ? row : row.querySelector("a.open");
    if (!link || !link.pathname.startsWith("/leads/")) return false;
    location.assign(link.href + "#key-" + key);
    return true;
  }

  // press does what a click would do, or goes to a field to be filled in.
  function press(el) {
    if (!el || !seen(el) || el.disabled) return false;
    if (writes(el)) {
      el.focus();
      el.select && el.select();
      return true;
    }
    const box = el.matches("details") ? el.querySelector("summary") : el;
    box.focus();
    box.click();
    return true;
  }

  // A page that was opened by a key goes to what the key stands for there. It
  // does nothing by itself: an address must not.
  const asked = /^#key-([a-z])$/.exec(location.hash);
  if (asked) {
    const el = document.querySelector("[data-key=\"" + asked[1] + "\"]");
    const box = el && (el.closest("details") || el);
    if (box && box.matches("details")) box.open = true;
    const to = box && (box.matches("details") ? box.querySelector("summary") : box);
    if (to) {
      to.scrollIntoView({ block: "center" });
      to.focus();
    }
    history.replaceState(history.state, "", location.pathname + location.search);
  }

  function help() {
    const there = document.getElementById("keys");
    if (there) {
      there.showModal();
      return true;
    }
    fetch("/board/keys", { headers: { "HX-Request": "true" } }).then((answer) => answer.ok ? answer.text() : "").then((text) => {
      const dialog = new DOMParser().parseFromString(text, "text/html").getElementById("keys");
      if (!dialog || document.getElementById("keys")) return;
      body.append(document.adoptNode(dialog));
      document.getElementById("keys").showModal();
    }).catch(() => {});
    return true;
  }
})();
