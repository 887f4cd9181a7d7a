package config

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	sampleToken  = "REKEY_TELEGRAM_TOKEN=123456:AAE-sample_token"
	sampleSecret = "REKEY_SECRET=0123456789abcdef0123456789abcdef"
	sampleSMTP   = "REKEY_SMTP_URL=smtp://mail.example.org"
	sampleFrom   = "REKEY_MAIL_FROM=accounts@example.org"
	sampleHook   = "REKEY_WEBHOOK_URL=https://bot.example.org/telegram"
	sampleWord   = "REKEY_WEBHOOK_SECRET=abcdefghijklmnopqrstuvwxyz-_0123456789"
)

// sample is the least environment that loads, with more entries.
func sample(more ...string) []string {
	return append([]string{sampleToken, sampleSecret, sampleSMTP, sampleFrom}, more...)
}

// without drops the entry of a variable.
func without(environ []string, name string) []string {
	return slices.DeleteFunc(environ, func(entry string) bool { return strings.HasPrefix(entry, name+"=") })
}

func mustLoad(tb testing.TB, environ []string) Config {
	tb.Helper()
	c, err := Load(environ)
	if err != nil {
		tb.Fatalf("Load: %v", err)
	}
	return c
}

// problems loads environ, which has to be refused with a zero Config.
func problems(tb testing.TB, environ []string) Problems {
	tb.Helper()
	c, err := Load(environ)
	found, is := errors.AsType[Problems](err)
	if !is {
		tb.Fatalf("Load gives error %v, want Problems", err)
	}
	if !reflect.ValueOf(c).IsZero() {
		tb.Error("Load gives a Config beside problems")
	}
	return found
}

func write(tb testing.TB, text string) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

func TestLoadDefaults(t *testing.T) {
	c := mustLoad(t, sample("PATH=/bin", "REKEY_MODE=", "REKEY_UNKNOWN="))
	want := Limits{
		ConversationLife:      30 * time.Minute,
		CodeLife:              10 * time.Minute,
		GrantLife:             10 * time.Minute,
		CodeDigits:            8,
		ResendFirst:           time.Minute,
		ResendSecond:          2 * time.Minute,
		ResendsPerFlow:        2,
		BackoffFirst:          30 * time.Second,
		BackoffMost:           time.Hour,
		GuessesPerCode:        5,
		GuessesPerAccountDay:  10,
		GuessesPerChatDay:     20,
		GuessesInARow:         50,
		FlowsPerChat15Min:     3,
		FlowsPerChatDay:       10,
		IdentifiersPerChatDay: 5,
		SendsPerAccountHour:   3,
		SendsPerAccountDay:    5,
		SMSPerPrefix10Min:     5,
		SMSPerPrefixDay:       20,
		SMSPerDay:             1000,
		SMSPerCountryFree:     50,
		SMSPerCountryMean:     3,
		SMSUsedPercent:        20,
		SMSPause:              time.Hour,
		MailsPerMinute:        60,
		WrongPer10Min:         200,
		WrongPerDay:           2000,
		CallerVerified:        10 * time.Minute,
		TalksPerChatDay:       10,
		TalksPerHour:          60,
		LinesPerMinute:        10,
	}
	if c.Limits != want {
		t.Errorf("limits are %+v, want %+v", c.Limits, want)
	}
	if got := c.Telegram.APIURL.String(); got != "https://api.telegram.org" {
		t.Errorf("API URL is %q", got)
	}
	if c.Telegram.Mode != Polling || c.Passwords != (Passwords{Classic, "m=65536,t=3,p=4"}) {
		t.Errorf("mode is %q, passwords are %+v", c.Telegram.Mode, c.Passwords)
	}
	if c.Operation != (Operation{"127.0.0.1:8080", slog.LevelInfo}) {
		t.Errorf("operation is %+v", c.Operation)
	}
	if c.Storage.Database != "data/rekey.db" || c.Storage.RedisURL != "" || c.Service.Language != "en" {
		t.Errorf("storage is %+v, language is %q", c.Storage, c.Service.Language)
	}
}

func TestLoadValues(t *testing.T) {
	c := mustLoad(t, []string{
		sampleToken, sampleHook, sampleWord,
		"REKEY_MODE=webhook",
		"REKEY_TELEGRAM_API_URL=http://127.0.0.1:8081/api/",
		"REKEY_SECRET=" + strings.Repeat("n", 32) + ", " + strings.Repeat("o", 40),
		"REKEY_SMS_URL=http://127.0.0.1:9000/send",
		"REKEY_REDIS_URL=unix:///run/redis.sock",
		"REKEY_SUPPORT_URL=tg://resolve?domain=help",
		"REKEY_DEFAULT_REGION=GB",
		"REKEY_LANGUAGE=pt-BR",
		"REKEY_PASSWORD_POLICY=nist",
		"REKEY_LISTEN=[::1]:0",
		"REKEY_LOG_LEVEL=debug",
		"REKEY_CODE_LIFE=90s",
		"REKEY_LIMIT_RESENDS_PER_FLOW=0",
		"REKEY_LIMIT_MAILS_PER_MINUTE=1000000",
	})
	if got := c.Telegram.APIURL.String(); got != "http://127.0.0.1:8081/api" {
		t.Errorf("API URL is %q, want it without the last slash", got)
	}
	if c.Telegram.Mode != Webhook || c.Telegram.WebhookURL.Path != "/telegram" || c.Telegram.WebhookSecret.Reveal() != sampleWord[21:] {
		t.Error("the webhook is not what was given")
	}
	keys := c.Storage.Secrets.Reveal()
	if len(keys) != 2 || string(keys[0]) != strings.Repeat("n", 32) || string(keys[1]) != strings.Repeat("o", 40) {
		t.Errorf("secrets are %q", keys)
	}
	if c.Operation != (Operation{"[::1]:0", slog.LevelDebug}) || c.Passwords.Policy != NIST {
		t.Errorf("operation is %+v, policy %q", c.Operation, c.Passwords.Policy)
	}
	if c.Limits.CodeLife != 90*time.Second || c.Limits.ResendsPerFlow != 0 || c.Limits.MailsPerMinute != 1000000 {
		t.Errorf("limits are %+v", c.Limits)
	}
}

func TestLoadAccepts(t *testing.T) {
	webhook := func(more ...string) []string { return sample(append(more, "REKEY_MODE=webhook", sampleWord)...) }
	tests := map[string][]string{
		"webhook on a port of Telegram":    webhook("REKEY_WEBHOOK_URL=https://bot.example.org:8443"),
		"http webhook on loopback":         webhook("REKEY_WEBHOOK_URL=http://[::1]:88/telegram"),
		"any port for another API":         webhook("REKEY_WEBHOOK_URL=https://bot.example.org:4000", "REKEY_TELEGRAM_API_URL=http://bot-api:8081"),
		"smtp with a login":                sample("REKEY_SMTP_URL=smtp://user:p%40ss@mail.example.org:587/?starttls=off"),
		"smtps":                            sample("REKEY_SMTP_URL=smtps://user:pass@mail.example.org"),
		"sender with a name":               sample("REKEY_MAIL_FROM=Aurora Shop <accounts@example.org>"),
		"sms over https":                   sample("REKEY_SMS_URL=https://key:word@sms.example.org/send"),
		"redis with a password":            sample("REKEY_REDIS_URL=rediss://:word@redis.example.org:6380/1"),
		"argon2 is passed on":              sample("REKEY_ARGON2=m=8,t=1,p=1 insecure"),
		"the later of two entries":         sample("REKEY_MODE=nonsense", "REKEY_MODE=polling"),
		"an empty entry does not override": sample("REKEY_MODE=polling", "REKEY_MODE="),
	}
	for name, environ := range tests {
		t.Run(name, func(t *testing.T) { mustLoad(t, environ) })
	}
}

func TestLoadRefuses(t *testing.T) {
	webhook := func(more ...string) []string {
		return sample(append([]string{"REKEY_MODE=webhook", sampleHook, sampleWord}, more...)...)
	}
	tests := map[string]struct {
		environ []string
		want    string
	}{
		"no token":                 {without(sample(), "REKEY_TELEGRAM_TOKEN"), "REKEY_TELEGRAM_TOKEN: not set. Send /newbot to @BotFather, it answers with a token."},
		"no bot token":             {sample("REKEY_TELEGRAM_TOKEN=bot 1:a"), "REKEY_TELEGRAM_TOKEN: not a bot token. Copy it from @BotFather's answer: digits, a colon, letters."},
		"token without a colon":    {sample("REKEY_TELEGRAM_TOKEN=123456"), "REKEY_TELEGRAM_TOKEN: not a bot token. Copy it from @BotFather's answer: digits, a colon, letters."},
		"token unencrypted":        {sample("REKEY_TELEGRAM_API_URL=http://api.telegram.org"), "REKEY_TELEGRAM_API_URL: would send the token unencrypted. Begin it with https://."},
		"unknown choice":           {sample("REKEY_MODE=push"), "REKEY_MODE: not one of polling, webhook. Use one of them."},
		"level":                    {sample("REKEY_LOG_LEVEL=loud"), "REKEY_LOG_LEVEL: not debug, info, warn or error. Use one of them."},
		"line break":               {sample("REKEY_BRAND=Aurora\r\nBcc: x"), "REKEY_BRAND: holds a line break, a control character or broken UTF-8. Write it as one line of plain text."},
		"broken UTF-8":             {sample("REKEY_BRAND=\xff"), "REKEY_BRAND: holds a line break, a control character or broken UTF-8. Write it as one line of plain text."},
		"no secret":                {without(sample(), "REKEY_SECRET"), "REKEY_SECRET: not set. Run rekey init for a fresh one."},
		"short secret":             {sample("REKEY_SECRET=" + strings.Repeat("a", 31)), "REKEY_SECRET: secret 1 has 31 bytes, 32 or more are needed. Run rekey init for a fresh one; commas separate several."},
		"short second secret":      {sample("REKEY_SECRET=" + strings.Repeat("a", 32) + ","), "REKEY_SECRET: secret 2 has 0 bytes, 32 or more are needed. Run rekey init for a fresh one; commas separate several."},
		"webhook without URL":      {sample("REKEY_MODE=webhook", sampleWord), "REKEY_WEBHOOK_URL: not set, but REKEY_MODE is webhook. Set it to the https:// address at which Telegram reaches the bot."},
		"webhook without secret":   {sample("REKEY_MODE=webhook", sampleHook), "REKEY_WEBHOOK_SECRET: not set, but REKEY_MODE is webhook. Set it to 32 or more random letters and digits."},
		"webhook while polling":    {sample(sampleHook), "REKEY_WEBHOOK_URL: set, but REKEY_MODE is polling. Remove it, or set REKEY_MODE to webhook."},
		"secret while polling":     {sample(sampleWord), "REKEY_WEBHOOK_SECRET: set, but REKEY_MODE is polling. Remove it, or set REKEY_MODE to webhook."},
		"webhook secret alphabet":  {webhook("REKEY_WEBHOOK_SECRET=" + strings.Repeat("a", 32) + "+"), "REKEY_WEBHOOK_SECRET: holds characters that Telegram refuses. Use A-Z, a-z, 0-9, _ and - only."},
		"webhook secret short":     {webhook("REKEY_WEBHOOK_SECRET=" + strings.Repeat("a", 31)), "REKEY_WEBHOOK_SECRET: has 31 characters. Use 32 to 256 random ones."},
		"webhook secret long":      {webhook("REKEY_WEBHOOK_SECRET=" + strings.Repeat("a", 257)), "REKEY_WEBHOOK_SECRET: has 257 characters. Use 32 to 256 random ones."},
		"webhook unencrypted":      {webhook("REKEY_WEBHOOK_URL=http://bot.example.org"), "REKEY_WEBHOOK_URL: Telegram calls https:// only. Begin it with https://."},
		"webhook port":             {webhook("REKEY_WEBHOOK_URL=https://bot.example.org:8080"), "REKEY_WEBHOOK_URL: Telegram does not call this port. Use 443, 80, 88 or 8443."},
		"webhook path with braces": {webhook("REKEY_WEBHOOK_URL=https://bot.example.org/{a}"), "REKEY_WEBHOOK_URL: its path holds a space or a brace. Use letters, digits, / and -, such as /telegram."},
		"webhook path":             {webhook("REKEY_WEBHOOK_URL=https://bot.example.org/healthz"), "REKEY_WEBHOOK_URL: its path is that of a health check. Use another path, such as /telegram."},
		"no URL":                   {sample("REKEY_SIGN_IN_URL=https://a b"), "REKEY_SIGN_IN_URL: not a URL. Write special characters in a user name or password as in %40 for @."},
		"URL scheme":               {sample("REKEY_SIGN_IN_URL=example.org"), "REKEY_SIGN_IN_URL: does not begin with https:// or http://. Write the whole URL."},
		"URL host":                 {sample("REKEY_SIGN_IN_URL=https:///sign-in"), "REKEY_SIGN_IN_URL: the URL has no host. Write it as https://host."},
		"URL port":                 {sample("REKEY_SIGN_IN_URL=https://example.org:70000"), "REKEY_SIGN_IN_URL: the URL has an impossible port. Choose one up to 65535."},
		"URL with a login":         {sample("REKEY_SIGN_IN_URL=https://u:p@example.org"), "REKEY_SIGN_IN_URL: the URL holds a user name or password. Leave it out: this URL is not kept secret."},
		"no way to send":           {without(sample(), "REKEY_SMTP_URL"), "REKEY_SMTP_URL: neither it nor REKEY_SMS_URL is set, so no code can be sent. Set one of them, or both."},
		"no sender":                {without(sample(), "REKEY_MAIL_FROM"), "REKEY_MAIL_FROM: not set, but REKEY_SMTP_URL is. Set it to the address that mails come from."},
		"bad sender":               {sample("REKEY_MAIL_FROM=Aurora Shop"), "REKEY_MAIL_FROM: not a mail address. Write it as accounts@example.org or Name <accounts@example.org>."},
		"user without password":    {sample("REKEY_SMTP_URL=smtp://user@mail.example.org"), "REKEY_SMTP_URL: has a user name or a password without the other. Write both, or neither."},
		"password without user":    {sample("REKEY_SMTP_URL=smtp://:word@mail.example.org"), "REKEY_SMTP_URL: has a user name or a password without the other. Write both, or neither."},
		"raw slash in password":    {sample("REKEY_SMTP_URL=smtp://user:12/34@mail.example.org"), "REKEY_SMTP_URL: has text after the host. Write special characters in the password as in %2F for /."},
		"unknown mail option":      {sample("REKEY_SMTP_URL=smtp://mail.example.org?starttls=maybe"), "REKEY_SMTP_URL: has an unknown option. The only one is ?starttls=off."},
		"smtps without TLS":        {sample("REKEY_SMTP_URL=smtps://mail.example.org?starttls=off"), "REKEY_SMTP_URL: starttls=off contradicts smtps://. Remove the option, or use smtp://."},
		"SMS unencrypted":          {sample("REKEY_SMS_URL=http://sms.example.org"), "REKEY_SMS_URL: would send codes unencrypted. Begin it with https://."},
		"no country":               {sample("REKEY_DEFAULT_REGION=UK"), "REKEY_DEFAULT_REGION: not a country code of ISO 3166. Write two capital letters, such as GB or DE."},
		"country in small":         {sample("REKEY_DEFAULT_REGION=de"), "REKEY_DEFAULT_REGION: not a country code of ISO 3166. Write two capital letters, such as GB or DE."},
		"no port to listen on":     {sample("REKEY_LISTEN=localhost"), "REKEY_LISTEN: not a host and port. Write it as 127.0.0.1:8080, or :8080 for every interface."},
		"port to listen on":        {sample("REKEY_LISTEN=:http"), "REKEY_LISTEN: not a host and port. Write it as 127.0.0.1:8080, or :8080 for every interface."},
		"week without a time":      {sample("REKEY_STAFF_WEEKLY=Monday"), "REKEY_STAFF_WEEKLY: not a day and a time. Write it as Mon 09:00."},
		"duration without a unit":  {sample("REKEY_CODE_LIFE=600"), "REKEY_CODE_LIFE: not a duration. Write it with its unit, such as 90s or 10m."},
		"duration too long":        {sample("REKEY_CODE_LIFE=61m"), "REKEY_CODE_LIFE: out of bounds. Choose between 1s and 1h."},
		"duration too short":       {sample("REKEY_RESEND_FIRST=0s"), "REKEY_RESEND_FIRST: out of bounds. Choose between 1s and 24h."},
		"no number":                {sample("REKEY_CODE_DIGITS=eight"), "REKEY_CODE_DIGITS: not a whole number. Write it in digits alone."},
		"number too small":         {sample("REKEY_CODE_DIGITS=5"), "REKEY_CODE_DIGITS: out of bounds. Choose between 6 and 12."},
		"number too large":         {sample("REKEY_LIMIT_SMS_PER_DAY=1000001"), "REKEY_LIMIT_SMS_PER_DAY: out of bounds. Choose between 1 and 1000000."},
		"resends not increasing":   {sample("REKEY_RESEND_FIRST=120s"), "REKEY_RESEND_SECOND: not longer than REKEY_RESEND_FIRST. Raise it: each wait is longer than the one before."},
		"code outlives":            {sample("REKEY_CODE_LIFE=31m"), "REKEY_CODE_LIFE: more than REKEY_CONVERSATION_LIFE allows. Lower it, or raise the other."},
		"grant outlives":           {sample("REKEY_GRANT_LIFE=31m"), "REKEY_GRANT_LIFE: more than REKEY_CONVERSATION_LIFE allows. Lower it, or raise the other."},
		"flows":                    {sample("REKEY_LIMIT_FLOWS_PER_CHAT_15MIN=11"), "REKEY_LIMIT_FLOWS_PER_CHAT_15MIN: more than REKEY_LIMIT_FLOWS_PER_CHAT_DAY allows. Lower it, or raise the other."},
		"sends":                    {sample("REKEY_LIMIT_SENDS_PER_ACCOUNT_DAY=2"), "REKEY_LIMIT_SENDS_PER_ACCOUNT_HOUR: more than REKEY_LIMIT_SENDS_PER_ACCOUNT_DAY allows. Lower it, or raise the other."},
		"SMS":                      {sample("REKEY_LIMIT_SMS_PER_PREFIX_10MIN=21"), "REKEY_LIMIT_SMS_PER_PREFIX_10MIN: more than REKEY_LIMIT_SMS_PER_PREFIX_DAY allows. Lower it, or raise the other."},
		"wrong codes":              {sample("REKEY_LIMIT_WRONG_PER_10MIN=2001"), "REKEY_LIMIT_WRONG_PER_10MIN: more than REKEY_LIMIT_WRONG_PER_DAY allows. Lower it, or raise the other."},
		"unknown name":             {sample("REKEY_BRANT=x"), "REKEY_BRANT: no setting has this name. Did you mean REKEY_BRAND? Otherwise remove it."},
		"shortened name":           {sample("REKEY_TOKEN=x"), "REKEY_TOKEN: no setting has this name. Did you mean REKEY_TELEGRAM_TOKEN? Otherwise remove it."},
		"unknown file":             {sample("REKEY_SECRETS_FILE=x"), "REKEY_SECRETS_FILE: no setting has this name. Did you mean REKEY_SECRET_FILE? Otherwise remove it."},
		"name of two lines":        {sample("REKEY_BRAN\nD=x"), `REKEY_BRAN\nD: no setting has this name. Did you mean REKEY_BRAND? Otherwise remove it.`},
		"name from Kubernetes":     {sample("REKEY_PORT_8080_TCP=x"), "REKEY_PORT_8080_TCP: no setting has this name. Remove it; if Kubernetes sets it, set enableServiceLinks: false in the pod."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := problems(t, test.environ).Error(); got != test.want {
				t.Errorf("problems are\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestLoadReportsAllAtOnce(t *testing.T) {
	got := problems(t, []string{
		"REKEY_MODE=webhook",
		"REKEY_WEBHOOK_URL=http://bot.example.org:1234/readyz",
		"REKEY_SECRET=short",
		"REKEY_SMTP_URL=mail.example.org",
		"REKEY_CODE_LIFE=2h",
		"REKEY_COED_LIFE=2h",
		"REKEY_AGE=x",
	})
	var names []string
	for _, p := range got {
		names = append(names, p.Name)
	}
	want := "REKEY_TELEGRAM_TOKEN REKEY_SMTP_URL REKEY_SECRET REKEY_CODE_LIFE REKEY_AGE REKEY_COED_LIFE " +
		"REKEY_WEBHOOK_URL REKEY_WEBHOOK_URL REKEY_WEBHOOK_URL REKEY_WEBHOOK_SECRET REKEY_MAIL_FROM"
	if strings.Join(names, " ") != want {
		t.Errorf("problems with %v, want %s", names, want)
	}
	if lines := strings.Count(got.Error(), "\n") + 1; lines != len(got) {
		t.Errorf("%d problems in %d lines", len(got), lines)
	}
}

func TestLoadReportsACauseOnce(t *testing.T) {
	got := problems(t, sample("REKEY_SMTP_URL=ftp://x", "REKEY_MODE=hook", sampleHook, "REKEY_RESEND_FIRST=1h1"))
	if len(got) != 3 {
		t.Errorf("3 mistakes give %d problems:\n%v", len(got), got)
	}
}

func TestLoadFile(t *testing.T) {
	key := strings.Repeat("k", 32)
	for name, text := range map[string]string{
		"no line break":           key,
		"line break":              key + "\n",
		"line break from Windows": key + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := mustLoad(t, append(without(sample(), "REKEY_SECRET"), "REKEY_SECRET_FILE="+write(t, text)))
			if got := string(c.Storage.Secrets.Reveal()[0]); got != key {
				t.Errorf("secret is %q", got)
			}
		})
	}
}

func TestLoadFileRefuses(t *testing.T) {
	const readable = " Give the path of a file that this user may read."
	tests := map[string]struct{ entry, want string }{
		"both":        {"REKEY_MODE_FILE=x", "REKEY_MODE: set, and so is REKEY_MODE_FILE. Remove one of the two."},
		"no file":     {"REKEY_BRAND_FILE=/nowhere/canary", "REKEY_BRAND_FILE: the file cannot be read (no such file or directory)." + readable},
		"folder":      {"REKEY_BRAND_FILE=" + t.TempDir(), "REKEY_BRAND_FILE: the file cannot be read (is a directory)." + readable},
		"empty":       {"REKEY_BRAND_FILE=" + write(t, "\n"), "REKEY_BRAND_FILE: the file is empty. Write the value into it."},
		"large":       {"REKEY_BRAND_FILE=" + write(t, strings.Repeat("x", longestFile+1)), "REKEY_BRAND_FILE: the file is larger than 64 KiB. Name a file that holds the value alone."},
		"two lines":   {"REKEY_BRAND_FILE=" + write(t, "a\n\n"), "REKEY_BRAND: holds a line break, a control character or broken UTF-8. Write it as one line of plain text."},
		"wrong value": {"REKEY_PASSWORD_POLICY_FILE=" + write(t, "weak"), "REKEY_PASSWORD_POLICY: not one of classic, nist. Use one of them."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := problems(t, sample("REKEY_MODE=polling", test.entry)).Error(); got != test.want {
				t.Errorf("problems are\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// Every declaration says all that the three outputs need.
func TestSettingsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range settings(new(Config)) {
		if !strings.HasPrefix(s.name, prefix) || strings.HasSuffix(s.name, fileSuffix) || seen[s.name] {
			t.Errorf("name %q is not usable", s.name)
		}
		seen[s.name] = true
		for _, text := range []string{s.group, s.unit(), s.tag.Get("doc"), s.tag.Get("source")} {
			if strings.TrimSpace(text) == "" || strings.ContainsAny(text, "|\n") {
				t.Errorf("%s has a text %q that no table can hold", s.name, text)
			}
		}
		if value := s.fallback() + s.tag.Get("example"); value != "" {
			if p := s.decode(value); p != nil {
				t.Errorf("%s: its own default or example is refused: %s", s.name, p.What)
			}
		}
	}
}

func TestValidators(t *testing.T) {
	var looked []string
	validator := func(name string) Validator {
		return Validator{name, func(text string) (string, string) {
			looked = append(looked, name+"="+text)
			return "not to be", "Write another."
		}}
	}
	validators := []Validator{validator("REKEY_BRAND"), validator("REKEY_DATABASE"), validator("REKEY_STAFF_LANGUAGE")}
	_, err := Load(sample("REKEY_DATABASE=a\nb", "REKEY_MODE=mail", "REKEY_BRAND=Aurora"), validators...)
	want := "REKEY_MODE: not one of polling, webhook. Use one of them.\n" +
		"REKEY_DATABASE: holds a line break, a control character or broken UTF-8. Write it as one line of plain text.\n" +
		"REKEY_BRAND: not to be. Write another."
	if err == nil || err.Error() != want {
		t.Errorf("problems are\n%v\nwant\n%s", err, want)
	}
	if !slices.Equal(looked, []string{"REKEY_BRAND=Aurora"}) {
		t.Errorf("validators looked at %q: one must see what is given and sound, and nothing else", looked)
	}
}

func TestLoadDirectoryNeedsNothingElse(t *testing.T) {
	database, region, err := LoadDirectory([]string{"REKEY_DEFAULT_REGION=GB", "REKEY_MODE=nonsense"})
	if err != nil || database != "data/rekey.db" || region != "GB" {
		t.Fatalf("%q, %q, %v", database, region, err)
	}
	if _, _, err := LoadDirectory([]string{"REKEY_DATABASE=a", "REKEY_DATABASE_FILE=b"}); err == nil {
		t.Fatal("a contradiction was accepted")
	}
	_, _, err = LoadDirectory([]string{"REKEY_DEFAULT_REGION=uk"})
	if want := "REKEY_DEFAULT_REGION: not a country code of ISO 3166. Write two capital letters, such as GB or DE."; err == nil || err.Error() != want {
		t.Fatalf("a region that no number can be read by gives %v, want %s", err, want)
	}
}
