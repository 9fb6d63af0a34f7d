// What is logged on a bad connection is kept and sent again by itself. It is
// for forms with data-keep: short entries with a key, of which sending one
// twice does it once. Of each entry the browser keeps where it goes, what its
// form held, whose it is and when the button was pressed, and nothing else; it
// forgets it when the server has it.
(function () {
  "use strict";
  const every = 20000; // ms between two tries
  const patience = 20000; // ms for an answer
  // An entry is written down before it is sent, so that closing the page does
  // not lose it. So long it is left to the page that sends it.
  const held = 45000;
  const freshKeyAfter = 30000; // a second tap within it is the same entry
  // The server knows a key for a week. What is older might be done twice, and
  // is given back to the person in place of being sent.
  const oldest = 6 * 24 * 3600 * 1000;

  // The server's clock as the page told it, and how far this machine's has gone
  // since. It goes on while a telephone sleeps, which performance.now() may not.
  const loaded = Date.now();
  const server = window.doorbell.now();
  const instant = () => new Date(server + Math.max(0, Date.now() - loaded)).toISOString();

  // --- the store ---------------------------------------------------------

  // Where the browser keeps nothing (a private window, a full disk), entries wait
  // in the page, which asks before it is closed.
  const unwritten = new Map();
  let storeless = false;
  window.addEventListener("beforeunload", (event) => {
    if (storeless && [...unwritten.values()].some((e) => e.hold <= Date.now())) event.preventDefault();
  });

  let opening = null;
  const reopen = () => { opening = null; };
  function store() {
    opening = opening || new Promise((resolve) => {
      let asked;
      try {
        asked = indexedDB.open("doorbell", 1);
      } catch (e) {
        resolve(null); // a private window without a store
        return;
      }
      asked.onupgradeneeded = () => asked.result.createObjectStore("kept", { keyPath: "key" });
      asked.onsuccess = () => {
        asked.result.onclose = reopen; // a telephone takes it away while it sleeps
        resolve(asked.result);
      };
      asked.onerror = () => resolve(null);
    });
    return opening;
  }

  // on reads or writes the store; null when that cannot be.
  async function on(mode, work) {
    const db = await store();
    if (!db) return null;
    return new Promise((resolve) => {
      try {
        const change = db.transaction("kept", mode);
        const asked = work(change.objectStore("kept"));
        change.oncomplete = () => resolve(asked.result);
        change.onerror = change.onabort = () => resolve(null);
      } catch (e) {
        reopen();
        resolve(null);
      }
    });
  }

  async function put(entry) {
    unwritten.set(entry.key, entry);
    const written = await on("readwrite", (s) => s.put(entry)) || await on("readwrite", (s) => s.put(entry));
    storeless = !written;
    if (written && unwritten.get(entry.key) === entry) unwritten.delete(entry.key);
  }
  function forget(key) {
    unwritten.delete(key);
    return on("readwrite", (s) => s.delete(key));
  }

  // own are the entries of whoever the page says has signed in, the first
  // first; others' stay where they are.
  async function own() {
    const who = person();
    const written = (who && await on("readonly", (s) => s.getAll())) || [];
    const all = written.filter((e) => !unwritten.has(e.key)).concat([...unwritten.values()]);
    return all.filter((e) => e.who === who).sort((a, b) => a.at - b.at);
  }

  const person = () => (document.querySelector("[data-who]") || { dataset: {} }).dataset.who || "";

  // --- telling -----------------------------------------------------------

  const words = (document.getElementById("lost") || { dataset: {} }).dataset;
  const sign = document.createElement("div");
  sign.id = "kept";
  sign.setAttribute("role", "status");
  (document.getElementById("lost") || document.body.firstChild).after(sign);
  let signIn = false;

  async function tell() {
    const n = (await own()).filter((e) => e.hold <= Date.now()).length;
    let text = "";
    if (n > 0) {
      text = n === 1 ? words.keptOne : (words.keptOther || "").replace("%d", n);
      const asks = document.querySelector("[data-sign-in]");
      if (signIn && asks) text += " " + asks.dataset.signIn;
    }
    if (sign.textContent !== text) sign.textContent = text;
  }

  // refused shows the server's words about an entry that it does not take.
  function refused(page, entry) {
    const answer = new DOMParser().parseFromString(page, "text/html");
    const said = document.createElement("div");
    said.className = "notice";
    said.textContent = answer.title;
    const words = answer.querySelector(".notice");
    warn(words ? document.importNode(words, true) : said, entry);
  }

  // warn gives the person back what he wrote, beside what is said about it and
  // about others.
  function warn(said, entry) {
    const notice = document.getElementById("notice");
    if (!notice) return;
    const form = new URLSearchParams(entry.body);
    const wrote = form.get("text") || form.get("note");
    if (wrote) {
      const quote = document.createElement("blockquote");
      quote.textContent = wrote;
      said.append(quote);
    }
    notice.append(said);
    notice.scrollIntoView({ block: "nearest" });
  }

  // tooOld tells of an entry that waited too long, where the page has words for
  // it; elsewhere the entry waits for a page that has.
  async function tooOld(entry) {
    const has = document.querySelector("[data-too-old]");
    if (!has) return;
    await forget(entry.key);
    const said = document.createElement("div");
    said.className = "notice";
    said.textContent = has.dataset.tooOld.replace("%s", new Date(entry.at).toLocaleString(document.documentElement.lang));
    warn(said, entry);
  }

  // --- sending -----------------------------------------------------------

  // Answers after which the entry waits: no connection, or a part of the server
  // that is away for a moment.
  const waits = (status) => status === 0 || status === 408 || status === 425 || status === 429 || status >= 500;
  // The same key is being worked on, for another window or another press.
  const inWork = (status, retryAfter) => status === 409 && Boolean(retryAfter);

  async function post(entry) {
    const stop = new AbortController();
    const clock = setTimeout(() => stop.abort(), patience);
    try {
      return await fetch(entry.action, {
        method: "POST", body: entry.body, credentials: "same-origin", redirect: "manual", signal: stop.signal,
        headers: { "Content-Type": "application/x-www-form-urlencoded", "X-Doorbell-Kept": "1" },
      });
    } catch (e) {
      return null;
    } finally {
      clearTimeout(clock);
    }
  }

  const leadOf = (entry) => entry.action.split("/", 3).join("/");

  // send sends what waits, in order; behind one that has to wait longer those
  // of its lead wait too. It reports whether the server took any.
  async function send() {
    let took = false;
    const stuck = new Set();
    for (const entry of await own()) {
      if (entry.hold > Date.now() || stuck.has(leadOf(entry))) continue;
      if (Date.now() - entry.at > oldest) {
        await tooOld(entry);
        continue;
      }
      const answer = await post(entry);
      if (!answer) break;
      const led = answer.type === "opaqueredirect"; // done, and shown elsewhere
      signIn = answer.status === 401;
      if (signIn || answer.status === 429) break;
      if (!led && (waits(answer.status) || inWork(answer.status, answer.headers.get("Retry-After")))) {
        stuck.add(leadOf(entry));
        continue;
      }
      const page = led || answer.ok ? "" : await answer.text().catch(() => "");
      await forget(entry.key);
      settle(entry);
      if (led || answer.ok) took = true;
      else refused(page, entry);
    }
    return took;
  }

  // settle empties the form of an entry that is over, unless somebody has
  // written something else in it: what stands there is not sent once more.
  function settle(entry) {
    for (const form of document.querySelectorAll("form[data-keep]")) {
      if (!sameWish(entry, entryOf(form, 0))) continue;
      form.reset();
      freshKey(form);
    }
  }

  let busy = false;
  async function again() {
    if (busy || !navigator.onLine) return tell();
    busy = true;
    const alone = navigator.locks
      ? (work) => navigator.locks.request("doorbell-kept", { ifAvailable: true }, (lock) => lock ? work() : false)
      : (work) => work();
    try {
      if (await alone(send)) refresh();
    } finally {
      busy = false;
    }
    return tell();
  }

  // refresh shows the lead as it then is, unless somebody types there.
  function refresh() {
    const fields = [...document.querySelectorAll("#content textarea, #content input, #content select")];
    if (!window.htmx || !document.querySelector(".lead") || fields.some(window.doorbell.changed)) return;
    window.htmx.ajax("GET", location.pathname + location.search, { target: "#content", select: "#content", swap: "outerHTML show:none" });
  }

  // --- forms -------------------------------------------------------------

  function freshKey(form) {
    const field = form.elements.namedItem("key");
    if (!field) return;
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 0x0f) | 0x40;
    b[8] = (b[8] & 0x3f) | 0x80;
    field.value = Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  // entryOf is what a form sends, as it stands.
  function entryOf(form, hold) {
    const body = new URLSearchParams(new FormData(form));
    return { key: body.get("key"), who: body.get("by"), action: form.getAttribute("action"), body: body.toString(), at: Date.now(), hold: hold };
  }

  // sameWish reports whether two entries are the same press: what they hold is
  // the same, but for the moment.
  function sameWish(a, b) {
    const held = (entry) => {
      const form = new URLSearchParams(entry.body);
      form.delete("made_at");
      return form.toString();
    };
    return a.key === b.key && held(a) === held(b);
  }

  const sent = new WeakMap(); // the entry that a form sends now
  const last = new WeakMap(); // the one that it kept last

  function keep(form, entry) {
    entry = { ...entry, hold: 0 };
    last.set(form, entry);
    setTimeout(() => {
      if (form.elements.namedItem("key").value === entry.key) freshKey(form);
    }, freshKeyAfter);
    return put(entry).then(tell);
  }

  const kept = (target) => target && target.closest && target.closest("form[data-keep]");

  document.addEventListener("submit", (event) => {
    const form = kept(event.target);
    if (!form) return;
    const made = form.elements.namedItem("made_at");
    if (made) made.value = instant();
    // Other words are another entry, and do not take the place of one that waits.
    if (last.has(form) && !sameWish(last.get(form), entryOf(form, 0))) freshKey(form);
    if (window.htmx) return; // which sends it, and tells below how that went
    event.preventDefault();
    const entry = entryOf(form, 0);
    put(entry).then(again).then(async () => {
      if (!(await own()).some((e) => e.key === entry.key)) location.reload();
    });
  }, true);

  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = kept(event.detail.elt);
    if (!form) return;
    const entry = entryOf(form, Date.now() + held);
    if (!navigator.onLine) {
      event.preventDefault();
      keep(form, entry);
      return;
    }
    sent.set(form, entry);
    put(entry);
  });

  // What was sent is over: the server has it or refuses it, or it is kept.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const form = kept(event.detail.requestConfig.elt);
    const entry = form && sent.get(form);
    if (!entry) return;
    sent.delete(form);
    const status = event.detail.xhr.status;
    if (status === 401) {
      keep(form, entry); // he signs in, and it is sent
    } else if (waits(status) || inWork(status, event.detail.xhr.getResponseHeader("Retry-After"))) {
      event.preventDefault(); // the page stays as it is
      keep(form, entry);
    } else {
      forget(entry.key).then(tell);
    }
  });
  for (const failed of ["htmx:sendError", "htmx:timeout", "htmx:sendAbort"]) {
    document.addEventListener(failed, (event) => {
      const form = kept(event.detail.elt);
      const entry = form && sent.get(form);
      if (!entry) return;
      sent.delete(form);
      keep(form, entry);
    });
  }

  // A key names one wish. After a refusal the next press is another one, and
  // may hold other words.
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.requestConfig.elt;
    const { status } = event.detail.xhr;
    if (inWork(status, event.detail.xhr.getResponseHeader("Retry-After"))) return;
    if (form instanceof HTMLFormElement && status >= 400 && status !== 401 && !waits(status)) freshKey(form);
  });

  window.addEventListener("online", again);
  setInterval(again, every);
  again();
})();
