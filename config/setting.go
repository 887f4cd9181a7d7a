package config

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// setting is one declared field of a Config.
type setting struct {
	name   string
	group  string
	tag    reflect.StructTag
	target any  // pointer to the field; identifies the setting
	given  bool // the environment has a value, right or wrong
	bad    bool // a problem has been reported
}

// settings lists the fields of c in the order of their declaration.
func settings(c *Config) []*setting {
	var all []*setting
	for group, fields := range reflect.ValueOf(c).Elem().Fields() {
		for field, value := range fields.Fields() {
			all = append(all, &setting{
				name:   field.Tag.Get("env"),
				group:  group.Tag.Get("group"),
				tag:    field.Tag,
				target: value.Addr().Interface(),
			})
		}
	}
	return all
}

// fallback gives the value of a setting that the environment does not have.
func (s *setting) fallback() string { return s.tag.Get("default") }

// choices lists the values a setting may have; none means any.
func (s *setting) choices() []string { return list(s.tag.Get("oneof")) }

// schemes lists the URL schemes a setting may have; none means it is no URL.
func (s *setting) schemes() []string { return list(s.tag.Get("schemes")) }

func list(tag string) []string {
	if tag == "" {
		return nil
	}
	return strings.Split(tag, ",")
}

// bounds gives the smallest and largest value of a number or duration. Where no
// tag says otherwise the upper ones leave room for a load test.
func (s *setting) bounds() (low, high string) {
	low, high = "1", "1000000"
	if _, is := s.target.(*time.Duration); is {
		low, high = "1s", "24h"
	}
	return cmp.Or(s.tag.Get("min"), low), cmp.Or(s.tag.Get("max"), high)
}

// unit says in what form the value is written, for people.
func (s *setting) unit() string {
	low, high := s.bounds()
	switch s.target.(type) {
	case *time.Duration:
		return "duration, " + low + " to " + high
	case *int:
		return s.tag.Get("unit") + ", " + low + " to " + high
	case *int64:
		return s.tag.Get("unit")
	}
	if choices := s.choices(); choices != nil {
		return strings.Join(choices, " or ")
	}
	if schemes := s.schemes(); schemes != nil {
		return strings.Join(schemes, ":// or ") + ":// URL"
	}
	return s.tag.Get("unit")
}

// decode sets the field to value, unless value breaks the declaration.
func (s *setting) decode(value string) *Problem {
	if !printable(value) {
		return wrong("holds a line break, a control character or broken UTF-8", "Write it as one line of plain text.")
	}
	if choices := s.choices(); choices != nil && !slices.Contains(choices, value) {
		return wrong("not one of "+strings.Join(choices, ", "), "Use one of them.")
	}
	if schemes := s.schemes(); schemes != nil {
		return s.decodeURL(value, schemes)
	}
	switch target := s.target.(type) {
	case *time.Duration:
		return decodeNumber(s, target, value, time.ParseDuration,
			wrong("not a duration", "Write it with its unit, such as 90s or 10m."))
	case *int:
		return decodeNumber(s, target, value, strconv.Atoi,
			wrong("not a whole number", "Write it in digits alone."))
	case *int64:
		parse := func(text string) (int64, error) { return strconv.ParseInt(text, 10, 64) }
		return decodeNumber(s, target, value, parse, wrong("not a whole number", "Write it in digits alone, with its minus sign."))
	case *slog.Level:
		return s.decodeLevel(target, value)
	case *Secrets:
		return decodeSecrets(target, value)
	case *APIKeys:
		return decodeAPIKeys(target, value)
	case *Hours:
		hours, err := parseHours(value)
		if err != nil {
			return wrong("not days, hours and a time zone", "Write it as Mon-Fri 09:00-18:00 Europe/Berlin.")
		}
		*target = hours
		return nil
	case *Weekly:
		weekly, err := parseWeekly(value)
		if err != nil {
			return wrong("not a day and a time", "Write it as Mon 09:00.")
		}
		*target = weekly
		return nil
	}
	reflect.ValueOf(s.target).Elem().SetString(value)
	return nil
}

// decodeNumber reads what lies within the bounds; malformed is the problem of a
// value that parse refuses.
func decodeNumber[T int | int64 | time.Duration](
	s *setting, target *T, value string, parse func(string) (T, error), malformed *Problem,
) *Problem {
	number, err := parse(value)
	if err != nil {
		return malformed
	}
	low, high := s.bounds()
	least, errLow := parse(low)
	most, errHigh := parse(high)
	if err := cmp.Or(errLow, errHigh); err != nil {
		panic(fmt.Sprintf("bounds of %s: %v", s.name, err))
	}
	if number < least || number > most {
		return wrong("out of bounds", "Choose between "+low+" and "+high+".")
	}
	*target = number
	return nil
}

func (s *setting) decodeLevel(target *slog.Level, value string) *Problem {
	if err := target.UnmarshalText([]byte(value)); err != nil {
		return wrong("not "+s.unit(), "Use one of them.")
	}
	return nil
}

// shortestSecret is the length of a key in bytes: that of an HMAC-SHA-256 tag.
const shortestSecret = 32

func decodeSecrets(target *Secrets, value string) *Problem {
	var secrets Secrets
	for i, part := range strings.Split(value, ",") {
		secret := strings.TrimSpace(part)
		if len(secret) < shortestSecret {
			return wrong(fmt.Sprintf("secret %d has %d bytes, %d or more are needed", i+1, len(secret), shortestSecret),
				"Run rekey init for a fresh one; commas separate several.")
		}
		secrets = append(secrets, Secret(secret))
	}
	*target = secrets
	return nil
}

// decodeURL checks the parts that every URL needs. Only a Secret may hold a
// user name and password.
func (s *setting) decodeURL(value string, schemes []string) *Problem {
	u, err := url.Parse(value)
	if err != nil {
		return wrong("not a URL", "Write special characters in a user name or password as in %40 for @.")
	}
	if !slices.Contains(schemes, u.Scheme) {
		return wrong("does not begin with "+strings.Join(schemes, ":// or ")+"://", "Write the whole URL.")
	}
	if u.Hostname() == "" && u.Scheme != "unix" {
		return wrong("the URL has no host", "Write it as "+u.Scheme+"://host.")
	}
	if port, _ := strconv.Atoi(u.Port()); port > 65535 {
		return wrong("the URL has an impossible port", "Choose one up to 65535.")
	}
	if target, is := s.target.(*Secret); is {
		*target = Secret(value)
		return nil
	}
	if u.User != nil {
		return wrong("the URL holds a user name or password", "Leave it out: this URL is not kept secret.")
	}
	*s.target.(*url.URL) = *u
	return nil
}

func printable(value string) bool {
	return utf8.ValidString(value) && !strings.ContainsFunc(value, unicode.IsControl)
}
