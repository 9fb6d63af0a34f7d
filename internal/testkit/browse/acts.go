package browse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
)

// watch runs in every page before its own script: it adds up how far things
// jump about, and keeps what the page's rules (CSP) forbade.
const watch = `
window.__shift = 0;
new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) window.__shift += e.value; })
  .observe({type: "layout-shift", buffered: true});
window.__forbidden = [];
document.addEventListener("securitypolicyviolation", e => window.__forbidden.push(e.violatedDirective + " " + e.blockedURI + " " + e.sourceFile + ":" + e.lineNumber));
`

// arriving is whether a part of the page was put in its place this instant and
// does not listen yet: htmx marks it for some 20 ms, in which a script's hand is
// quicker than any person's.
const arriving = `document.querySelector(".htmx-added, .htmx-settling")`

// find marks what people call name: a button, link or switch by its words, or
// by what is read out for it. Exact words win over words that contain them; what
// is not visible does not count.
const find = `((name, kinds) => {
  if (` + arriving + `) return false;
  document.querySelectorAll("[data-hit]").forEach(e => e.removeAttribute("data-hit"));
  const seen = e => { const r = e.getBoundingClientRect(); return r.width > 0 && r.height > 0 && getComputedStyle(e).visibility !== "hidden"; };
  const said = e => (e.getAttribute("aria-label") || e.innerText || e.value || "").replace(/\s+/g, " ").trim();
  const all = [...document.querySelectorAll(kinds)].filter(e => seen(e) && !e.disabled);
  const hit = all.find(e => said(e) === name) || all.find(e => said(e).toLowerCase().includes(name.toLowerCase()));
  if (!hit) return false;
  hit.setAttribute("data-hit", "");
  return true;
})(%s, %s)`

// field marks the field with the label.
const field = `((name) => {
  if (` + arriving + `) return false;
  document.querySelectorAll("[data-hit]").forEach(e => e.removeAttribute("data-hit"));
  const clean = s => (s || "").replace(/\s+/g, " ").trim();
  const all = [...document.querySelectorAll("input:not([type=hidden]), select, textarea")].filter(e => e.getBoundingClientRect().width > 0);
  const said = e => clean(e.getAttribute("aria-label") || [...(e.labels || [])].map(l => l.innerText).join(" "));
  const hit = all.find(e => said(e) === name) || all.find(e => said(e).toLowerCase().includes(name.toLowerCase()));
  if (!hit) return false;
  hit.setAttribute("data-hit", "");
  return true;
})(%s)`

const pressable = `button, a[href], summary, [role=button], [role=tab], input[type=submit], input[type=radio], input[type=checkbox], label, option`

func quoted(text string) string {
	out, _ := json.Marshal(text) //nolint:errchkjson // a string always can be
	return string(out)
}

// until polls an expression until it is true.
func (b *Browser) until(what, expression string) {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	// An error of the expression is a page that is just being replaced.
	for ctx.Err() == nil {
		if so, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")")); err == nil && so {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
	b.fail(what, errors.New("it did not happen"))
}

// Open goes to an address of the product.
func (b *Browser) Open(path string) {
	b.tb.Helper()
	b.run("open "+path, chromedp.Navigate(b.base+path))
}

// Reload loads the page again.
func (b *Browser) Reload() {
	b.tb.Helper()
	b.run("reload", chromedp.Reload())
}

// SignIn signs somebody in through the form.
func (b *Browser) SignIn(email string) {
	b.tb.Helper()
	b.Open("/sign-in")
	b.SignInHere(email)
}

// SignInHere does so on the form that the window shows.
func (b *Browser) SignInHere(email string) {
	b.tb.Helper()
	b.Shows("input[name=password]")
	b.run("sign in",
		chromedp.SetValue(chromedp.CSS(`input[name=email]`), email), chromedp.SetValue(chromedp.CSS(`input[name=password]`), dealership.Password),
		chromedp.Submit(chromedp.CSS(`input[name=password]`)))
	b.until(email+" is signed in", `!location.pathname.startsWith("/sign-in") && document.readyState === "complete"`)
}

// Press presses what has these words.
func (b *Browser) Press(name string) {
	b.tb.Helper()
	b.press(name, fmt.Sprintf(find, quoted(name), quoted(pressable)))
}

// press clicks on what an expression marks. A page that keeps itself up to date
// may put something new in its place between the two: then it is marked anew.
func (b *Browser) press(name, mark string) {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for {
		b.until("there is "+name+" to press", mark)
		// What has lost its mark would be waited for until the end.
		try, stop := context.WithTimeout(ctx, patience/6)
		err := chromedp.Do(try, chromedp.ScrollIntoView(chromedp.CSS(`[data-hit]`)))
		if err == nil {
			_, err = chromedp.Run(try, chromedp.Evaluate[bool](aim))
		}
		if err == nil {
			err = chromedp.Do(try, chromedp.Click(chromedp.CSS(`[data-hit]`)))
		}
		again, missed := try.Err() != nil, false
		if err == nil {
			// Whoever cannot be asked any more went away because of it.
			missed, _ = chromedp.Run(try, chromedp.Evaluate[bool](`window.aimed === true`))
		}
		stop()
		if err == nil && !missed {
			return
		}
		if err == nil && ctx.Err() == nil {
			continue // it moved away under the finger
		}
		if ctx.Err() != nil || !again && !strings.Contains(err.Error(), "node") {
			b.fail("press "+name, err)
		}
	}
}

// aim notes on the page that something is about to be pressed; the note goes when
// it is, or with the page.
const aim = `(() => {
	window.aimed = true;
	addEventListener("click", (e) => { if (e.target.closest("[data-hit]")) window.aimed = false; }, {capture: true, once: true});
	return true;
})()`

// PressLast presses the last thing that has exactly these words: the button of
// a part rather than what opened it.
func (b *Browser) PressLast(name string) {
	b.tb.Helper()
	b.press(name, `((name) => {
		if (`+arriving+`) return false;
		document.querySelectorAll("[data-hit]").forEach(e => e.removeAttribute("data-hit"));
		const hit = [...document.querySelectorAll("button")].filter(e => e.innerText.trim() === name && !e.disabled && e.getBoundingClientRect().width > 0).pop();
		if (hit) hit.setAttribute("data-hit", "");
		return !!hit;
	})(`+quoted(name)+`)`)
}

// PressFirst chooses the first that a selector finds.
func (b *Browser) PressFirst(selector string) {
	b.tb.Helper()
	b.until("there is "+selector, `((e) => { if (!e) return false; e.click(); return true; })(document.querySelector(`+quoted(selector)+`))`)
}

// TabTo goes on with the keyboard until what has these words has the focus.
func (b *Browser) TabTo(name string) {
	b.tb.Helper()
	for range 120 {
		b.Tab()
		if strings.Contains(strings.ToLower(b.Focused()), strings.ToLower(name)) {
			return
		}
	}
	b.fail("reach "+name+" by Tab", errors.New("it never had the focus"))
}

// Has reports whether there is something with these words to press.
func (b *Browser) Has(name string) bool {
	b.tb.Helper()
	return value[bool](b, fmt.Sprintf(find, quoted(name), quoted(pressable)))
}

// Fill writes into the field with the label.
func (b *Browser) Fill(label, text string) {
	b.tb.Helper()
	b.until("there is a field "+label, fmt.Sprintf(`((text) => {
		if (!%s) return false;
		const e = document.querySelector("[data-hit]");
		e.focus();
		e.value = text;
		e.dispatchEvent(new Event("input", {bubbles: true}));
		e.dispatchEvent(new Event("change", {bubbles: true}));
		return true;
	})(%s)`, fmt.Sprintf(field, quoted(label)), quoted(text)))
}

// Choose takes the option with the words of the field with the label.
func (b *Browser) Choose(label, option string) {
	b.tb.Helper()
	b.until(label+" offers "+option, fmt.Sprintf(`((o) => {
		if (!%s) return false;
		const e = document.querySelector("[data-hit]");
		const hit = [...(e.options || [])].find(x => x.text.replace(/\s+/g, " ").trim().includes(o));
		if (!hit) return false;
		e.value = hit.value;
		e.dispatchEvent(new Event("input", {bubbles: true}));
		e.dispatchEvent(new Event("change", {bubbles: true}));
		return true;
	})(%s)`, fmt.Sprintf(field, quoted(label)), quoted(option)))
}

// Type presses keys as a person does, not before the page hears them.
func (b *Browser) Type(keys string) {
	b.tb.Helper()
	b.until("the page is there", `document.readyState === "complete"`)
	b.run("type "+keys, chromedp.KeyEvent(keys))
}

// Tab goes to the next thing that can have the focus.
func (b *Browser) Tab() { b.tb.Helper(); b.Type(kb.Tab) }

// Enter presses the key.
func (b *Browser) Enter() { b.tb.Helper(); b.Type(kb.Enter) }

// Down presses the key.
func (b *Browser) Down() { b.tb.Helper(); b.Type(kb.ArrowDown) }

// Escape presses the key.
func (b *Browser) Escape() { b.tb.Helper(); b.Type(kb.Escape) }

// Focused is what has the focus, in words.
func (b *Browser) Focused() string {
	b.tb.Helper()
	return value[string](b,
		`(e => !e ? "" : (e.getAttribute("aria-label") || (e.labels && e.labels[0] && e.labels[0].innerText) || e.innerText || e.value || "").replace(/\s+/g, " ").trim())(document.activeElement)`)
}

// Sees waits until the page shows the text.
func (b *Browser) Sees(text string) {
	b.tb.Helper()
	b.until("the page shows "+text, `document.body && document.body.innerText.replace(/\s+/g, " ").toLowerCase().includes(`+quoted(strings.ToLower(text))+`)`)
}

// SeesNot waits until the page does not show the text.
func (b *Browser) SeesNot(text string) {
	b.tb.Helper()
	b.until("the page does not show "+text, `document.body && !document.body.innerText.replace(/\s+/g, " ").toLowerCase().includes(`+quoted(strings.ToLower(text))+`)`)
}

// Shows waits until an element of the selector is there and visible.
func (b *Browser) Shows(selector string) {
	b.tb.Helper()
	b.until("the page has "+selector, `[...document.querySelectorAll(`+quoted(selector)+`)].some(e => e.getBoundingClientRect().width > 0)`)
}

// Is waits until an expression of JavaScript is true.
func (b *Browser) Is(what, expression string) {
	b.tb.Helper()
	b.until(what, expression)
}

// Text is what an expression of JavaScript gives, as text.
func (b *Browser) Text(expression string) string {
	b.tb.Helper()
	return value[string](b, "String("+expression+")")
}

// Path is the address of the page without its host.
func (b *Browser) Path() string {
	b.tb.Helper()
	return value[string](b, `location.pathname + location.search`)
}

// Shift is how far things on the page have jumped about by themselves since it
// was opened (Cumulative Layout Shift).
func (b *Browser) Shift() float64 {
	b.tb.Helper()
	return value[float64](b, `window.__shift`)
}

// Obeys asserts that the page did nothing that its own rules forbid.
func (b *Browser) Obeys() {
	b.tb.Helper()
	require.Empty(b.tb, value[[]string](b, `window.__forbidden`), "the page's own rules forbid it")
}

// Screenshot writes what the window shows into a file; whole adds what lies
// below its lower edge.
func (b *Browser) Screenshot(file string, whole bool) {
	b.tb.Helper()
	take := chromedp.CaptureScreenshot()
	if whole {
		take = chromedp.FullScreenshot(100)
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, take)
	require.NoError(b.tb, err)
	require.NoError(b.tb, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(b.tb, os.WriteFile(file, picture, 0o644))
}
