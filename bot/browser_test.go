package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browser is a Chromium without a window, with one page, and a person at it.
type browser struct {
	*testing.T
	page context.Context
}

// openBrowser starts a browser that ends with the test. It reaches this computer
// alone. Without the program the test fails.
func openBrowser(t *testing.T) *browser {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("no chromium to open the page in (%v): install chromium", err)
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(program), chromedp.UserDataDir(t.TempDir()), chromedp.Flag("headless", "new"),
		chromedp.WSURLReadTimeout(time.Hour), // for as long as the suite may run
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
	}
	for _, on := range []string{
		"no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
		"disable-component-update", "disable-sync", "disable-dev-shm-usage", "hide-scrollbars",
	} {
		options = append(options, chromedp.Flag(on, true))
	}
	started, end := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(end)
	page, _ := chromedp.NewContext(started)
	if err := chromedp.Do(page, chromedp.EmulateViewport(1280, 800)); err != nil { // a deadline here would be one for the browser's whole life
		t.Fatalf("starting chromium: %v", err)
	}
	t.Cleanup(func() {
		within, cancel := withinSuite(page, t)
		defer cancel()
		if err := chromedp.Cancel(within); err != nil {
			t.Errorf("ending chromium: %v", err)
		}
	})
	return &browser{T: t, page: page}
}

// do carries out steps, or fails with what the page shows.
func (b *browser) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	within, cancel := withinSuite(b.page, b.T)
	defer cancel()
	if err := chromedp.Do(within, steps...); err != nil {
		b.Fatalf("%s: %v; the page shows\n%s", what, err, b.text("body"))
	}
}

// text gives what a part of the page shows, however that part is.
func (b *browser) text(part string) string {
	within, cancel := withinSuite(b.page, b.T)
	defer cancel()
	text, err := chromedp.Run(within, chromedp.Text(chromedp.CSS(part)))
	if err != nil {
		return fmt.Sprintf("nothing to be read: %v", err)
	}
	return text
}

func (b *browser) open(url string) {
	b.Helper()
	b.do("opening "+url, chromedp.Navigate(url))
	b.sees("body.ready", "")
}

// press presses the first such part of the page as soon as a pointer could: it is
// there, and nothing covers it. It presses again when the page drew another in its
// place meanwhile.
func (b *browser) press(part string) {
	b.Helper()
	within, cancel := withinSuite(b.page, b.T)
	defer cancel()
	for pressed := false; !pressed; {
		at, err := chromedp.Run(within, chromedp.Evaluate[[]float64](fmt.Sprintf(`new Promise((resolve) => {
			const look = () => {
				const one = document.querySelector(%[1]q);
				one?.scrollIntoView({ block: "nearest", behavior: "instant" });
				const at = one?.getClientRects()[0];
				const [x, y] = at ? [at.x + at.width / 2, at.y + at.height / 2] : [];
				if (!at || !one.contains(document.elementFromPoint(x, y))) return requestAnimationFrame(look);
				window.pressed = false;
				addEventListener("click", ({ target }) => (window.pressed = target.closest(%[1]q) !== null), { capture: true, once: true });
				resolve([x, y]);
			};
			look();
		})`, part), chromedp.EvalAwaitPromise))
		if err == nil {
			err = chromedp.Do(within, chromedp.MouseClickXY(at[0], at[1]))
		}
		if err == nil {
			pressed, err = chromedp.Run(within, chromedp.Evaluate[bool](`window.pressed`))
		}
		if err != nil {
			b.Fatalf("pressing %s: %v; the page shows\n%s", part, err, b.text("body"))
		}
	}
}

func (b *browser) types(field, text string) {
	b.Helper()
	b.do("typing into "+field, chromedp.SendKeys(chromedp.CSS(field), text, chromedp.NodeVisible))
}

// sees waits until one of these parts of the page is visible with the text in it.
func (b *browser) sees(parts, text string) {
	b.Helper()
	b.do(fmt.Sprintf("waiting for %q in %s", text, parts), until("(%s)", parts, text))
}

// misses waits until none is.
func (b *browser) misses(parts, text string) {
	b.Helper()
	b.do(fmt.Sprintf("waiting for %q to leave %s", text, parts), until("!(%s)", parts, text))
}

// until looks at every frame that the page draws, and begins with the present one.
func until(form, parts, text string) chromedp.Action[chromedp.Void] {
	quoted, _ := json.Marshal([]string{parts, text})
	there := `[...document.querySelectorAll(parts)].some((one) => one.checkVisibility() && one.innerText.includes(text))`
	return chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`new Promise((resolve) => {
		const [parts, text] = %s;
		const look = () => %s ? resolve() : requestAnimationFrame(look);
		look();
	})`, quoted, fmt.Sprintf(form, there)), chromedp.EvalAwaitPromise)
}

// picture draws the page into a file of the folder that PICTURES names, if it
// does.
func (b *browser) picture(name string) {
	b.Helper()
	folder := os.Getenv("PICTURES")
	if folder == "" {
		return
	}
	within, cancel := withinSuite(b.page, b.T)
	defer cancel()
	b.do("waiting until nothing moves", chromedp.Evaluate[chromedp.Void](
		`Promise.allSettled(document.getAnimations().map((one) => one.finished))`, chromedp.EvalAwaitPromise))
	drawn, err := chromedp.Run(within, chromedp.CaptureScreenshot())
	if err != nil {
		b.Fatalf("drawing %s: %v", name, err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), drawn, 0o644); err != nil {
		b.Fatal(err)
	}
}
