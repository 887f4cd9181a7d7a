package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"time"

	mailbox "rekey/bot/mail/inbox"
)

// mailPolicy is what a mail can do in its frame: show itself, with its own
// styles, and open links in a new window. It is of the page's origin only so
// that the page sees where a click leads; nothing in it runs.
const mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; " +
	"frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"

// mail is a mail for the page, which fetches the HTML by the id.
type mail struct {
	ID       string    `json:"id"`
	From     string    `json:"from"`
	To       string    `json:"to"`
	Subject  string    `json:"subject"`
	Text     string    `json:"text"`
	HTML     bool      `json:"html"` // there is an HTML part
	Received time.Time `json:"received"`
}

func newMail(m mailbox.Mail) mail {
	return mail{ID: mailID(m), From: m.From, To: m.To, Subject: m.Subject, Text: m.Text,
		HTML: m.HTML != "", Received: m.Received}
}

// mailID tells arrivals apart, also two of the same mail.
func mailID(m mailbox.Mail) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %d", m.MessageID, m.To, m.Received.UnixNano()))
	return hex.EncodeToString(sum[:8])
}

// showMail shows a mail's HTML in a frame that runs no scripts and loads nothing.
func (p *page) showMail(w http.ResponseWriter, r *http.Request) {
	for _, m := range p.options.Mail.Mails() {
		if mailID(m) != r.PathValue("id") {
			continue
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", mailPolicy)
		_, _ = io.WriteString(w, m.HTML) // the browser may be gone
		return
	}
	http.NotFound(w, r)
}
