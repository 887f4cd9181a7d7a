package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// problem is an answer that is none (RFC 9457).
type problem struct {
	Type   string `json:"type"` // about:blank: the title is that of the status
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Number int64  `json:"number,omitempty"` // of the case that is open already

	after time.Duration // when to try again; 0: not said
}

func refuse(w http.ResponseWriter, p problem) {
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	if p.after > 0 {
		seconds := (p.after + time.Second - 1) / time.Second
		w.Header().Set("Retry-After", strconv.FormatInt(int64(seconds), 10))
	}
	write(w, p.Status, "application/problem+json", p)
}

func write(w http.ResponseWriter, status int, kind string, body any) {
	encoded, err := json.Marshal(body)
	if err != nil {
		panic(err) // never: of texts and numbers alone
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(encoded, '\n'))
}
