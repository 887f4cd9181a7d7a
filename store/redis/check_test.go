package redis

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"rekey/store/storetest"
)

func TestCheck(t *testing.T) {
	c := open(t, storetest.Redis(t))
	for range 2 {
		if err := c.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if keys, err := c.client.Keys(t.Context(), "*").Result(); err != nil || len(keys) != 0 {
		t.Errorf("the check leaves %q, %v", keys, err)
	}
	if err := open(t, "redis://127.0.0.1:1").Check(t.Context()); err == nil || !strings.Contains(err.Error(), "no Redis serves at 127.0.0.1:1 (connect: connection refused)") {
		t.Errorf("checking where nothing listens = %v", err)
	}
}

// A Redis that answers but keeps nothing is found out, and is fine once it is mended.
func TestCheckOfARedisThatRefusesWrites(t *testing.T) {
	c := open(t, storetest.Redis(t))
	do := func(command string) {
		t.Helper()
		var args []any
		for _, word := range strings.Fields(command) {
			args = append(args, word)
		}
		if err := c.client.Do(t.Context(), args...).Err(); err != nil {
			t.Fatalf("%s: %v", command, err)
		}
	}
	for _, fault := range []struct{ command, undo, wrong string }{
		{"CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0", "is full and refuses writes. Raise its maxmemory"},
		{"REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE", "is a read-only replica. Name the primary"},
		{"CONFIG SET min-replicas-to-write 1", "CONFIG SET min-replicas-to-write 0", "refuses writes while too few replicas follow it"},
	} {
		do(fault.command)
		if err := c.Check(t.Context()); err == nil || !strings.Contains(err.Error(), fault.wrong) || !strings.Contains(err.Error(), c.client.Options().Addr) {
			t.Errorf("after %s: %v", fault.command, err)
		}
		do(fault.undo)
		if err := c.Check(t.Context()); err != nil {
			t.Errorf("after %s: %v", fault.undo, err)
		}
	}
}

// A user with the rights that are documented is enough, and one without one of them
// is found out.
func TestCheckNeedsTheRightsOfConversations(t *testing.T) {
	url := storetest.Redis(t)
	admin := open(t, url)
	rights := strings.Fields("~rekey:conversation:* +get +set +pexpireat +eval +evalsha")
	for i := range len(rights) + 1 {
		user := fmt.Sprintf("user%d", i)
		args := []any{"ACL", "SETUSER", user, "on", ">word"}
		for j, right := range rights {
			if j != i {
				args = append(args, right)
			}
		}
		// Without the script, which an earlier user may have left.
		if err := errors.Join(admin.client.Do(t.Context(), args...).Err(), admin.client.ScriptFlush(t.Context()).Err()); err != nil {
			t.Fatal(err)
		}
		c := open(t, strings.Replace(url, "redis://", "redis://"+user+":word@", 1))
		err := c.Check(t.Context())
		if i < len(rights) {
			if err == nil || !strings.Contains(err.Error(), strings.Join(rights, " ")) {
				t.Errorf("without %s: %v", rights[i], err)
			}
			continue
		}
		if err != nil {
			t.Errorf("with all rights: %v", err)
		}
		if _, _, err := c.Load(t.Context(), 42); err != nil {
			t.Errorf("loading with these rights: %v", err)
		}
	}
}

func TestTroubleIsNamed(t *testing.T) {
	for answer, want := range map[string]string{
		"MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.": "cannot save to its disk",
		"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.":                 "Name the primary",
		"LOADING Redis is loading the dataset in memory":                                                   "Wait until it has",
		"MOVED 3999 127.0.0.1:6381":                                     "one of a cluster",
		"WRONGPASS invalid username-password pair or user is disabled.": "does not know this user and password",
		"NOAUTH Authentication required.":                               "Write them into the URL",
		"ERR Error running script (call to f_1): @user_script:5: -OOM command not allowed when used memory > 'maxmemory'.": "is full",
		"ERR Error running script (call to f_1): @user_script: 5: -READONLY You can't write against a read only replica.":  "is a read-only replica",
		"ERR The user executing the script can't run this command or subcommand script: 1b9c, on @user_script:3.":          "does not let this user do",
		"WRONGTYPE Operation against a key holding the wrong kind of value":                                                "refuses to keep a conversation (WRONGTYPE)",
	} {
		if got := trouble(answer); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", answer, got, want)
		}
	}
}
