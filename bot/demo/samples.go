package demo

import (
	"slices"
	"unicode/utf8"

	"rekey/bot/simulator"
)

// Sample is a person to chat as, with the account that the person has.
type Sample struct {
	Profile simulator.Profile // on Telegram

	Email, Phone, Username string // of the account; each can be empty
	Birthday               string // YYYY-MM-DD, or empty
	Disabled               bool   // the account cannot be recovered
	Password               string // that the account begins with
	Note                   string // what there is to see with this person
	Tint                   int    // the colour of the initial, 0 to 3
}

// Key is the person's username on Telegram; it names the person in the page's
// address.
func (s Sample) Key() string { return s.Profile.Username }

// Name is the person's full name.
func (s Sample) Name() string {
	if s.Profile.LastName == "" {
		return s.Profile.FirstName
	}
	return s.Profile.FirstName + " " + s.Profile.LastName
}

// Initial is the letter in the person's picture.
func (s Sample) Initial() string { return initial(s.Profile) }

func initial(p simulator.Profile) string {
	_, size := utf8.DecodeRuneInString(p.FirstName)
	return p.FirstName[:size]
}

// Language is the language of the person's Telegram, an IETF tag.
func (s Sample) Language() string { return s.Profile.Language }

// Identifiers are what the person can sign in with: those of email, phone and
// username that the account has.
func (s Sample) Identifiers() []string {
	absent := func(one string) bool { return one == "" }
	return slices.DeleteFunc([]string{s.Email, s.Phone, s.Username}, absent)
}

// Colleague is one of the shop's staff, whom a page can work as in their group.
type Colleague struct {
	Profile simulator.Profile // on Telegram
	Roles   []string          // agent, approver, admin
	Tint    int               // the colour of the initial, as for a Sample
}

// Initial is the letter in the colleague's picture.
func (c Colleague) Initial() string { return initial(c.Profile) }

// Samples returns the people of the demonstration. Their passwords keep to the
// classic policy.
func Samples() []Sample {
	return []Sample{{
		Profile: simulator.Profile{ID: 7001, FirstName: "Lena", LastName: "Petrova", Username: "lena", Language: "en", Phone: "79991234567"},
		Email:   "lena@gmail.com", Phone: "+79991234567", Username: "lena.petrova", Birthday: "1988-04-12",
		Password: "Teapot#1947", Note: "Email, phone and username: every way works.",
	}, {
		Profile: simulator.Profile{ID: 7002, FirstName: "Omar", LastName: "Haddad", Username: "omar", Language: "en", Phone: "962791234567"},
		Email:   "omar@outlook.com", Username: "omar", Birthday: "1979-11-03",
		Password: "Lantern&66", Note: "No phone on the account: a shared number leads nowhere.", Tint: 1,
	}, {
		Profile: simulator.Profile{ID: 7003, FirstName: "Вера", LastName: "Соколова", Username: "vera", Language: "ru", Phone: "79161112233"},
		Phone:   "+79161112233", Birthday: "1961-06-30",
		Password: "Samovar*508", Note: "Telegram in Russian, an account with only a phone.", Tint: 2,
	}, {
		Profile: simulator.Profile{ID: 7004, FirstName: "Max", LastName: "Weber", Username: "max", Language: "en", Phone: "4915112345678"},
		Email:   "max@example.org", Username: "max.weber", Disabled: true,
		Password: "Kettledrum!73", Note: "A disabled account: the chat looks the same, but no code comes.", Tint: 3,
	}, {
		Profile: simulator.Profile{ID: 7005, FirstName: "Nina", LastName: "Berg", Username: "nina", Language: "en", Phone: "46701234567"},
		Email:   "nina@aurora.example", Username: "nina.berg", Birthday: "1990-01-21",
		Password: "Juniper#8842", Note: "An account with power over others: support acts on it in pairs.",
	}}
}

// Staff returns the shop's staff of the demonstration.
func Staff() []Colleague {
	return []Colleague{{
		Profile: simulator.Profile{ID: 7101, FirstName: "Anna", LastName: "Keller", Username: "anna_aurora", Language: "en"},
		Roles:   []string{"agent"}, Tint: 3,
	}, {
		Profile: simulator.Profile{ID: 7102, FirstName: "Ben", LastName: "Okafor", Username: "ben_aurora", Language: "en"},
		Roles:   []string{"agent"}, Tint: 1,
	}, {
		Profile: simulator.Profile{ID: 7103, FirstName: "Vera", LastName: "Novak", Username: "vera_aurora", Language: "en"},
		Roles:   []string{"approver", "admin"}, Tint: 2,
	}}
}
