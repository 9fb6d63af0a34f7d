// The policy's text field: line numbers beside it, what is wrong marked at its
// line, a link to each place, and a Tab key that indents. Without script it is
// a plain text field, and all of this stands in words below it.
(function () {
  "use strict";
  const indent = "  ";

  const editorOf = () => document.querySelector("[data-editor]");
  const fieldOf = (editor) => editor.querySelector("textarea");

  // number draws the gutter: one number a line, with the lines in which
  // something was found marked by colour and weight.
  function number(editor) {
    const field = fieldOf(editor);
    const gutter = editor.querySelector(".gutter");
    const lines = field.value.split("\n").length;
    if (gutter.childElementCount !== lines) {
      const all = document.createDocumentFragment();
      for (let n = 1; n <= lines; n++) {
        const line = document.createElement("span");
        line.textContent = String(n);
        all.append(line);
      }
      gutter.replaceChildren(all);
    }
    for (const line of gutter.children) line.className = "";
    for (const found of document.querySelectorAll("#findings [data-line]")) {
      const line = gutter.children[Number(found.dataset.line) - 1];
      if (line && line.className !== "late") line.className = "fault" in found.dataset ? "late" : "due";
    }
    gutter.scrollTop = field.scrollTop;
  }

  // placeOf counts to a line and a column. Columns are characters, of which
  // some take two places in a script's text.
  function placeOf(text, line, column) {
    const lines = text.split("\n");
    let place = 0;
    for (let n = 0; n < line - 1 && n < lines.length; n++) place += lines[n].length + 1;
    const before = Array.from(lines[line - 1] || "").slice(0, column - 1);
    return Math.min(place + before.join("").length, text.length);
  }

  function go(editor, line, column) {
    const field = fieldOf(editor);
    const place = placeOf(field.value, line, column);
    const height = parseFloat(getComputedStyle(field).lineHeight) || 20;
    field.focus();
    field.setSelectionRange(place, place);
    field.scrollTop = Math.max(0, (line - 1) * height - field.clientHeight / 3);
    field.scrollIntoView({ block: "nearest" });
  }

  // type puts text where the caret is, so that the browser can undo it.
  function type(field, text) {
    if (!document.execCommand("insertText", false, text)) {
      field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  // After Esc the next Tab leaves the field, so that nobody who has no mouse is
  // caught in it; so does Shift and Tab at any time.
  let leaving = false;

  function pressed(event) {
    const field = event.target;
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      leaving = true;
      return;
    }
    if (event.key === "Tab" && !event.shiftKey && !leaving) {
      event.preventDefault();
      type(field, indent);
    }
    if (event.key === "Enter" && !event.shiftKey) {
      const line = field.value.slice(0, field.selectionStart).split("\n").pop();
      const space = /^ */.exec(line)[0];
      if (space) {
        event.preventDefault();
        type(field, "\n" + space);
      }
    }
    if (event.key !== "Shift") leaving = false;
  }

  // unsaved is whether the text is another than the page came with.
  const unsaved = (editor) => fieldOf(editor).value !== fieldOf(editor).defaultValue;
  let sending = false;

  document.addEventListener("keydown", (event) => {
    const editor = event.target.closest("[data-editor]");
    if (editor) pressed(event);
    // Enter in a field about the imagined lead asks, and does not check or save.
    const aside = event.target.closest("#policy aside");
    if (aside && event.key === "Enter" && event.target.matches("input")) {
      event.preventDefault();
      document.getElementById("try").click();
    }
  });
  document.addEventListener("input", (event) => {
    const editor = event.target.closest("[data-editor]");
    if (editor) number(editor);
  });
  document.addEventListener("scroll", (event) => {
    if (event.target.matches && event.target.matches("[data-editor] textarea")) {
      event.target.previousElementSibling.scrollTop = event.target.scrollTop;
    }
  }, true);
  document.addEventListener("click", (event) => {
    const found = event.target.closest("#findings [data-line]");
    const editor = editorOf();
    if (!found || !editor) return;
    event.preventDefault();
    go(editor, Number(found.dataset.line), Number(found.dataset.column));
  });
  document.addEventListener("submit", () => { sending = true; });
  window.addEventListener("pageshow", () => { sending = false; });
  window.addEventListener("beforeunload", (event) => {
    const editor = editorOf();
    if (editor && unsaved(editor) && !sending) event.preventDefault();
  });
  document.addEventListener("htmx:afterSettle", () => {
    sending = false;
    const editor = editorOf();
    if (editor) number(editor);
  });
  document.addEventListener("DOMContentLoaded", () => {
    const editor = editorOf();
    if (editor) number(editor);
  });
})();
