package main

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
	late := time.AfterFunc(patience, end) // a deadline here would be one for the browser's whole life
	err = chromedp.Do(page, chromedp.EmulateViewport(1280, 800))
	late.Stop()
	if err != nil {
		t.Fatalf("starting chromium: %v", err)
	}
	t.Cleanup(func() {
		within, cancel := context.WithTimeout(page, patience)
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
	within, cancel := context.WithTimeout(b.page, patience)
	defer cancel()
	if err := chromedp.Do(within, steps...); err != nil {
		b.Fatalf("%s: %v; the page shows\n%s", what, err, b.text("body"))
	}
}

// text gives what a part of the page shows, however that part is.
func (b *browser) text(part string) string {
	within, cancel := context.WithTimeout(b.page, 10*time.Second)
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

func (b *browser) press(part string) {
	b.Helper()
	b.do("pressing "+part, chromedp.Click(chromedp.CSS(part), chromedp.NodeVisible))
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
	within, cancel := context.WithTimeout(b.page, patience)
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
