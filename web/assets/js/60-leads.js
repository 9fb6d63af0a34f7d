// The page of one lead: what is open stays open when it is fetched again, and
// whoever uses the keyboard stays where he was.
(function () {
  "use strict";

  // The address from which a part is fetched again says whether it is open.
  document.addEventListener("toggle", (event) => {
    const part = event.target;
    if (!(part instanceof HTMLDetailsElement) || !part.dataset.refresh || !part.classList.contains("part")) return;
    const address = new URL(part.dataset.refresh, location.href);
    if (part.open) address.searchParams.delete("open");
    else address.searchParams.set("open", "0");
    part.dataset.refresh = address.pathname + address.search;
  }, true);

  // What was typed in one part is not lost because another one was sent, nor
  // because another choice was shown in its own: a part in which somebody has
  // written stays as it is, and fields that are drawn again are filled again.
  const fields = (within) => [...within.querySelectorAll("input, select, textarea")].filter(window.doorbell.changed);
  function place(field) {
    const template = field.form && field.form.elements.namedItem("template"); // two forms send mails
    return [field.form && field.form.getAttribute("action"), template && template.value, field.name,
      /^(checkbox|radio)$/.test(field.type) ? field.value : ""].join("\n");
  }
  let parts = [], typed = new Map();

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, requestConfig } = event.detail;
    parts = [];
    typed = new Map();
    if (!document.querySelector(".lead") || !event.detail.shouldSwap || !requestConfig) return;
    const form = requestConfig.elt;
    parts = [...target.querySelectorAll("details.part, #more")].filter((part) => !part.contains(form) && fields(part).length > 0);
    if (requestConfig.verb !== "get" || !target.matches("details.part")) return;
    for (const field of fields(target)) if (field.form !== form) typed.set(place(field), field);
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const part of parts) {
      const fresh = document.getElementById(part.id);
      if (!fresh || fresh === part || !fresh.matches("details")) continue;
      fresh.replaceWith(part);
      window.htmx.process(part);
    }
    for (const field of typed.size > 0 ? document.querySelectorAll(".part input, .part select, .part textarea") : []) {
      const was = typed.get(place(field));
      if (!was) continue;
      if (/^(checkbox|radio)$/.test(field.type)) field.checked = was.checked;
      else field.value = was.value;
    }
    parts = [];
    typed = new Map();
  });

  // htmx puts the focus back where it was when that has an id. Elsewhere it
  // goes to what the person wants to know: what is wrong, the part that he
  // opened, or the next step.
  document.addEventListener("htmx:afterSettle", (event) => {
    const page = document.querySelector(".lead");
    if (!page || (document.activeElement && document.activeElement !== document.body)) return;
    const refused = page.querySelector("[data-refused]");
    if (refused) {
      refused.focus();
      return;
    }
    const swapped = event.detail.target;
    const part = swapped && swapped.id && swapped.id !== "content" && page.querySelector("#" + swapped.id + "[data-open] > summary");
    const next = page.querySelector(".lead-next");
    if (part) part.focus({ preventScroll: true });
    else if (next && swapped && swapped.id === "content") next.focus({ preventScroll: true });
  });
})();
