// Package demo is the page of the demonstration. On one address it shows a
// chat with the bot that looks like Telegram's, the group where the shop's staff
// work, the inbox that receives mails and text messages, and the sign-in form of
// a small shop, so that a person can recover a password from the first message
// to the next sign-in, and help others to do so.
//
// The page decides nothing. It passes what the person does to the simulated
// Telegram, and shows what the parts it was given report: the chat of a
// [simulator.Person], the staff's [simulator.Group], the two inboxes, and whether
// the [Shop] accepts a password. A page of the browser belongs to one [Sample]
// person, named in its address (?as=lena), and has one stream of events. The
// stream begins with a snapshot of everything, so a lost connection loses
// nothing. The group is the same on every page; with each act there the page
// says as which [Colleague].
//
// It serves this computer only: requests for other host names and requests
// that other sites cause are refused.
package demo

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	mailbox "rekey/bot/mail/inbox"
	"rekey/bot/simulator"
	smsbox "rekey/bot/sms/inbox"
)

//go:embed assets *.html
var files embed.FS

// Options configure the page. All of Simulator, Group, Mail, SMS, Shop.SignIn,
// Shop.SessionsValidAfter, People and Staff are needed.
type Options struct {
	Simulator *simulator.Server
	Group     *simulator.Group // of the staff, with topics
	Mail      *mailbox.Inbox
	SMS       *smsbox.Inbox
	Shop      Shop
	// People are those whom a page can chat as; the first is the default. Each
	// needs a username on Telegram that is unique here, and at least one of
	// email, phone and username at the shop.
	People []Sample
	// Staff are those whom every page can work as in the group; the first is the
	// default.
	Staff []Colleague
	// Bot is the name above the chat. Default "Rekey".
	Bot string
	// Now dates the shop's sessions. Default time.Now.
	Now func() time.Time
	// Log receives what breaks, never a message or a password. Default: discards.
	Log *slog.Logger
}

// page is the handler: the shared parts, and one visitor for each sample person.
type page struct {
	options  Options
	template *template.Template
	visitors map[string]*visitor
	staff    map[int64]*simulator.Person
	poll     time.Duration // between looks at what has no events of its own
}

// visitor is a sample person with a chat and with sessions at the shop.
type visitor struct {
	sample Sample
	person *simulator.Person
	desk   *desk
}

// New returns the page as a handler for the root of its server. Its streams end
// with their requests' contexts, so the server that is shut down should cancel
// its base context.
func New(o Options) (http.Handler, error) {
	p, err := newPage(o)
	if err != nil {
		return nil, err
	}
	return guard(p.routes()), nil
}

func newPage(o Options) (*page, error) {
	if o.Simulator == nil || o.Group == nil || o.Mail == nil || o.SMS == nil || o.Shop.SignIn == nil || o.Shop.SessionsValidAfter == nil {
		return nil, errors.New("demo page: the simulator, the group, both inboxes and the shop's functions are needed")
	}
	o.Bot = cmp.Or(o.Bot, "Rekey")
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	html, err := template.New("page.html").ParseFS(files, "*.html")
	if err != nil {
		return nil, fmt.Errorf("demo page: %w", err)
	}
	p := &page{options: o, template: html, visitors: map[string]*visitor{}, staff: map[int64]*simulator.Person{}, poll: time.Second}
	if err := p.admit(o.People); err != nil {
		return nil, err
	}
	return p, p.employ(o.Staff)
}

// admit gives every sample person a chat.
func (p *page) admit(people []Sample) error {
	if len(people) == 0 {
		return errors.New("demo page: it needs at least one sample person")
	}
	for _, sample := range people {
		key := sample.Key()
		if _, taken := p.visitors[key]; taken || key == "" || len(sample.Identifiers()) == 0 {
			return fmt.Errorf("demo page: sample person %q needs a username of their own and an identifier at the shop", key)
		}
		p.visitors[key] = &visitor{
			sample: sample,
			person: p.options.Simulator.Person(sample.Profile),
			desk:   &desk{shop: p.options.Shop, now: p.options.Now},
		}
	}
	return nil
}

// employ lets every page work as the staff.
func (p *page) employ(staff []Colleague) error {
	if len(staff) == 0 {
		return errors.New("demo page: it needs at least one colleague")
	}
	for _, one := range staff {
		p.staff[one.Profile.ID] = p.options.Simulator.Person(one.Profile)
	}
	return nil
}

func (p *page) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.show)
	mux.Handle("GET /assets/", http.FileServerFS(files))
	mux.HandleFunc("GET /events", p.stream)
	mux.HandleFunc("GET /mail/{id}", p.showMail)
	mux.HandleFunc("GET /file/{id}", p.showFile)
	mux.HandleFunc("POST /file/{kind}", p.takeFile)
	mux.Handle("POST /chat/{act}", action(p, chatAct))
	mux.Handle("POST /group/{act}", action(p, p.groupAct))
	mux.Handle("POST /shop/sign-in", action(p, signIn))
	mux.Handle("POST /shop/sign-out", action(p, signOut))
	return mux
}

// show renders the page for the person in its address.
func (p *page) show(w http.ResponseWriter, r *http.Request) {
	key := cmp.Or(r.URL.Query().Get("as"), p.options.People[0].Key())
	me, ok := p.visitors[key]
	if !ok {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	err := p.template.Execute(w, struct {
		Bot, Username, Brand, Group string
		Me                          Sample
		People                      []Sample
		Staff                       []Colleague
	}{p.options.Bot, p.options.Simulator.Username(), p.options.Shop.Brand, p.options.Group.Title(),
		me.sample, p.options.People, p.options.Staff})
	if err != nil {
		p.broken(r.Context(), "showing the page", err)
	}
}

// broken logs an error, unless it is only that the browser went away.
func (p *page) broken(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		p.options.Log.ErrorContext(ctx, "demo page: "+what, "error", err)
	}
}
