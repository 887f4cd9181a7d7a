package flows_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"os"
	"sync"
	"testing"
	"time"

	"rekey/flows"
)

// chat is a Messenger that writes down what it is told.
type chat struct {
	mu      sync.Mutex
	replies []flows.Reply
	toasts  []flows.MessageID
	deleted []int
	refuse  error  // what Send gives
	keep    error  // what Delete gives
	read    func() // called once, when a reply can be read but Send has not returned
}

func (c *chat) Send(_ context.Context, _ int64, _ string, r flows.Reply) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse == nil {
		c.replies = append(c.replies, r)
	}
	if read := c.read; read != nil {
		c.read = nil
		read()
	}
	return c.refuse
}

func (c *chat) Delete(_ context.Context, _ int64, messages ...int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keep == nil {
		c.deleted = append(c.deleted, messages...)
	}
	return c.keep
}

func (c *chat) Answer(_ context.Context, _ int64, _, _ string, say flows.MessageID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.toasts = append(c.toasts, say)
	return nil
}

// last gives the last paragraph of the last message.
func (c *chat) last() flows.MessageID {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.replies) == 0 {
		return ""
	}
	say := c.replies[len(c.replies)-1].Say
	return say[len(say)-1]
}

func (c *chat) count(id flows.MessageID) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, r := range c.replies {
		for _, said := range r.Say {
			if said == id {
				n++
			}
		}
	}
	return n
}

// carrier keeps the letters.
type carrier struct{ r *rig }

func (c carrier) Carry(_ context.Context, l flows.Letter) error {
	c.r.letters = append(c.r.letters, l)
	return nil
}

// talks are conversations that can break when they are saved.
type talks struct {
	flows.Conversations
	broken error
	lose   func() // called once, before saving
}

func (t *talks) Save(ctx context.Context, chat int64, was uint64, next flows.Stored) (bool, error) {
	if lose := t.lose; lose != nil {
		t.lose = nil
		lose()
	}
	if t.broken != nil {
		return false, t.broken
	}
	return t.Conversations.Save(ctx, chat, was, next)
}

// number asks the database for a number.
func (r *rig) number(t *testing.T, query string) int {
	t.Helper()
	db, err := sql.Open("sqlite", r.path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	n := 0
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func (r *rig) exec(t *testing.T, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", r.path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(query); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) holds(t *testing.T, what, query string, want int) {
	t.Helper()
	if n := r.number(t, query); n != want {
		t.Errorf("want %s, but there are %d", what, n)
	}
}

// store puts a conversation, as a file holds it, where the runner finds it.
func (r *rig) store(t *testing.T, file string) {
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(body) {
		t.Fatalf("%s is no JSON", file)
	}
	sealed, err := r.keys.Seal(body, "conversation:7")
	if err != nil {
		t.Fatal(err)
	}
	saved, err := r.talks.Save(t.Context(), 7, 0, flows.Stored{Revision: 5, Body: sealed, Expires: r.now.Add(time.Hour)})
	if err != nil || !saved {
		t.Fatalf("storing %s: %t, %v", file, saved, err)
	}
}
