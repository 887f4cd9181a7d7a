package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"
)

const (
	probeKey  = keyPrefix + "probe" // no chat's
	probeSize = 4 << 10             // of a long conversation: a Redis that is nearly full takes less
)

// troubles are what a Redis that answers has against keeping a conversation: how
// its answer begins, and what is wrong and how to mend it.
var troubles = []struct{ code, wrong string }{
	{"OOM", "is full and refuses writes. Raise its maxmemory, or give Rekey a Redis of its own"},
	{"READONLY", "is a read-only replica. Name the primary"},
	{"MISCONF", "refuses writes since it cannot save to its disk. Its log says why"},
	{"NOREPLICAS", "refuses writes while too few replicas follow it (min-replicas-to-write). Mend the replicas, or lower that"},
	{"MASTERDOWN", "is a replica that has lost its primary. Name the primary"},
	{"LOADING", "still reads its data from disk. Wait until it has"},
	{"MOVED", "is one of a cluster, which Rekey does not speak to. Name a single Redis"},
	{"CLUSTERDOWN", "is one of a cluster, which Rekey does not speak to. Name a single Redis"},
	{"NOPERM", "does not let this user do what is needed: ~" + keyPrefix + "* +get +set +pexpireat +eval +evalsha"},
	{"NOAUTH", "wants a user or a password. Write them into the URL"},
	{"WRONGPASS", "does not know this user and password"},
}

// Check tells whether a conversation can be kept: it saves one as any other, which
// is gone at once. Its error says what is wrong, where, and how to mend it.
func (c *Conversations) Check(ctx context.Context) error {
	var probe [headerSize + probeSize]byte
	err := save.Run(ctx, c.client, []string{probeKey}, nil, probe[:], 1).Err()
	if err == nil {
		return nil
	}
	at := c.client.Options().Addr
	if answer := redis.Error(nil); errors.As(err, &answer) {
		return fmt.Errorf("the Redis at %s %s", at, trouble(answer.Error()))
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err // without the address
	}
	return fmt.Errorf("no Redis serves at %s (%w). Does it run there, with this user and password?", at, err)
}

// trouble says what an answer means. A Redis before 7 quotes a script's error in
// one of its own, and all have words of their own for what a script may not do.
func trouble(answer string) string {
	answer = strings.ReplaceAll(answer, "The user executing the script", "-NOPERM ")
	for _, t := range troubles {
		if strings.HasPrefix(answer, t.code+" ") || strings.Contains(answer, "-"+t.code+" ") {
			return t.wrong + " (" + t.code + ")"
		}
	}
	code, _, _ := strings.Cut(answer, " ")
	return "refuses to keep a conversation (" + code + ")"
}
