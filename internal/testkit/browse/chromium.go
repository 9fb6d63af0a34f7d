package browse

import (
	"context"
	"errors"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// patience is how long a page may take to become what is expected of it. On a
// busy machine that is long; when all is well nobody waits for it.
const patience = 40 * time.Second

// Browsers are heavy: so many tests have any at once. A test keeps its place, and
// opens as many windows as it needs: two tests that have one window each and wait
// for the other's place would wait for ever.
var (
	places = make(chan struct{}, 2)
	seated sync.Map // of testing.TB
)

// seat gives a test its place, once.
func seat(tb testing.TB) {
	tb.Helper()
	if _, has := seated.LoadOrStore(tb, nil); has {
		return
	}
	places <- struct{}{}
	tb.Cleanup(func() { seated.Delete(tb); <-places })
}

// Browser is a window of a real Chromium with a profile of its own.
type Browser struct {
	tb   testing.TB
	base string
	ctx  context.Context
	shut func()
}

// Window says how large a window is.
type Window struct {
	Width, Height int64
	Phone         bool // touch, and a phone's density
	Dark          bool
	Language      string // of Accept-Language; "" is English
}

// The windows that people have.
var (
	Desk  = Window{Width: 1366, Height: 900}
	Phone = Window{Width: 390, Height: 844, Phone: true}
)

// programs are the names under which distributions install it.
var programs = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

func program() (string, error) {
	for _, name := range programs {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("chromium is missing: `make test` installs it, or run `apt-get install chromium`")
}

// Chromium opens a window on the product at url and closes it when the test is
// over. It talks to nobody but this machine.
func Chromium(tb testing.TB, url string, w Window) *Browser {
	tb.Helper()
	path, err := program()
	require.NoError(tb, err)
	seat(tb)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(tb.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", true),
	)
	allocated, release := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocated)
	var once sync.Once
	shut := func() {
		once.Do(func() {
			hangs := time.AfterFunc(patience, release)
			_ = chromedp.Cancel(ctx) // closes it and waits until it has gone
			hangs.Stop()
			cancel()
			release()
		})
	}
	tb.Cleanup(shut)
	b := &Browser{tb: tb, base: url, ctx: ctx, shut: shut}
	// A limit on ctx would end the browser with it.
	hangs := time.AfterFunc(patience, release)
	defer hangs.Stop()
	require.NoError(tb, chromedp.Do(ctx, shape(w)...), "open a window within %s", patience)
	return b
}

// Close closes the window before the test is over.
func (b *Browser) Close() { b.shut() }

// Another opens a second window of the same profile: a second tab.
func (b *Browser) Another() *Browser {
	b.tb.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.tb.Cleanup(cancel)
	require.NoError(b.tb, chromedp.Do(ctx))
	return &Browser{tb: b.tb, base: b.base, ctx: ctx, shut: cancel}
}

// shape makes a window what it is to be.
func shape(w Window) []chromedp.Action[chromedp.Void] {
	density := 1.0
	if w.Phone {
		density = 2
	}
	language := w.Language
	if language == "" {
		language = "en"
	}
	scheme := "light"
	if w.Dark {
		scheme = "dark"
	}
	return []chromedp.Action[chromedp.Void]{
		told(network.Enable, network.EnableParams{}),
		told(network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": language}}),
		told(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: w.Width, Height: w.Height, DeviceScaleFactor: density, Mobile: w.Phone,
		}),
		told(emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: w.Phone}),
		told(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		}),
		told(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch}),
	}
}

// told is a command of the browser's protocol whose answer nobody needs.
func told[P, R any](command cdp.Command[P, R], with P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, with)
		return err
	})
}

// run does something in the window, within patience.
func (b *Browser) run(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.fail(what, err)
	}
}

// value is what an expression of JavaScript gives.
func value[T any](b *Browser, expression string, options ...chromedp.EvaluateOption) T {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, options...))
	if err != nil {
		b.fail(expression, err)
	}
	return got
}

// fail ends the test with what the window shows.
func (b *Browser) fail(what string, err error) {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	address, _ := chromedp.Run(ctx, chromedp.Location())
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
	if len(text) > 3000 {
		text = text[:3000] + "…"
	}
	require.FailNow(b.tb, what, "%v\nat %s\n%s", err, address, text)
}
