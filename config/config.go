// Package config turns the environment into one validated Config.
//
// A setting is declared once, as a field of one of the structs below. Its type
// says how it is read, its tags say the rest:
//
//	env      the name of the variable
//	default  the value when the variable is absent
//	missing  where to get a value; the setting has no default and is required
//	oneof    the values it may have
//	schemes  the URL schemes it may have
//	min, max the bounds of a number or duration (see bounds)
//	unit     what a number counts, or the form of a text
//	example  a value to show when there is no default
//	doc      what the setting does
//	source   where its figure or format comes from; "ours" marks our own
//
// Load, WriteEnv and Operations are three walks over these declarations: they
// read the environment, write the file an operator fills in, and write the
// table for the documentation. Rules that a tag cannot state, or that
// concern two settings, are in rules.go.
//
// Every setting NAME can also be given as NAME_FILE, the path of a file that
// holds the value. An empty variable counts as absent. Everything that is wrong
// is reported at once, as [Problems], and no problem repeats a value.
package config

import (
	"log/slog"
	"net/url"
	"strings"
)

// Mode is the way updates come from Telegram.
type Mode string

// The modes: asking Telegram for updates, or being called by it.
const (
	Polling Mode = "polling"
	Webhook Mode = "webhook"
)

// Policy names a preset of rules for new passwords.
type Policy string

// The presets: Classic asks for letters, digits and symbols; NIST asks for
// length alone (SP 800-63B-4, section 3.1.1.2).
const (
	Classic Policy = "classic"
	NIST    Policy = "nist"
)

// Config is everything an operator decides. A Config that [Load] returns
// without an error is complete and free of contradictions.
type Config struct {
	Telegram  Telegram  `group:"Telegram"`
	Delivery  Delivery  `group:"Codes by mail and SMS"`
	Service   Service   `group:"The service whose passwords are recovered"`
	Storage   Storage   `group:"Storage and secrets"`
	Passwords Passwords `group:"Passwords"`
	Operation Operation `group:"Operation"`
	Limits    Limits    `group:"Times and limits"`
	Staff     Staff     `group:"Support staff"`
	API       API       `group:"Programs outside Telegram"`
}

// Telegram is the connection to the Bot API. WebhookURL and WebhookSecret are
// set exactly when Mode is Webhook. APIURL has no slash at its end.
type Telegram struct {
	Token         Secret  `env:"REKEY_TELEGRAM_TOKEN" missing:"Send /newbot to @BotFather, it answers with a token." unit:"bot token" doc:"The token of the bot." source:"Bot API"`
	APIURL        url.URL `env:"REKEY_TELEGRAM_API_URL" default:"https://api.telegram.org" schemes:"https,http" doc:"The server that speaks the Bot API." source:"Bot API"`
	Mode          Mode    `env:"REKEY_MODE" default:"polling" oneof:"polling,webhook" doc:"How updates arrive: the bot asks Telegram, or Telegram calls the bot." source:"Bot API"`
	WebhookURL    url.URL `env:"REKEY_WEBHOOK_URL" example:"https://bot.example.org/telegram" schemes:"https,http" doc:"In webhook mode, the public address at which Telegram calls the bot." source:"Bot API, setWebhook"`
	WebhookSecret Secret  `env:"REKEY_WEBHOOK_SECRET" unit:"32 to 256 of A-Z a-z 0-9 _ -" doc:"In webhook mode, the word by which the bot knows Telegram." source:"Bot API, setWebhook; length ours"`
}

// Delivery is how codes and notices reach people. At least one of SMTPURL and
// SMSURL is set; MailFrom is set when SMTPURL is.
type Delivery struct {
	SMTPURL  Secret `env:"REKEY_SMTP_URL" example:"smtp://user:password@mail.example.org:587" schemes:"smtp,smtps" doc:"The mail server. smtp:// requires STARTTLS, except on loopback or with ?starttls=off." source:"RFC 3207, RFC 8314"`
	MailFrom string `env:"REKEY_MAIL_FROM" example:"Aurora Shop <accounts@example.org>" unit:"mail address" doc:"The sender of every mail." source:"RFC 5322"`
	SMSURL   Secret `env:"REKEY_SMS_URL" example:"https://sms.example.org/send" schemes:"https,http" doc:"The address to which SMS are posted as JSON. http:// only on loopback." source:"ours"`
}

// Service is what people know the service by. URLs that are not set are zero.
type Service struct {
	Brand         string  `env:"REKEY_BRAND" default:"Rekey" unit:"text" doc:"The name of the service, as its users know it." source:"ours"`
	SignInURL     url.URL `env:"REKEY_SIGN_IN_URL" example:"https://example.org/sign-in" schemes:"https,http" doc:"Where people sign in once the password is changed." source:"ours"`
	SupportURL    url.URL `env:"REKEY_SUPPORT_URL" example:"https://example.org/support" schemes:"https,http,tg" doc:"Where people reach a person; mails name it. In the chat it is given where there is no staff group, or too many ask there." source:"ours"`
	DefaultRegion string  `env:"REKEY_DEFAULT_REGION" example:"GB" unit:"two letters" doc:"The country of phone numbers that are typed without a country code." source:"ISO 3166-1 alpha-2"`
	Language      string  `env:"REKEY_LANGUAGE" default:"en" unit:"language tag" doc:"The language for people whose own is not available." source:"BCP 47"`
}

// Storage is where things are kept and what seals them.
type Storage struct {
	Database string  `env:"REKEY_DATABASE" default:"data/rekey.db" unit:"path" doc:"The SQLite file." source:"ours"`
	RedisURL Secret  `env:"REKEY_REDIS_URL" example:"redis://localhost:6379/0" schemes:"redis,rediss,unix" doc:"The Redis that holds conversations. Without it the SQLite file holds them." source:"ours"`
	Secrets  Secrets `env:"REKEY_SECRET" missing:"Run rekey init for a fresh one." unit:"32 bytes or more; several separated by commas, newest first" doc:"What seals conversations and codes. Put a new one in front to rotate." source:"RFC 5869; length ours"`
}

// Passwords is how new passwords are judged and hashed. Argon2 is passed on as
// it was given: who hashes also reads it.
type Passwords struct {
	Policy Policy `env:"REKEY_PASSWORD_POLICY" default:"classic" oneof:"classic,nist" doc:"The rules for new passwords: 8 characters with letters, digits and symbols, or 15 characters of any kind." source:"NIST SP 800-63B-4, 3.1.1.2; ASVS 6.2.1, 6.2.9"`
	Argon2 string `env:"REKEY_ARGON2" default:"m=65536,t=3,p=4" unit:"KiB of memory, passes, lanes" doc:"The cost of a password hash. Less than m=19456,t=2,p=1 needs the word insecure at the end." source:"RFC 9106, second option; OWASP"`
}

// Operation is how the process runs. Listen is a host and port; port 0 takes
// any free one.
type Operation struct {
	Listen   string     `env:"REKEY_LISTEN" default:"127.0.0.1:8080" unit:"host:port" doc:"Where the webhook, the HTTP API, /healthz and /readyz are served." source:"ours"`
	LogLevel slog.Level `env:"REKEY_LOG_LEVEL" default:"info" unit:"debug, info, warn or error" doc:"The least important events that are logged." source:"ours"`
}

// Validator tells of a setting that is text what is wrong with it, and how to mend
// that, where only another room knows; a text that is fine has nothing wrong.
type Validator struct {
	Name  string // the variable
	Check func(text string) (wrong, remedy string)
}

// Load reads environ, whose entries are NAME=value as in [os.Environ]; of two
// entries with one name the later counts. Names that do not begin with REKEY_
// are ignored. Files named by NAME_FILE are read. The error, if any, is
// [Problems] and holds everything that is wrong; the Config is then zero.
func Load(environ []string, validators ...Validator) (Config, error) {
	var c Config
	l := loader{environment: newEnvironment(environ), settings: settings(&c)}
	for _, s := range l.settings {
		l.load(s)
	}
	l.reportUnknown()
	l.applyRules(&c)
	for _, v := range validators {
		l.validate(v)
	}
	if len(l.problems) > 0 {
		return Config{}, l.problems
	}
	c.Telegram.APIURL.Path = strings.TrimRight(c.Telegram.APIURL.Path, "/")
	return c, nil
}

// LoadDirectory reads what the commands on accounts and staff need and nothing
// else: the SQLite file and the region of phone numbers. The error, if any, is
// [Problems].
func LoadDirectory(environ []string) (database, region string, err error) {
	var c Config
	l := loader{environment: newEnvironment(environ), settings: settings(&c)}
	for _, s := range l.settings {
		if s.target == &c.Storage.Database || s.target == &c.Service.DefaultRegion {
			l.load(s)
		}
	}
	l.checkService(&c.Service)
	if len(l.problems) > 0 {
		return "", "", l.problems
	}
	return c.Storage.Database, c.Service.DefaultRegion, nil
}
