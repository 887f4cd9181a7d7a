// Package inbox is an SMS gateway that delivers nowhere: it takes the POST of
// package sms and keeps the messages in memory, for the demo and for tests.
package inbox

import (
	"encoding/json"
	"net/http"
	"time"

	"rekey/bot/mail/inbox/journal"
)

const (
	limit   = 1000 // messages kept
	maxBody = 64 << 10
)

// Message is one SMS.
type Message struct {
	ID       string    `json:"id"` // the same over all tries
	To       string    `json:"to"` // in E.164
	Text     string    `json:"text"`
	Received time.Time `json:"received"`
}

// Inbox is an http.Handler that takes messages. Safe for concurrent use.
type Inbox struct{ messages *journal.Journal[Message] }

// New gives an empty inbox.
func New() *Inbox { return &Inbox{messages: journal.New[Message](limit)} }

// Messages gives the newest 1,000 messages, oldest first.
func (i *Inbox) Messages() []Message { return i.messages.Entries() }

// Watch shows each message that arrives from now on, until cancel.
func (i *Inbox) Watch() (messages <-chan Message, cancel func()) { return i.messages.Watch() }

// ServeHTTP takes one message with 202; what is no message gets 400.
func (i *Inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	var m Message
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&m)
	if err != nil || m.To == "" || m.Text == "" || m.ID != r.Header.Get("Idempotency-Key") {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	m.Received = time.Now()
	i.messages.Add(m)
	w.WriteHeader(http.StatusAccepted)
}
