package config

import (
	"cmp"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

// publicHost is the host of the Bot API that Telegram runs for everyone. Its
// limits do not bind other servers.
const publicHost = "api.telegram.org"

// shortestWebhookSecret is the length, in characters, at which a random word
// of Telegram's alphabet cannot be guessed; Telegram itself allows 1 to 256.
const shortestWebhookSecret, longestWebhookSecret = 32, 256

// applyRules checks what declarations cannot state. A setting that already has
// a problem takes no part.
func (l *loader) applyRules(c *Config) {
	l.checkTelegram(&c.Telegram)
	l.checkWebhook(&c.Telegram)
	l.checkDelivery(&c.Delivery)
	l.checkService(&c.Service)
	l.checkOperation(&c.Operation)
	l.checkLimits(&c.Limits)
	l.checkStaff(&c.Staff)
	l.checkAPI(&c.API, &c.Staff)
}

// of finds the setting of a field.
func (l *loader) of(target any) *setting {
	i := slices.IndexFunc(l.settings, func(s *setting) bool { return s.target == target })
	return l.settings[i]
}

// name gives the variable of a field.
func (l *loader) name(target any) string { return l.of(target).name }

// sound says whether no field has a problem yet.
func (l *loader) sound(targets ...any) bool {
	return !slices.ContainsFunc(targets, func(target any) bool { return l.of(target).bad })
}

// given says whether the environment has a field and nothing is wrong with it.
func (l *loader) given(target any) bool { return l.of(target).given && l.sound(target) }

// absent says whether the environment does not have a field at all.
func (l *loader) absent(target any) bool { return !l.of(target).given }

func (l *loader) refuse(target any, what, remedy string) {
	l.report(l.of(target), wrong(what, remedy))
}

func (l *loader) checkTelegram(t *Telegram) {
	if l.given(&t.Token) {
		id, key, _ := strings.Cut(t.Token.Reveal(), ":")
		if !isNumber(id) || !isTelegramWord(key) {
			l.refuse(&t.Token, "not a bot token", "Copy it from @BotFather's answer: digits, a colon, letters.")
		}
	}
	if t.APIURL.Hostname() == publicHost && t.APIURL.Scheme != "https" {
		l.refuse(&t.APIURL, "would send the token unencrypted", "Begin it with https://.")
	}
}

func (l *loader) checkWebhook(t *Telegram) {
	if l.given(&t.WebhookSecret) {
		l.checkWebhookSecret(t)
	}
	if l.given(&t.WebhookURL) {
		l.checkWebhookURL(t)
	}
	if !l.sound(&t.Mode) {
		return
	}
	l.bindToMode(t, &t.WebhookURL, "Set it to the https:// address at which Telegram reaches the bot.")
	l.bindToMode(t, &t.WebhookSecret, "Set it to 32 or more random letters and digits.")
}

// bindToMode requires a setting in webhook mode and refuses it in any other.
func (l *loader) bindToMode(t *Telegram, target any, remedy string) {
	mode := l.name(&t.Mode)
	if t.Mode == Webhook && l.absent(target) {
		l.refuse(target, "not set, but "+mode+" is "+string(Webhook), remedy)
	}
	if t.Mode != Webhook && l.given(target) {
		l.refuse(target, "set, but "+mode+" is "+string(t.Mode), "Remove it, or set "+mode+" to "+string(Webhook)+".")
	}
}

func (l *loader) checkWebhookSecret(t *Telegram) {
	secret := t.WebhookSecret.Reveal()
	if !isTelegramWord(secret) {
		l.refuse(&t.WebhookSecret, "holds characters that Telegram refuses", "Use A-Z, a-z, 0-9, _ and - only.")
		return
	}
	if len(secret) < shortestWebhookSecret || len(secret) > longestWebhookSecret {
		l.refuse(&t.WebhookSecret, "has "+strconv.Itoa(len(secret))+" characters", "Use 32 to 256 random ones.")
	}
}

// checkWebhookURL knows the ports that Telegram calls (Bot API, setWebhook).
func (l *loader) checkWebhookURL(t *Telegram) {
	u, ports := t.WebhookURL, []string{"", "443", "80", "88", "8443"}
	if u.Scheme != "https" && !isLoopback(u.Hostname()) {
		l.refuse(&t.WebhookURL, "Telegram calls https:// only", "Begin it with https://.")
	}
	if t.APIURL.Hostname() == publicHost && !slices.Contains(ports, u.Port()) {
		l.refuse(&t.WebhookURL, "Telegram does not call this port", "Use 443, 80, 88 or 8443.")
	}
	if strings.ContainsAny(u.Path, "{} ") {
		l.refuse(&t.WebhookURL, "its path holds a space or a brace", "Use letters, digits, / and -, such as /telegram.")
	}
	if u.Path == "/healthz" || u.Path == "/readyz" {
		l.refuse(&t.WebhookURL, "its path is that of a health check", "Use another path, such as /telegram.")
	}
	if strings.HasPrefix(u.Path, "/api/") {
		l.refuse(&t.WebhookURL, "its path is within that of the HTTP API", "Use another path, such as /telegram.")
	}
}

func (l *loader) checkDelivery(d *Delivery) {
	if l.absent(&d.SMTPURL) && l.absent(&d.SMSURL) {
		l.refuse(&d.SMTPURL, "neither it nor "+l.name(&d.SMSURL)+" is set, so no code can be sent", "Set one of them, or both.")
	}
	if l.given(&d.SMTPURL) {
		l.checkSMTP(d)
	}
	if l.given(&d.SMSURL) {
		l.checkSMS(d)
	}
	if l.given(&d.MailFrom) && !isMailAddress(d.MailFrom) {
		l.refuse(&d.MailFrom, "not a mail address", "Write it as accounts@example.org or Name <accounts@example.org>.")
	}
	if !l.absent(&d.SMTPURL) && l.absent(&d.MailFrom) {
		l.refuse(&d.MailFrom, "not set, but "+l.name(&d.SMTPURL)+" is", "Set it to the address that mails come from.")
	}
}

func (l *loader) checkSMTP(d *Delivery) {
	u := parsed(d.SMTPURL)
	if _, has := u.User.Password(); u.User != nil && (!has || u.User.Username() == "") {
		l.refuse(&d.SMTPURL, "has a user name or a password without the other", "Write both, or neither.")
	}
	if strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
		l.refuse(&d.SMTPURL, "has text after the host", "Write special characters in the password as in %2F for /.")
	}
	switch query := u.RawQuery; {
	case query != "" && query != "starttls=off":
		l.refuse(&d.SMTPURL, "has an unknown option", "The only one is ?starttls=off.")
	case query != "" && u.Scheme == "smtps":
		l.refuse(&d.SMTPURL, "starttls=off contradicts smtps://", "Remove the option, or use smtp://.")
	}
}

func (l *loader) checkSMS(d *Delivery) {
	if u := parsed(d.SMSURL); u.Scheme != "https" && !isLoopback(u.Hostname()) {
		l.refuse(&d.SMSURL, "would send codes unencrypted", "Begin it with https://.")
	}
}

func (l *loader) checkService(s *Service) {
	if l.given(&s.DefaultRegion) && !isCountry(s.DefaultRegion) {
		l.refuse(&s.DefaultRegion, "not a country code of ISO 3166", "Write two capital letters, such as GB or DE.")
	}
}

func (l *loader) checkOperation(o *Operation) {
	if l.given(&o.Listen) && !isListenAddress(o.Listen) {
		l.refuse(&o.Listen, "not a host and port", "Write it as 127.0.0.1:8080, or :8080 for every interface.")
	}
}

func (l *loader) checkLimits(m *Limits) {
	if l.sound(&m.ResendFirst, &m.ResendSecond) && m.ResendSecond <= m.ResendFirst {
		l.refuse(&m.ResendSecond, "not longer than "+l.name(&m.ResendFirst), "Raise it: each wait is longer than the one before.")
	}
	atMost(l, &m.CodeLife, &m.ConversationLife)
	atMost(l, &m.GrantLife, &m.ConversationLife)
	atMost(l, &m.FlowsPerChat15Min, &m.FlowsPerChatDay)
	atMost(l, &m.SendsPerAccountHour, &m.SendsPerAccountDay)
	atMost(l, &m.SMSPerPrefix10Min, &m.SMSPerPrefixDay)
	atMost(l, &m.WrongPer10Min, &m.WrongPerDay)
}

func (l *loader) checkStaff(s *Staff) {
	atMost(l, &s.StartsHour, &s.StartsDay)
}

// validate lets a validator look at its setting, if that is sound and has a value.
func (l *loader) validate(v Validator) {
	i := slices.IndexFunc(l.settings, func(s *setting) bool { return s.name == v.Name })
	s := l.settings[i]
	text := *s.target.(*string)
	if s.bad || text == "" {
		return
	}
	if what, remedy := v.Check(text); what != "" {
		l.report(s, wrong(what, remedy))
	}
}

// atMost refuses a figure that a larger one keeps from ever being reached.
func atMost[T cmp.Ordered](l *loader, figure, limit *T) {
	if l.sound(figure, limit) && *figure > *limit {
		l.refuse(figure, "more than "+l.name(limit)+" allows", "Lower it, or raise the other.")
	}
}

// parsed gives a URL that decodeURL has let through.
func parsed(secret Secret) *url.URL {
	u, err := url.Parse(secret.Reveal())
	if err != nil {
		panic("a URL that was decoded no longer parses")
	}
	return u
}

// isTelegramWord says whether text is of the characters that Telegram uses in
// tokens and allows in webhook secrets.
func isTelegramWord(text string) bool {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	return text != "" && strings.Trim(text, alphabet) == ""
}

func isNumber(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

func isMailAddress(text string) bool {
	_, err := mail.ParseAddress(text)
	return err == nil
}

// isCountry accepts the code that ISO 3166-1 assigns, so GB but not UK.
func isCountry(text string) bool {
	region, err := language.ParseRegion(text)
	return err == nil && region.IsCountry() && len(text) == 2 && region.Canonicalize().String() == text
}

func isListenAddress(text string) bool {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}
