package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"rekey/bot/demo/play"
	"rekey/bot/mail/inbox"
	"rekey/bot/simulator"
)

const (
	// benched names the variable that makes the test binary the bot of a
	// benchmark. Its value is the file of a CPU profile, or empty.
	benched = "BENCHED_BOT"
	// profiles names the variable with a folder for a CPU profile of the bot in
	// each benchmark.
	profiles = "BENCH_PROFILE"
	// patience is how long a person waits for a reply.
	patience = time.Minute
)

// benchedBot is the bot's process in the benchmarks: the bot as it is.
func benchedBot(profile string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			_, _ = fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() { _ = f.Close() }()
		_ = pprof.StartCPUProfile(f)
		defer pprof.StopCPUProfile()
	}
	return Main(ctx, []string{"run"}, Env{
		Environ: os.Environ(), In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Now: time.Now,
	})
}

// town is where a benchmark's people live: a Telegram and a mail server in
// memory, and a database with their accounts.
type town struct {
	tb       testing.TB
	telegram *simulator.Server
	environ  []string
	dir      string         // where its database is
	codes    []chan string  // by the number of the person
	letters  sync.WaitGroup // the notices that are still to come
	log      journal
}

// openTown settles people with accounts. It ends with the benchmark.
func openTown(tb testing.TB, people int, environ ...string) *town {
	tb.Helper()
	t := &town{tb: tb, codes: make([]chan string, people)}
	for i := range t.codes {
		t.codes[i] = make(chan string, 1)
	}
	t.letters.Add(people)
	dir := tb.TempDir()
	var err error
	if t.telegram, err = simulator.New(simulator.Options{}); err != nil {
		tb.Fatal(err)
	}
	api := httptest.NewServer(t.telegram)
	tb.Cleanup(func() { _ = t.telegram.Close(); api.Close() })
	mail, err := inbox.Start("127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = mail.Close() })
	mails, stop := mail.Watch()
	tb.Cleanup(stop)
	go t.sort(mails)
	t.dir = dir
	t.environ = append([]string{
		"REKEY_TELEGRAM_TOKEN=" + t.telegram.Token(), "REKEY_TELEGRAM_API_URL=" + api.URL,
		"REKEY_DATABASE=" + filepath.Join(dir, "rekey.db"), "REKEY_SECRET=" + strings.Repeat("benchmark", 4),
		"REKEY_SMTP_URL=" + mail.URL(), "REKEY_MAIL_FROM=accounts@aurora.example",
		"REKEY_LISTEN=127.0.0.1:0", "REKEY_LOG_LEVEL=warn", "REKEY_LIMIT_MAILS_PER_MINUTE=1000000",
	}, environ...)
	t.settle(filepath.Join(dir, "people.csv"))
	return t
}

// settle imports the accounts, all with one hash that no password has.
func (t *town) settle(file string) {
	t.tb.Helper()
	var csv bytes.Buffer
	csv.WriteString("id,email,password_hash\n")
	for i := range t.codes {
		fmt.Fprintf(&csv, "%d,%s,\"$argon2id$v=19$m=8,t=1,p=1$%s$%s\"\n", i, address(i), strings.Repeat("A", 22), strings.Repeat("A", 43))
	}
	if err := os.WriteFile(file, csv.Bytes(), 0o600); err != nil {
		t.tb.Fatal(err)
	}
	status := Main(t.tb.Context(), []string{"accounts", "import", file}, Env{
		Environ: t.environ, In: strings.NewReader(""), Out: &t.log, Err: &t.log, Now: time.Now,
	})
	if status != 0 {
		t.tb.Fatalf("the accounts are not imported:\n%s", &t.log)
	}
}

func address(i int) string { return fmt.Sprintf("person%d@example.org", i) }

// sort hands the codes to their people and counts the other mails.
func (t *town) sort(mails <-chan inbox.Mail) {
	for m := range mails {
		codes := play.Codes(m.Text)
		if len(codes) == 0 {
			t.letters.Done()
			continue
		}
		var i int
		if _, err := fmt.Sscanf(m.To, "person%d@", &i); err == nil {
			t.codes[i] <- codes[0]
		}
	}
}

// complete checks that so many recoveries made the calls that they make, and
// no others.
func (t *town) complete(recoveries int) {
	t.tb.Helper()
	calls := t.telegram.Calls()
	if sent, deleted := calls["sendMessage"], calls["deleteMessage"]; sent != 5*recoveries || deleted != 2*recoveries {
		t.tb.Errorf("%d messages sent and %d deleted in %d recoveries; the bot's log is\n%s", sent, deleted, recoveries, &t.log)
	}
}

// inhabitant is a person and what they see.
type inhabitant struct {
	person  *simulator.Person
	email   string
	code    <-chan string
	events  <-chan simulator.Event
	leave   func()
	replies []time.Duration // how long each took
	deleted int             // messages that the bot took away
}

func (t *town) person(i int) *inhabitant {
	p := &inhabitant{email: address(i), code: t.codes[i]}
	p.person = t.telegram.Person(simulator.Profile{ID: int64(1_000_000 + i), FirstName: "Person", Language: "en"})
	p.events, p.leave = p.person.Watch()
	return p
}

// recovers goes through a whole recovery, as fast as the bot lets it.
func (p *inhabitant) recovers() error {
	const next = "Marigold&Rain7"
	var code string
	for _, turn := range []struct {
		say   func() string
		hears string
	}{
		{func() string { return "/start recover" }, "Step 1 of 4"},
		{func() string { return p.email }, "Step 2 of 4"},
		{func() string { return code }, "Step 3 of 4"},
		{func() string { return next }, "Step 4 of 4"},
		{func() string { return next }, "Your password is changed"},
	} {
		if turn.hears == "Step 3 of 4" {
			select {
			case code = <-p.code:
			case <-time.After(patience):
				return errors.New("no code is mailed")
			}
		}
		text := turn.say()
		begun := time.Now()
		p.person.Say(text)
		if err := p.hears(turn.hears); err != nil {
			return err
		}
		p.replies = append(p.replies, time.Since(begun))
	}
	for p.deleted < 2 {
		if _, err := p.next(); err != nil {
			return err
		}
	}
	return nil
}

// hears waits for the bot's next message.
func (p *inhabitant) hears(fragment string) error {
	for {
		text, err := p.next()
		if err != nil {
			return fmt.Errorf("waiting for %q: %w", fragment, err)
		}
		if text == "" {
			continue
		}
		if !strings.Contains(text, fragment) {
			return fmt.Errorf("the bot should have said %q, but said %q", fragment, text)
		}
		return nil
	}
}

// next takes in one event, and gives the text if the bot said something.
func (p *inhabitant) next() (string, error) {
	select {
	case e := <-p.events:
		if e.Kind == "delete" {
			p.deleted++
		}
		if e.Kind == "message" && e.Message.FromBot {
			return e.Message.Text, nil
		}
		return "", nil
	case <-time.After(patience):
		return "", errors.New("nothing happens")
	}
}

// benchedProcess is a running bot.
type benchedProcess struct {
	town *town
	cmd  *exec.Cmd
}

// start starts the bot. A name, with BENCH_PROFILE, asks for a profile.
func (t *town) start(name string) *benchedProcess {
	t.tb.Helper()
	profile := ""
	if dir := os.Getenv(profiles); dir != "" && name != "" {
		profile = filepath.Join(dir, strings.NewReplacer("/", "_", "=", "-", ",", "-").Replace(name)+".pprof")
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), t.environ...), benched+"="+profile)
	cmd.Stdout, cmd.Stderr = &t.log, &t.log
	if err := cmd.Start(); err != nil {
		t.tb.Fatal(err)
	}
	t.tb.Cleanup(func() { _ = cmd.Process.Kill() })
	return &benchedProcess{t, cmd}
}

// end stops the bot kindly.
func (p *benchedProcess) end() {
	p.town.tb.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	if err := p.cmd.Wait(); err != nil {
		p.town.tb.Fatalf("the bot ended with %v; its log is\n%s", err, &p.town.log)
	}
}

// cpu is the processor time that the bot has used so far, to 10 ms: fields 14
// and 15 of Linux' /proc/pid/stat, which count in hundredths of a second.
func (p *benchedProcess) cpu() time.Duration {
	p.town.tb.Helper()
	stat := p.proc("stat")
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:]) // from the third on
	return time.Duration(p.number(fields[11])+p.number(fields[12])) * 10 * time.Millisecond
}

// memory is the bot's resident memory in MiB.
func (p *benchedProcess) memory() float64 { return p.mebibytes("VmRSS:") }

// peak is the most that memory has been.
func (p *benchedProcess) peak() float64 { return p.mebibytes("VmHWM:") }

// mebibytes reads a line of Linux' /proc/pid/status, which counts in KiB.
func (p *benchedProcess) mebibytes(name string) float64 {
	p.town.tb.Helper()
	_, rest, _ := strings.Cut(p.proc("status"), name)
	return float64(p.number(strings.Fields(rest)[0])) / 1024
}

func (p *benchedProcess) proc(name string) string {
	p.town.tb.Helper()
	content, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), name))
	if err != nil {
		p.town.tb.Fatalf("the benchmarks need Linux' /proc: %v", err)
	}
	return string(content)
}

func (p *benchedProcess) number(text string) int64 {
	p.town.tb.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		p.town.tb.Fatalf("reading /proc: %v", err)
	}
	return n
}
