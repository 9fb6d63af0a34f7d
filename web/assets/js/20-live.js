// The live connection. A page that tells up to which place in the feed it knows
// everything (body data-live) hears of what happens from there on: each entry
// is a "doorbell:news" event of the body. However many windows a browser has
// open, one of them holds the stream and tells the others; when it closes,
// another goes on from the place that it has reached. Whoever may have missed
// something gets a "doorbell:missed" event and reads again.
//
// A connection that is lost is said within three seconds, in #lost, and so is
// its return.
(function () {
  "use strict";
  const doorbell = window.doorbell;
  const body = document.body;
  const lost = document.getElementById("lost");
  if (!body.dataset.live || !window.EventSource || !lost) return;

  const silence = 35000; // ms: the server says something every 15 s
  const grace = 2000; // ms until a break is worth a word
  const shown = 4000; // ms that the return is told
  const mostKept = 500; // entries, for windows that come later

  // --- the place in the feed ----------------------------------------------

  const read = (place) => place.split("-").map(BigInt);
  function behind(a, b) { // whether place a comes after place b
    const [tx, id] = read(a), [otherTx, otherID] = read(b);
    return tx !== otherTx ? tx > otherTx : id > otherID;
  }
  let place = body.dataset.live;

  function take(id, news) {
    if (!behind(id, place)) return;
    place = id;
    body.dispatchEvent(new CustomEvent("doorbell:news", { detail: news }));
  }

  function missed(upTo) {
    if (upTo && behind(upTo, place)) place = upTo;
    body.dispatchEvent(new CustomEvent("doorbell:missed"));
  }

  // --- telling -------------------------------------------------------------

  let state = "here"; // here, broken, lost, ended
  let timer;
  function tell(next, signIn) {
    if (state === "ended" || next === state || (next === "broken" && state === "lost")) return;
    const was = state;
    state = next;
    clearTimeout(timer);
    lost.classList.remove("back");
    if (next === "broken") {
      lost.textContent = ""; // which may still tell of the last return
      timer = setTimeout(() => tell("lost"), grace);
    } else if (next === "lost") {
      lost.textContent = lost.dataset.lost;
    } else if (next === "ended") {
      ended(signIn);
    } else if (was === "lost") {
      lost.classList.add("back");
      lost.textContent = lost.dataset.back;
      timer = setTimeout(() => { lost.textContent = ""; }, shown);
    }
  }

  // ended says that the session is over: nothing here is kept up to date, and
  // nothing can be done, before somebody has signed in again.
  function ended(signIn) {
    const link = document.createElement("a");
    link.href = signIn || "/sign-in?to=" + encodeURIComponent(location.pathname + location.search);
    link.textContent = lost.dataset.signIn || "→";
    lost.replaceChildren((lost.dataset.ended || lost.dataset.lost) + " ", link);
  }

  // --- the stream, in the window that holds it -----------------------------

  let source = null, heard = performance.now(), tries = 0, retrying;
  let kept = [], floor = place; // what was heard since floor

  function follow() {
    drop();
    const stream = new EventSource("/v1/events?after=" + encodeURIComponent(place));
    source = stream;
    heard = performance.now();
    stream.onopen = alive;
    stream.addEventListener("here", alive);
    stream.addEventListener("timeline", (e) => {
      alive();
      const news = JSON.parse(e.data);
      keep(e.lastEventId, news);
      send({ what: "news", id: e.lastEventId, news });
      take(e.lastEventId, news);
    });
    stream.onerror = () => { if (stream === source) broke(); };
  }

  function drop() {
    if (source) source.close();
    source = null;
    clearTimeout(retrying);
  }

  function alive() {
    heard = performance.now();
    tries = 0;
    tell("here");
    send({ what: "here" });
  }

  function keep(id, news) {
    kept.push({ id, news });
    if (kept.length > mostKept) floor = kept.shift().id;
  }

  // broke tries again, soon and then ever later, so that a server that comes
  // back is not run over.
  function broke() {
    drop();
    tell(navigator.onLine === false ? "lost" : "broken");
    send({ what: "broken" });
    const wait = Math.min(10000, 400 * 2 ** tries) * (0.75 + Math.random() / 2);
    tries++;
    retrying = setTimeout(again, wait);
  }

  // again asks first whether the session still holds, which a stream cannot
  // tell. The answer also says what time it is.
  async function again() {
    if (!leads) return;
    const answer = await here();
    if (!leads || state === "ended") return;
    if (answer && answer.status === 401) {
      const signIn = answer.headers.get("HX-Redirect");
      drop();
      tell("ended", signIn);
      send({ what: "ended", signIn });
      leads = false;
      release(); // to a window in which somebody signs in again
      return;
    }
    if (answer && answer.ok) follow();
    else broke();
  }

  async function here() {
    try {
      const answer = await fetch("/board/here", { headers: { "HX-Request": "true" }, redirect: "manual", signal: AbortSignal.timeout(5000) });
      if (answer.ok) doorbell.sync((await answer.json()).now);
      return answer;
    } catch (e) {
      return null;
    }
  }

  // --- who holds it ----------------------------------------------------------

  const shared = navigator.locks && window.BroadcastChannel;
  const channel = shared ? new BroadcastChannel("doorbell") : null;
  let leads = false, release = () => {};
  const send = (message) => { if (channel) channel.postMessage(message); };

  function lead() {
    leads = true;
    floor = place;
    kept = [];
    send({ what: "leads", floor });
    follow();
  }

  function stand(rules) {
    navigator.locks.request("doorbell-live", rules, () => {
      if (state === "ended") return undefined;
      lead();
      return new Promise((done) => { release = done; }); // until the window closes
    }).catch(() => { // another window took it, because this one seemed asleep
      leads = false;
      drop();
      stand({});
    });
  }

  function hear(message) {
    if (message.what !== "hello") heard = performance.now(); // only who leads says the rest
    switch (message.what) {
      case "news": take(message.id, message.news); break;
      case "here": tell("here"); break;
      case "broken": tell("broken"); break;
      case "ended": tell("ended", message.signIn); break;
      case "leads": case "floor": if (behind(message.floor, place)) missed(message.floor); break;
      case "hello": if (leads) welcome(message.place); break;
    }
  }

  // welcome tells a window that opened meanwhile what it does not know yet. The
  // others know it, and let it pass.
  function welcome(from) {
    if (behind(floor, from)) send({ what: "floor", floor });
    for (const one of kept) if (behind(one.id, from)) send({ what: "news", id: one.id, news: one.news });
  }

  if (shared) {
    channel.onmessage = (e) => hear(e.data);
    send({ what: "hello", place });
    stand({});
  } else {
    lead();
  }

  // --- watching ----------------------------------------------------------------

  setInterval(() => {
    const quiet = performance.now() - heard;
    if (leads && source && quiet > silence) broke();
    if (!leads && state !== "ended" && quiet > silence + 5000) {
      tell("broken");
      if (!document.hidden) {
        heard = performance.now();
        stand({ steal: true });
      }
    }
  }, 2000);
  window.addEventListener("offline", () => { if (leads) broke(); else tell("lost"); });
  window.addEventListener("online", () => {
    if (!leads || source) return;
    tries = 0;
    clearTimeout(retrying);
    again();
  });
  let left = 0;
  document.addEventListener("visibilitychange", async () => {
    if (document.hidden) {
      left = Date.now();
      return;
    }
    // A machine that slept for long may be behind, and somebody may have signed
    // in again in another window.
    if (Date.now() - left < 60000 && state !== "ended") return;
    const answer = await here();
    if (state === "ended" && answer && answer.ok) location.reload();
  });
  window.addEventListener("pagehide", drop);
  window.addEventListener("pageshow", (e) => { if (e.persisted) location.reload(); });
})();
