// The manager's desk: one box that ticks all boxes of a name. Without script
// the box itself says "all" to the server.
(function () {
  "use strict";

  document.addEventListener("change", (event) => {
    const all = event.target.closest("[data-all]");
    if (!all || !all.form) return;
    for (const box of all.form.querySelectorAll(`input[type=checkbox][name="${all.dataset.all}"]`)) box.checked = all.checked;
  });

  // Whoever takes one back has not chosen all.
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (!box.form || box.type !== "checkbox" || box.checked) return;
    const all = box.form.querySelector(`[data-all="${CSS.escape(box.name)}"]`);
    if (all) all.checked = false;
  });

  // A form that unfolds is for typing: its first field gets the focus.
  document.addEventListener("toggle", (event) => {
    const unfolded = event.target;
    if (!unfolded.open || !unfolded.matches || !unfolded.matches(".todo-act")) return;
    const field = unfolded.querySelector("select, textarea, input:not([type=hidden])");
    if (field) field.focus();
  }, true);
})();
