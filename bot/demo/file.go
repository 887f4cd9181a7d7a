package demo

import (
	"io"
	"mime"
	"net/http"
	"strings"
)

// largestFile bounds what somebody sends at once; Telegram takes photos up to
// it.
const largestFile = 10 << 20

// showFile gives what was sent. A picture is shown, anything else is only saved:
// it could be a page.
func (p *page) showFile(w http.ResponseWriter, r *http.Request) {
	data, name, ok := p.options.Simulator.File(r.PathValue("id"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	kind := http.DetectContentType(data)
	if !strings.HasPrefix(kind, "image/") {
		kind = "application/octet-stream"
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(data) // the browser may be gone
}

// takeFile takes the bytes of a photo or a document, and tells what a message
// attaches them as.
func (p *page) takeFile(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestFile))
	if err != nil {
		answer(w, http.StatusRequestEntityTooLarge, problem{"This was not sent. Choose a file of at most 10 MB."})
		return
	}
	kind, err := p.options.Simulator.Upload(r.PathValue("kind"), r.URL.Query().Get("name"), data)
	if err != nil {
		answer(w, http.StatusConflict, problem{"Telegram does not take this file: " + err.Error()})
		return
	}
	answer(w, http.StatusOK, struct {
		Kind string `json:"kind"`
	}{kind})
}
