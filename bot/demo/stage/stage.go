// Package stage is the world in which the demonstration runs: a local
// Telegram, a mail server and an SMS gateway on loopback, and the settings by
// which the bot finds them. The bot itself is the real one.
package stage

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"rekey/bot/demo"
	mailbox "rekey/bot/mail/inbox"
	"rekey/bot/simulator"
	smsbox "rekey/bot/sms/inbox"
)

// Brand is the shop whose passwords are recovered.
const Brand = "Aurora Shop"

// staffGroup is the id of the group where the shop's staff work.
const staffGroup = -1001000000001

// Stage is an open stage. Close it when done.
type Stage struct {
	Telegram *simulator.Server
	Staff    *simulator.Group // those of [demo.Staff], with the bot
	Mail     *mailbox.Inbox
	SMS      *smsbox.Inbox

	dir    string
	secret string
	server *http.Server
	addr   string
}

// Open sets the stage in a folder, where everything that is kept goes: the
// bot's database, its secret and the chats.
func Open(dir string, now func() time.Time, log *slog.Logger) (*Stage, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	s := &Stage{dir: dir, SMS: smsbox.New()}
	var err error
	if s.secret, err = secretIn(filepath.Join(dir, "secret")); err != nil {
		return nil, err
	}
	if s.Mail, err = mailbox.Start("127.0.0.1:0"); err != nil {
		return nil, err
	}
	s.Telegram, err = simulator.New(simulator.Options{
		Path: filepath.Join(dir, "telegram.json"), Name: "Rekey", Username: "rekey_demo_bot",
		GroupLimit: simulator.GroupLimit, Now: now, Log: log,
	})
	if err != nil {
		return nil, errors.Join(err, s.Mail.Close())
	}
	s.Staff = s.gather(demo.Staff())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, s.Telegram.Close(), s.Mail.Close())
	}
	s.addr = listener.Addr().String()
	mux := http.NewServeMux()
	mux.Handle("/sms", s.SMS)
	mux.Handle("/", s.Telegram)
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(listener) }()
	return s, nil
}

// gather brings the staff and the bot together in a group with topics. An admin
// of the bot owns it.
func (s *Stage) gather(staff []demo.Colleague) *simulator.Group {
	members := map[*simulator.Person]simulator.Membership{}
	for _, one := range staff {
		place := simulator.Membership{Status: simulator.Member}
		if slices.Contains(one.Roles, "admin") {
			place.Status = simulator.Creator
		}
		members[s.Telegram.Person(one.Profile)] = place
	}
	bot := simulator.Membership{Status: simulator.Administrator, Rights: []simulator.Right{simulator.ManageTopics, simulator.DeleteMessages}}
	return s.Telegram.NewGroup(staffGroup, simulator.GroupOptions{Title: Brand + " support", Forum: true, Bot: bot, Members: members})
}

// secretIn reads the secret that a file keeps, and makes both the first time.
func secretIn(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err == nil {
		return string(b), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("reading the secret: %w", err)
	}
	fresh := make([]byte, 32)
	if _, err := rand.Read(fresh); err != nil {
		return "", err
	}
	text := hex.EncodeToString(fresh)
	return text, os.WriteFile(path, []byte(text), 0o600)
}

// Environ gives the bot's settings. The limits on how often one person may
// try are wider than in earnest, so that a newcomer can try for a while.
func (s *Stage) Environ(signIn string) []string {
	return []string{
		"REKEY_TELEGRAM_TOKEN=" + s.Telegram.Token(),
		"REKEY_TELEGRAM_API_URL=http://" + s.addr,
		"REKEY_DATABASE=" + filepath.Join(s.dir, "rekey.db"),
		"REKEY_SECRET=" + s.secret,
		"REKEY_SMTP_URL=" + s.Mail.URL(),
		"REKEY_MAIL_FROM=" + Brand + " <accounts@aurora.example>",
		"REKEY_SMS_URL=http://" + s.addr + "/sms",
		"REKEY_BRAND=" + Brand,
		"REKEY_SIGN_IN_URL=" + signIn,
		"REKEY_STAFF_GROUP=" + strconv.FormatInt(staffGroup, 10),
		"REKEY_STAFF_PRIVILEGED=*@aurora.example",
		"REKEY_LISTEN=127.0.0.1:0",
		"REKEY_LOG_LEVEL=warn",
		"REKEY_LIMIT_FLOWS_PER_CHAT_15MIN=30",
		"REKEY_LIMIT_FLOWS_PER_CHAT_DAY=100",
		"REKEY_LIMIT_IDENTIFIERS_PER_CHAT_DAY=50",
		"REKEY_LIMIT_SENDS_PER_ACCOUNT_HOUR=30",
		"REKEY_LIMIT_SENDS_PER_ACCOUNT_DAY=100",
		"REKEY_LIMIT_GUESSES_PER_ACCOUNT_DAY=100",
		"REKEY_LIMIT_GUESSES_PER_CHAT_DAY=100",
		"REKEY_LIMIT_SMS_PER_PREFIX_10MIN=50",
		"REKEY_LIMIT_SMS_PER_PREFIX_DAY=200",
	}
}

// Close takes the stage down.
func (s *Stage) Close() error {
	return errors.Join(s.server.Close(), s.Telegram.Close(), s.Mail.Close())
}
