// Package redis remembers conversations in Redis, and only those: one key for
// each chat, which Redis drops when the conversation expires. Redis may lose
// them at any moment; people then start again, and nothing unsafe happens.
//
// A value is the revision (8 bytes, most significant first), the expiry (8
// bytes, Unix milliseconds) and the sealed body. A script compares the revision
// and writes, so that replicas cannot overwrite each other.
package redis

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"rekey/flows"
)

const (
	keyPrefix  = "rekey:conversation:"
	headerSize = 16

	dialTimeout    = time.Second
	commandTimeout = 500 * time.Millisecond
	// poolSize is how many connections there are at most: one for the line, one
	// for health checks beside it, and one while another ends.
	poolSize = 3
)

// save answers 1 for a value that stands already too: then an earlier attempt
// was carried out and only its answer was lost. Sealed bodies never repeat. What
// is too short for a value is none, as for Load.
// The check saves what has expired, which Redis drops within the same script.
var save = redis.NewScript(`
local now = redis.call('GET', KEYS[1]) or ''
if #now < 16 then now = '' end
if now == ARGV[2] then return 1 end
if string.sub(now, 1, 8) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
return 1
`)

// Conversations keeps conversations in one Redis database. Safe for concurrent
// use, also by several processes on one database.
type Conversations struct {
	client *redis.Client
	line   *line
}

var _ flows.Conversations = (*Conversations)(nil)

// Open prepares for the Redis at a URL: redis://user:password@host:port/number,
// rediss:// for TLS, or unix:///path/to/socket. It does not connect yet; Check does. An error never
// holds the URL. Close releases the connections.
func Open(url string) (*Conversations, error) {
	o, err := redis.ParseURL(url)
	if err != nil {
		// The parser's own words may repeat the password.
		return nil, errors.New("this is not the URL of a Redis: write redis://user:password@host:port/0, rediss:// for TLS, or unix:///path/to/socket")
	}
	o.DialTimeout, o.DialerRetries = dialTimeout, 1
	o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = commandTimeout, commandTimeout, commandTimeout
	o.ContextTimeoutEnabled = true
	o.MaxRetries = 1
	o.PoolSize, o.MaxActiveConns, o.PipelinePoolSize = poolSize, poolSize, -1
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	logging.Disable() // go-redis' own lines: what fails is returned too
	client := redis.NewClient(o)
	return &Conversations{client, newLine(client)}, nil
}

// Close ends all connections.
func (c *Conversations) Close() error {
	c.line.close()
	return c.client.Close()
}

// Load implements flows.Conversations.
func (c *Conversations) Load(ctx context.Context, chat int64) (flows.Stored, bool, error) {
	get := redis.NewStringCmd(ctx, "GET", key(chat))
	err := c.line.do(ctx, get)
	if errors.Is(err, redis.Nil) {
		return flows.Stored{}, false, nil
	}
	if err != nil {
		return flows.Stored{}, false, fmt.Errorf("loading a conversation from Redis: %w", err)
	}
	value, _ := get.Bytes()
	if len(value) < headerSize {
		return flows.Stored{}, false, nil
	}
	return flows.Stored{
		Revision: binary.BigEndian.Uint64(value),
		Expires:  time.UnixMilli(int64(binary.BigEndian.Uint64(value[8:]))).UTC(),
		Body:     value[headerSize:],
	}, true, nil
}

// Save implements flows.Conversations.
func (c *Conversations) Save(ctx context.Context, chat int64, was uint64, next flows.Stored) (bool, error) {
	var expected []byte
	if was != 0 {
		expected = binary.BigEndian.AppendUint64(nil, was)
	}
	expires := next.Expires.UnixMilli()
	value := make([]byte, 0, headerSize+len(next.Body))
	value = binary.BigEndian.AppendUint64(value, next.Revision)
	value = binary.BigEndian.AppendUint64(value, uint64(expires))
	value = append(value, next.Body...)
	run := redis.NewCmd(ctx, "EVALSHA", save.Hash(), 1, key(chat), expected, value, expires)
	err := c.line.do(ctx, run)
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		run = save.Eval(ctx, c.client, []string{key(chat)}, expected, value, expires)
		err = run.Err()
	}
	if err != nil {
		return false, fmt.Errorf("saving a conversation in Redis: %w", err)
	}
	return run.Bool()
}

func key(chat int64) string { return keyPrefix + strconv.FormatInt(chat, 10) }
