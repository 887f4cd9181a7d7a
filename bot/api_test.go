package bot

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"rekey/bot/simulator"
	"rekey/config"
)

// moments are times as programs read them.
var moments = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z`)

// program is a help-desk system with a key.
type program struct {
	*crew
	key string
}

// newProgram lets a program in beside a crew.
func newProgram(t *testing.T, environ ...string) *program {
	t.Helper()
	key, entry := keyFor(t, "helpdesk", "start-reset", "read-case")
	return &program{crew: newCrew(t, append([]string{"REKEY_API_KEYS=" + entry}, environ...)...), key: key}
}

func keyFor(t *testing.T, name string, scopes ...string) (key, entry string) {
	t.Helper()
	key, entry, err := config.NewAPIKey(name, scopes, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key, entry
}

// answer is what a program hears.
type answer struct {
	status int
	header http.Header
	body   string
}

func (p *program) call(method, path, once string, body any) answer {
	p.Helper()
	encoded, err := json.Marshal(body)
	if err != nil {
		p.Fatal(err)
	}
	r, err := http.NewRequestWithContext(p.Context(), method, "http://"+p.bot.addr+path, bytes.NewReader(encoded))
	if err != nil {
		p.Fatal(err)
	}
	r.Header = http.Header{"Authorization": {"Bearer " + p.key}, "Content-Type": {"application/json"}, "Idempotency-Key": {once}}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		p.Fatal(err)
	}
	return answer{got.StatusCode, got.Header, string(text)}
}

func (p *program) opens(once, identifier string) answer {
	p.Helper()
	return p.call(http.MethodPost, "/api/v1/cases", once, map[string]string{"identifier": identifier, "reason": "Cannot sign in", "ticket": "HD-1"})
}

// reads waits until a case shows the fragments, and gives all of it.
func (p *program) reads(number int, fragments ...string) string {
	p.Helper()
	var a answer
	p.eventually(fmt.Sprintf("the program reads %q", fragments), func() bool {
		a = p.call(http.MethodGet, fmt.Sprintf("/api/v1/cases/%d", number), "", nil)
		if a.status == http.StatusTooManyRequests {
			p.advance(time.Second)
		}
		for _, f := range fragments {
			if !strings.Contains(a.body, f) {
				return false
			}
		}
		return a.status == http.StatusOK
	})
	return a.body
}

const signing = "a secret that the program knows too"

// listener hears of events. It takes none the first time.
type listener struct {
	*httptest.Server
	mu    sync.Mutex
	tried map[string]bool
	taken map[string]string // what happened, by the event's id
}

func listen(t *testing.T) *listener {
	l := &listener{tried: map[string]bool{}, taken: map[string]string{}}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		mac := hmac.New(sha256.New, []byte(signing))
		_, _ = fmt.Fprintf(mac, "%s.%s", r.Header.Get("Rekey-Timestamp"), body)
		var e struct{ ID, What string }
		if err = errors.Join(err, json.Unmarshal(body, &e)); err != nil || r.Header.Get("Rekey-Signature") != hex.EncodeToString(mac.Sum(nil)) {
			t.Errorf("%s is not signed: %v", body, err)
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if !l.tried[e.ID] {
			l.tried[e.ID] = true
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		l.taken[e.ID] = e.What
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *listener) heard() map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.taken)
}

// A program opens a case, somebody approves it, and its owner alone finishes it.
func TestAProgramTriggersARecovery(t *testing.T) {
	t.Parallel()
	events := listen(t)
	p := newProgram(t, "REKEY_API_WEBHOOK_URL="+events.URL, "REKEY_API_WEBHOOK_SECRET="+signing)
	first := p.opens("ticket-1", "lena@gmail.com")
	if first.status != http.StatusCreated || first.body != `{"number":1,"status":"waiting"}`+"\n" {
		t.Fatalf("%+v", first)
	}
	p.card(1, "API helpdesk", "A second person must agree", "the caller is not verified", "Cannot sign in", "HD-1")
	p.press(p.ben, 1, "Approve")
	p.press(p.vera, 1, "Approve")
	p.card(1, "Approved: Send a link")
	if again := p.opens("ticket-1", "lena@gmail.com"); again.status != first.status || again.body != first.body {
		t.Errorf("the same request again: %+v, want %+v", again, first)
	}
	link := p.link("lena@gmail.com")

	lena := p.bot.visitor(t, 7001)
	lena.person.Start(link)
	lena.hears("API helpdesk")
	p.reads(1, `"status":"open"`, `"what":"link_opened"`)
	lena.press(lena.newest().Inline[0][0].Text, "Step 2 of 4")
	lena.say(lena.mailed("lena@gmail.com", 1), "Step 3 of 4")
	lena.hide("Marigold&Rain7", "Step 4 of 4")
	lena.hide("Marigold&Rain7", "Your password is changed")
	read := p.reads(1, `"status":"closed"`, `"what":"password_set"`, `"by":"Vera"`)
	for _, secret := range []string{link, "lena", "7001", "7103", "gmail", "•••", "demo-"} {
		if strings.Contains(strings.ToLower(read), secret) {
			t.Errorf("%q shows in %s", secret, read)
		}
	}
	if n := count(t, p.bot.dir, `SELECT count(*) FROM audit WHERE actor = 'api:helpdesk' AND event IN ('case.opened', 'case.asked')`); n != 2 {
		t.Errorf("%d rows of the audit log name the program", n)
	}
	want := map[string]string{
		"1-1": "opened", "1-2": "asked", "1-3": "approved", "1-4": "done", "1-5": "link_opened", "1-6": "password_set",
	}
	p.eventually("the program is told of all that happened, though it was away at first", func() bool {
		return maps.Equal(events.heard(), want)
	})
	p.bot.end(t)
	p.bot.hunt(t, []string{"Marigold&Rain7", link, p.key, signing})
}

// Whether there is an account makes no difference to any answer.
func TestAttackExistenceByAProgram(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	hear := func(number int, identifier string) string {
		opened := p.opens(identifier, identifier)
		p.card(number, "A second person must agree")
		p.press(p.vera, number, "Approve")
		read := p.reads(number, `"what":"done"`)
		again := p.opens(identifier+"-2", identifier)
		opened.header.Del("Date")
		all := fmt.Sprint(opened, read, again.status, again.body)
		all = strings.NewReplacer(fmt.Sprintf(`"number":%d`, number), `"number":N`, fmt.Sprintf("cases/%d", number), "cases/N").Replace(all)
		return moments.ReplaceAllString(all, "T")
	}
	known, nobody := hear(1, "omar@outlook.com"), hear(2, "xavi@outlook.com")
	if known != nobody {
		t.Errorf("known:\n%s\nnobody:\n%s", known, nobody)
	}
	if !strings.Contains(known, "409") {
		t.Errorf("a case that is open already is not told of: %s", known)
	}
}

// Without a key, or with another's, nothing happens.
func TestAttackAProgramsKey(t *testing.T) {
	t.Parallel()
	reading, entry := keyFor(t, "board", "read-case")
	stranger, _ := keyFor(t, "helpdesk", "start-reset", "read-case")
	p := &program{crew: newCrew(t, "REKEY_API_KEYS="+entry)}
	for key, want := range map[string]int{"": 401, entry: 401, stranger: 401, reading: 403} {
		p.key = key
		if a := p.opens("1", "lena@gmail.com"); a.status != want {
			t.Errorf("%+v, want %d", a, want)
		}
	}
	if n := count(t, p.bot.dir, `SELECT count(*) FROM cases`); n != 0 {
		t.Errorf("%d cases are open", n)
	}
}

// A stolen key opens no more cases than one member of staff, and admins hear of it.
func TestAttackManyCasesByAProgram(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	vera := p.bot.admit(t, simulator.Profile{ID: 7103, FirstName: "Vera", Language: "en"})
	vera.person.Start("")
	vera.hears("Forgot your")
	for i := range 10 {
		if a := p.opens(fmt.Sprint(i), fmt.Sprintf("somebody%d@gmail.com", i)); a.status != http.StatusCreated {
			t.Fatalf("case %d: %+v", i, a)
		}
	}
	if a := p.opens("more", "lena@gmail.com"); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "3600" {
		t.Fatalf("the eleventh: %+v", a)
	}
	if n := count(t, p.bot.dir, `SELECT count(*) FROM audit WHERE event = 'staff.refused' AND actor = 'api:helpdesk'`); n != 1 {
		t.Errorf("%d refusals are noted", n)
	}
	vera.hears("API helpdesk")
	p.advance(time.Hour)
	if a := p.opens("more", "lena@gmail.com"); a.status != http.StatusCreated {
		t.Fatalf("an hour later: %+v", a)
	}
}

// Without keys there is no API.
func TestNoKeysNoAPI(t *testing.T) {
	t.Parallel()
	p := &program{crew: newCrew(t)}
	if a := p.call(http.MethodGet, "/api/v1/openapi.json", "", nil); a.status != http.StatusNotFound {
		t.Errorf("%+v", a)
	}
}
