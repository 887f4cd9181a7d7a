package bot

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rekey/bot/demo/stage"
	"rekey/bot/simulator"
	"rekey/store/sqlite"
)

// rekey runs one command and gives its status and all that it prints.
func rekey(t *testing.T, environ []string, input string, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	status := Main(t.Context(), args, Env{
		Environ: environ, In: strings.NewReader(input), Out: &out, Err: &out, Now: time.Now,
	})
	return status, out.String()
}

func expect(t *testing.T, status int, out string, wantStatus int, fragments ...string) {
	t.Helper()
	if status != wantStatus {
		t.Errorf("status %d, want %d:\n%s", status, wantStatus, out)
	}
	for _, f := range fragments {
		if !strings.Contains(out, f) {
			t.Errorf("%q is missing in:\n%s", f, out)
		}
	}
}

func TestCheckTriesEveryPart(t *testing.T) {
	t.Parallel()
	set, err := stage.Open(t.TempDir(), time.Now, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = set.Close() }()
	environ := set.Environ("http://127.0.0.1:1/")
	status, out := rekey(t, environ, "\n", "accounts", "add", "--username", "lena")
	expect(t, status, out, 0, "is added")
	status, out = rekey(t, environ, "", "check")
	expect(t, status, out, 0, "database  fine", "telegram  fine", "mail      fine", "sms       fine", "staff     fine")
	status, out = rekey(t, append(environ, "REKEY_STAFF_GROUP=-1009"), "", "check")
	expect(t, status, out, 1, "REKEY_STAFF_GROUP: the bot is in no group with the id -1009")
	set.Staff.PlaceBot(simulator.Membership{Status: simulator.Member})
	status, out = rekey(t, environ, "", "check")
	expect(t, status, out, 1, "make the bot an administrator")

	broken := append(environ, "REKEY_TELEGRAM_TOKEN=1000001:unknown", "REKEY_SMTP_URL=smtp://127.0.0.1:1", "REKEY_REDIS_URL=redis://127.0.0.1:1")
	status, out = rekey(t, broken, "", "check")
	expect(t, status, out, 1, "REKEY_TELEGRAM_TOKEN", "REKEY_SMTP_URL: no mail server answers at 127.0.0.1:1",
		"REKEY_REDIS_URL: no Redis serves at 127.0.0.1:1 (connect: connection refused). Does it run there", "4 of 6 parts need mending")
	if strings.Contains(out, "1000001:unknown") {
		t.Error("the token is printed")
	}
}

func TestReportSaysHowADayIsWritten(t *testing.T) {
	t.Parallel()
	status, out := rekey(t, nil, "", "staff", "report", "--from", "yesterday", "--to", "2026-11-30")
	expect(t, status, out, 1, `--from: "yesterday" is no day: write it as 2026-11-30`)
}

func TestRunSaysAllThatIsWrongAtOnce(t *testing.T) {
	t.Parallel()
	environ := []string{
		"REKEY_MOOD=good", "REKEY_MODE=webhok", "REKEY_ARGON2=m=8,t=1,p=1", "REKEY_LANGUAGE=de", "REKEY_STAFF_LANGUAGE=xx",
		"REKEY_BRAND=" + strings.Repeat("Aurora ", 7),
	}
	status, out := rekey(t, environ, "", "run")
	expect(t, status, out, 1, "rekey init", "REKEY_MOOD: no setting has this name", "REKEY_MODE: not one of", "REKEY_TELEGRAM_TOKEN: not set", "REKEY_SECRET: not set",
		"REKEY_ARGON2: weaker than m=19456,t=2,p=1, and without the word insecure. Write it as m=65536,t=3,p=4.",
		"REKEY_BRAND: too long for the bot's description at Telegram. Use at most 45 characters.",
		"REKEY_LANGUAGE: there are no texts in this language. Use one of en, ru.", "REKEY_STAFF_LANGUAGE: there are no texts")
}

func TestInitWritesAFileOnce(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "my.env")
	status, out := rekey(t, nil, "", "init", file)
	expect(t, status, out, 0, "is written")
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	status, out = rekey(t, nil, "", "init", file)
	expect(t, status, out, 1, "exists already")
	status, out = rekey(t, nil, "", "--env-file", file, "run")
	expect(t, status, out, 1, "REKEY_TELEGRAM_TOKEN: not set")
}

func TestAccountsAreImportedAddedTriedAndDisabled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	environ := []string{"REKEY_DATABASE=" + filepath.Join(dir, "rekey.db")}
	file := filepath.Join(dir, "users.csv")
	write(t, file, "id,email,username\n1,lena@gmail.com,lena\n2,not an address,omar\n3,nina,\n")
	status, out := rekey(t, environ, "", "accounts", "import", file)
	expect(t, status, out, 1, "line 3, column email is not an email address", "line 4, column email is a username rather than an email address", "nothing was imported", "--partial")
	status, out = rekey(t, environ, "", "accounts", "import", "--partial", file)
	expect(t, status, out, 1, "Added: 1", "lines that were not imported: 2")
	status, out = rekey(t, environ, "Teapot#1947\n", "accounts", "add", "--name", "Max", "--email", "max@example.org")
	expect(t, status, out, 0, "is added")
	status, out = rekey(t, environ, "Teapot#1947\n", "accounts", "try-password", "Max@Example.org")
	expect(t, status, out, 0, "signs in to account")
	status, out = rekey(t, environ, "", "accounts", "list")
	expect(t, status, out, 0, "lena@gmail.com", "max@example.org")
	status, out = rekey(t, environ, "", "accounts", "disable", "max@example.org")
	expect(t, status, out, 0, "Accounts disabled: 1")
	status, out = rekey(t, environ, "Teapot#1947\n", "accounts", "try-password", "max@example.org")
	expect(t, status, out, 1, "does not sign in")
	status, out = rekey(t, environ, "", "accounts", "disable", "nobody")
	expect(t, status, out, 1, `no account has the username "nobody"`)
}

// A language without texts is a slip or a wish: the account is taken, and it is said.
func TestALanguageWithoutTextsIsNoted(t *testing.T) {
	dir := t.TempDir()
	environ := []string{"REKEY_DATABASE=" + filepath.Join(dir, "rekey.db")}
	file := filepath.Join(dir, "users.csv")
	write(t, file, "id,username,language\n1,lena,ru-RU\n2,omar,xx\n3,nina,\n4,max,DE_at\n")
	const notice = "column language is a language that there are no texts in: mails go out in that of REKEY_LANGUAGE instead"
	status, out := rekey(t, environ, "", "accounts", "import", file)
	expect(t, status, out, 0, "note: line 3, "+notice+"\nnote: line 5, "+notice+"\n", "Added: 4")
	status, out = rekey(t, environ, "\n", "accounts", "add", "--username", "mia", "--language", "xx")
	expect(t, status, out, 0, "is added", "no texts in its language")
	status, out = rekey(t, environ, "\n", "accounts", "add", "--username", "ira", "--language", "en-GB")
	expect(t, status, out, 0, "is added")
	if strings.Contains(out, "note") {
		t.Errorf("noted: %s", out)
	}
}

// Who has power over others is seen in the list, and is changed by a command.
func TestAccountsHavePrivileges(t *testing.T) {
	t.Parallel()
	environ := []string{"REKEY_DATABASE=" + filepath.Join(t.TempDir(), "rekey.db")}
	for name, flag := range map[string][]string{"boss": {"--privileged"}, "lena": nil} {
		status, out := rekey(t, environ, "\n", append([]string{"accounts", "add", "--username", name, "--id", name}, flag...)...)
		expect(t, status, out, 0, "is added")
	}
	listed := func(want string) {
		t.Helper()
		status, out := rekey(t, environ, "", "accounts", "list")
		if status != 0 || out != want {
			t.Errorf("status %d:\n%s\nwant\n%s", status, out, want)
		}
	}
	listed("boss    boss  (privileged)\nlena    lena\n")
	status, out := rekey(t, environ, "", "accounts", "privilege", "lena")
	expect(t, status, out, 0, "Accounts privileged: 1")
	status, out = rekey(t, environ, "", "accounts", "unprivilege", "boss")
	expect(t, status, out, 0, "Accounts no longer privileged: 1")
	status, out = rekey(t, environ, "", "accounts", "disable", "lena")
	expect(t, status, out, 0, "Accounts disabled: 1")
	listed("boss    boss\nlena    lena  (privileged)  (disabled)\n")
}

// What an import reads is what a person may type, and is shown as it is written.
func TestAccountsAreImportedAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	environ := []string{"REKEY_DATABASE=" + filepath.Join(dir, "rekey.db"), "REKEY_DEFAULT_REGION=RU"}
	file := filepath.Join(dir, "users.csv")
	write(t, file, "id,email,phone,username\n1,Lena.K١٢@Gmail.COM,٨ (٩٩٩) ١٢٣-٤٥-٦٧,LenA\n")
	status, out := rekey(t, environ, "", "accounts", "import", file)
	expect(t, status, out, 0, "Added: 1")
	status, out = rekey(t, environ, "", "accounts", "list")
	expect(t, status, out, 0, "LenA, Lena.K١٢@gmail.com, +79991234567")
	for _, typed := range []string{"lena.k12@gmail.com", "LENA.K١٢@gmail.com", "8 999 123-45-67", "lena"} {
		status, out = rekey(t, environ, "", "accounts", "disable", typed)
		expect(t, status, out, 0, "Accounts disabled: 1")
	}
}

func TestASecondServingProcessSaysSo(t *testing.T) {
	t.Parallel()
	b := begin(t, time.Now, cheap)
	w := Env{Environ: append(b.stage.Environ("http://127.0.0.1:1/"), cheap)}
	status, out := rekey(t, w.Environ, "", "run")
	expect(t, status, out, 1, "another")
	b.end(t)
}

// Whoever reaches the demo's page is everybody on it, so this computer alone does.
func TestADemoIsForThisComputerAlone(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0"} {
		status, out := rekey(t, nil, "", "demo", "--folder", t.TempDir(), "--listen", address)
		expect(t, status, out, 1, "can be reached from other computers", "--listen")
		if strings.Contains(out, "Open http") {
			t.Errorf("%s: the page is offered:\n%s", address, out)
		}
	}
}

// The one setting that the demo heeds may stand wherever settings may.
func TestADemoHeedsTheRedisOfAFile(t *testing.T) {
	dir := t.TempDir()
	env, value := filepath.Join(dir, "my.env"), filepath.Join(dir, "redis")
	write(t, env, "REKEY_REDIS_URL_FILE="+value+"\nREKEY_CODE_DIGITS=none\n")
	write(t, value, "http://no.redis.example")
	status, out := rekey(t, nil, "", "--env-file", env, "demo", "--folder", dir, "--listen", "127.0.0.1:0")
	expect(t, status, out, 1, "REKEY_REDIS_URL")
	if strings.Contains(out, "REKEY_CODE_DIGITS") {
		t.Errorf("the demo heeds more:\n%s", out)
	}
}

func TestADemoInAFolderInUseIsNotToBeOpened(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	status, out := rekey(t, []string{"REKEY_DATABASE=" + filepath.Join(dir, "rekey.db")}, "\n", "accounts", "add", "--username", "lena")
	expect(t, status, out, 0, "is added")
	unlock, err := sqlite.LockServing(filepath.Join(dir, "rekey.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unlock() }()
	status, out = rekey(t, []string{cheap}, "", "demo", "--folder", dir, "--listen", "127.0.0.1:0")
	expect(t, status, out, 1, "another process")
	if strings.Contains(out, "Open http") {
		t.Errorf("the page is offered:\n%s", out)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A key is printed once, with the entry that the settings take.
func TestAKeyForAProgram(t *testing.T) {
	t.Parallel()
	status, out := rekey(t, nil, "", "staff", "api-key", "helpdesk", "--scope", "start-reset", "--scope", "read-case")
	expect(t, status, out, 0, "    rk_", "\n    helpdesk:start-reset+read-case:")
	status, out = rekey(t, nil, "", "staff", "api-key", "Help Desk", "--scope", "read-case")
	expect(t, status, out, 1, "Use 1 to 32 of a-z, 0-9 and -.")
	status, out = rekey(t, nil, "", "staff", "api-key", "helpdesk", "--scope", "approve")
	expect(t, status, out, 1, "--scope")
}
