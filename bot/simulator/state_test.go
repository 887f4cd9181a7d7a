package simulator

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "telegram.json")
	before := newRig(t, Options{Path: path})
	before.lena.Start("")
	confirmed := before.drain()
	before.lena.Say("undelivered")
	var sent gotIn
	before.must("sendMessage", params{"chat_id": 77, "text": "Choose", "reply_markup": inline(params{"text": "Go", "callback_data": "go"})}, &sent)
	before.must("setMyCommands", params{"commands": []any{params{"command": "help", "description": "Help"}}}, nil)
	before.lena.Block()
	chat := before.lena.Chat()
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}

	after := newRig(t, Options{Path: path})
	updates := after.poll(params{})
	if len(updates) != 2 || updates[0].Message.Text != "undelivered" || updates[0].ID != confirmed[0].ID+1 {
		t.Errorf("after a restart: %+v", updates)
	}
	if menu := after.lena.Commands(); len(menu) != 1 || menu[0].Command != "help" {
		t.Errorf("menu %v", menu)
	}
	after.fails(403, "Forbidden: bot was blocked by the user", "sendMessage", params{"chat_id": 77, "text": "x"})
	if err := after.lena.Press(sent.ID, "Go"); err != nil {
		t.Error(err)
	}
	if now := after.lena.Chat(); !slices.EqualFunc(now, chat, func(a, b Message) bool { return a.ID == b.ID && a.HTML == b.HTML }) {
		t.Errorf("chat %+v, want %+v", now, chat)
	}
	if id := after.lena.Say("next"); id != sent.ID+1 {
		t.Errorf("message id %d after %d", id, sent.ID)
	}
}

// TestCrash starts from the file as it was the moment an id was handed out.
func TestCrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "telegram.json")
	before := newRig(t, Options{Path: path})
	var lastUpdate int64
	var lastMessage int
	for range reserve + 10 { // past the first reserve
		lastUpdate = before.Deliver([]byte(`{}`))
		before.poll(params{"offset": lastUpdate + 1})
	}
	lastMessage = before.lena.Say("x")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	crashed := filepath.Join(t.TempDir(), "crashed.json")
	if err := os.WriteFile(crashed, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	after := newRig(t, Options{Path: crashed})
	if id := after.Deliver([]byte(`{}`)); id <= lastUpdate {
		t.Errorf("update id %d is used again", id)
	}
	if id := after.lena.Say("y"); id <= lastMessage {
		t.Errorf("message id %d is used again", id)
	}
}

func TestRestartWithWebhook(t *testing.T) {
	hook := newHookBot(t)
	path := filepath.Join(t.TempDir(), "telegram.json")
	before := newRig(t, Options{Path: path})
	before.must("setWebhook", params{"url": hook.url}, nil)
	before.lena.Say("hello")
	held := hook.next()
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	held.ok()
	newRig(t, Options{Path: path})
	again := hook.next()
	again.ok()
	if again.ID != held.ID {
		t.Errorf("got %+v, want update %d again", again, held.ID)
	}
}

func TestBrokenState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "telegram.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{Path: path}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
	if _, err := New(Options{Path: filepath.Join(t.TempDir(), "missing", "telegram.json")}); err == nil {
		t.Error("a state that cannot be written is taken")
	}
}
