package redis

import (
	"net"
	"strings"
	"testing"
	"time"

	"rekey/flows"
	"rekey/store/storetest"
)

func open(tb testing.TB, url string) *Conversations {
	tb.Helper()
	c, err := Open(url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := c.Close(); err != nil {
			tb.Errorf("closing: %v", err)
		}
	})
	return c
}

func TestConversations(t *testing.T) {
	storetest.Conversations(t, func(tb testing.TB) flows.Conversations { return open(tb, storetest.Redis(tb)) })
}

func TestKeepsOneExpiringKeyForEachChat(t *testing.T) {
	c := open(t, storetest.Redis(t))
	expires := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	for revision := range uint64(3) {
		saved, err := c.Save(t.Context(), 42, revision, flows.Stored{Revision: revision + 1, Body: []byte{byte(revision)}, Expires: expires})
		if err != nil || !saved {
			t.Fatalf("saving over %d = %t, %v", revision, saved, err)
		}
	}
	keys, err := c.client.Keys(t.Context(), "*").Result()
	if err != nil || len(keys) != 1 || keys[0] != "rekey:conversation:42" {
		t.Fatalf("keys = %q, %v", keys, err)
	}
	at, err := c.client.PExpireTime(t.Context(), keys[0]).Result()
	if err != nil || at != time.Duration(expires.UnixMilli())*time.Millisecond {
		t.Fatalf("the key expires at %v, %v; want %v", at, err, expires)
	}
}

func TestSaveWhoseAnswerWasLostIsNotALostSave(t *testing.T) {
	c := open(t, storetest.Redis(t))
	next := flows.Stored{Revision: 1, Body: []byte("sealed"), Expires: time.Now().Add(time.Hour)}
	for range 2 {
		if saved, err := c.Save(t.Context(), 42, 0, next); err != nil || !saved {
			t.Fatalf("saving = %t, %v", saved, err)
		}
	}
}

// Somebody else's value under a chat's key bars nobody from the chat.
func TestWhatIsNoConversationIsReplaced(t *testing.T) {
	c := open(t, storetest.Redis(t))
	for _, value := range []string{"", "x", "fifteen letters"} {
		if err := c.client.Set(t.Context(), key(42), value, 0).Err(); err != nil {
			t.Fatal(err)
		}
		if _, found, err := c.Load(t.Context(), 42); found || err != nil {
			t.Errorf("%q is read as a conversation: %t, %v", value, found, err)
		}
		next := flows.Stored{Revision: 1, Body: []byte("sealed"), Expires: time.Now().Add(time.Hour)}
		if saved, err := c.Save(t.Context(), 42, 0, next); !saved || err != nil {
			t.Errorf("saving over %q: %t, %v", value, saved, err)
		}
	}
}

func TestSurvivesFlush(t *testing.T) {
	c := open(t, storetest.Redis(t))
	next := flows.Stored{Revision: 1, Body: []byte("sealed"), Expires: time.Now().Add(time.Hour)}
	if _, err := c.Save(t.Context(), 42, 0, next); err != nil {
		t.Fatal(err)
	}
	if err := c.client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.client.ScriptFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := c.Load(t.Context(), 42); ok || err != nil {
		t.Fatalf("loading after a flush = %t, %v", ok, err)
	}
	if saved, err := c.Save(t.Context(), 42, 0, next); err != nil || !saved {
		t.Fatalf("saving after a flush = %t, %v", saved, err)
	}
}

func TestErrorsHoldNoPassword(t *testing.T) {
	const password = "canary-7Qx"
	for _, url := range []string{
		"redis://user:" + password + "@host:port/0", "redis://user:" + password + "@ho st", "http://:" + password + "@host",
		password, "redis://:" + password + "@host/no-number", "redis://:" + password + "%zz@host",
	} {
		if _, err := Open(url); err == nil || strings.Contains(err.Error(), password) {
			t.Errorf("opening = %v; want an error without the password", err)
		}
	}
	at := strings.TrimPrefix(storetest.Redis(t), "redis://")
	c := open(t, "redis://user:"+password+"@"+at)
	if err := c.Check(t.Context()); err == nil || strings.Contains(err.Error(), password) {
		t.Errorf("checking with a wrong password = %v; want an error without it", err)
	}
}

func TestSilentServerIsGivenUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	c := open(t, "redis://"+l.Addr().String())
	if _, _, err := c.Load(t.Context(), 42); err == nil {
		t.Fatal("a server that never answers gives no error")
	}
}
