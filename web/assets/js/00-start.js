// What the other scripts share. Each of them works on what the page says in
// data- attributes; a page without script works by links and forms.
(function () {
  "use strict";
  const body = document.body;

  // The server's clock: what the page says it was, and how much time has passed
  // here since. The clock of this machine itself is not believed.
  const server = Date.parse(body.dataset.now || "") || Date.now();
  const loaded = performance.now();

  // What was refused before does not stand beside what is tried now.
  body.addEventListener("htmx:beforeRequest", (e) => {
    const notice = document.getElementById("notice");
    if (notice && e.detail.requestConfig.verb !== "get") notice.textContent = "";
  });

  // What did not come through is said, and can be pressed again: its key is the
  // same. A form with data-keep is sent by itself; see 50-keep.js.
  for (const failed of ["htmx:sendError", "htmx:timeout"]) {
    body.addEventListener(failed, (e) => {
      const notice = document.getElementById("notice"), lost = document.getElementById("lost");
      if (!notice || !lost || e.detail.elt === body || e.detail.elt.closest("form[data-keep]")) return;
      const said = document.createElement("p");
      said.className = "notice";
      said.textContent = lost.dataset.away;
      notice.replaceChildren(said);
    });
  }

  window.doorbell = {
    // now is the server's time in milliseconds.
    now: () => server + (performance.now() - loaded),
    // say tells a sentence once to whoever cannot see it change.
    say: (text) => {
      const said = document.getElementById("said");
      if (said) said.textContent = text;
    },
  };
})();
