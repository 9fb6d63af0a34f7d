// Small helps of the settings: copying a key, and picking a colour beside typing
// it. The pages work without.
(function () {
  "use strict";
  document.documentElement.classList.add("scripted");

  // The clipboard is there on secure pages only; elsewhere the field is marked,
  // ready to be copied by hand.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      window.doorbell.say(button.dataset.copied);
    } catch {
      field.focus();
    }
  });

  // A picked colour stands in the field, which is the one that is sent.
  document.addEventListener("input", (event) => {
    const picked = event.target.closest("[data-colour]");
    if (picked) {
      document.getElementById(picked.dataset.colour).value = picked.value;
      return;
    }
    const picker = document.querySelector(`[data-colour="${event.target.id}"]`);
    if (event.target.id && picker && /^#[0-9a-f]{6}$/i.test(event.target.value)) picker.value = event.target.value;
  });
})();
