package simulator

import (
	"bytes"
	"container/list"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// How long Telegram keeps an update that the bot does not take.
const (
	keepMessage  = 24 * time.Hour
	keepCallback = 150 * time.Second
)

// longestPoll is where Telegram caps the timeout of getUpdates.
const longestPoll = 50 * time.Second

// update waits to be taken by the bot.
type update struct {
	ID      int64           `json:"id"`
	Lane    string          `json:"lane"`            // webhooks deliver one at a time of each lane
	Expires int64           `json:"expires"`         // Unix time
	Again   bool            `json:"again,omitempty"` // to be delivered once more after this time
	Body    json.RawMessage `json:"body"`            // the Update object, with its id
}

// queue holds the updates that are not confirmed, oldest first.
type queue struct {
	pending *list.List // of *update
}

func newQueue(updates []*update) *queue {
	q := &queue{pending: list.New()}
	for _, u := range updates {
		q.pending.PushBack(u)
	}
	return q
}

func (q *queue) list() []*update {
	all := make([]*update, 0, q.pending.Len())
	for e := q.pending.Front(); e != nil; e = e.Next() {
		all = append(all, e.Value.(*update))
	}
	return all
}

// confirm takes a delivered update out, or keeps it for its second delivery.
func (q *queue) confirm(e *list.Element) (gone bool) {
	if u := e.Value.(*update); u.Again {
		u.Again = false
		return false
	}
	q.pending.Remove(e)
	return true
}

// defaultMuted are the updates that a bot must ask for by name.
var defaultMuted = []string{"chat_member", "message_reaction", "message_reaction_count"}

func (s *Server) allows(kind string) bool {
	if len(s.Allowed) == 0 {
		return !slices.Contains(defaultMuted, kind)
	}
	return slices.Contains(s.Allowed, kind)
}

// allow remembers allowed_updates; when the parameter is absent, the earlier
// one stays.
func (s *Server) allow(r *request) error {
	if !r.has("allowed_updates") {
		return nil
	}
	s.Allowed = nil
	return r.decode("allowed_updates", &s.Allowed)
}

// publish queues an update, unless the bot does not want its kind. id is the
// number to use; the caller holds the lock.
func (s *Server) publish(id int64, lane, kind string, value json.RawMessage, keep time.Duration) {
	if s.allows(kind) {
		s.push(id, lane, append([]byte(`"`+kind+`":`), value...), keep)
	}
}

// push queues an update of whatever fields.
func (s *Server) push(id int64, lane string, fields []byte, keep time.Duration) {
	body := append([]byte(`{"update_id":`), strconv.FormatInt(id, 10)...)
	if len(fields) > 0 {
		body = append(append(body, ','), fields...)
	}
	u := &update{ID: id, Lane: lane, Expires: s.options.Now().Add(keep).Unix(), Body: append(body, '}')}
	if s.duplicate > 0 {
		s.duplicate--
		u.Again = true
	}
	e := s.queue.pending.PushBack(u)
	if s.poller != nil {
		s.poller.wake()
	}
	if s.hook != nil {
		s.hook.feed(e)
	}
}

// Deliver sends the bot an update of any form, whatever kinds it asked for,
// and returns its id: raw is a JSON object without update_id. It is there for
// updates that a bot may fail to understand. Anything but a JSON object is
// refused with id 0.
func (s *Server) Deliver(raw json.RawMessage) int64 {
	defer s.change()()
	var compact bytes.Buffer
	if json.Compact(&compact, raw) != nil || !bytes.HasPrefix(compact.Bytes(), []byte("{")) {
		s.options.Log.Error("an update to deliver must be a JSON object")
		return 0
	}
	id := s.next(&s.UpdateIDs)
	fields := compact.Bytes()
	s.push(id, rawLane(raw, id), fields[1:len(fields)-1], keepMessage)
	return id
}

// rawLane finds the lane of an update of unknown form, as for the ones that
// people cause.
func rawLane(raw json.RawMessage, id int64) string {
	type in struct {
		Chat struct{ ID int64 }
		From struct{ ID int64 }
	}
	var u struct {
		Message       in
		EditedMessage in `json:"edited_message"`
		CallbackQuery in `json:"callback_query"`
	}
	_ = json.Unmarshal(raw, &u)
	for _, chat := range []int64{u.Message.Chat.ID, u.EditedMessage.Chat.ID} {
		if chat != 0 {
			return chatLane(chat)
		}
	}
	if user := u.CallbackQuery.From.ID; user != 0 {
		return pressLane(user)
	}
	return fmt.Sprint("update ", id)
}

func chatLane(chat int64) string { return "chat " + strconv.FormatInt(chat, 10) }

func pressLane(user int64) string { return "presses " + strconv.FormatInt(user, 10) }

// poller is the one call of getUpdates that waits.
type poller struct {
	news  chan struct{}
	ended chan error // why another call ended this one
}

func (p *poller) wake() {
	select {
	case p.news <- struct{}{}:
	default:
	}
}

// endPoller ends the waiting call, if there is one. The caller holds the lock.
func (s *Server) endPoller(why string) {
	if s.poller != nil {
		s.poller.ended <- conflict(why)
		s.poller = nil
	}
}

func getUpdates(s *Server, r *request) (any, error) {
	limit := 100
	if r.has("limit") {
		limit = int(min(max(r.int("limit"), 1), 100))
	}
	wait := min(time.Duration(max(0, r.int("timeout")))*time.Second, longestPoll)
	p, err := s.startPoll(r)
	if err != nil {
		return nil, err
	}
	defer s.endPoll(p)
	offset := r.int("offset")
	timeout := time.NewTimer(wait)
	defer timeout.Stop()
	for {
		batch, n, err := s.take(p, offset, limit)
		if err != nil || n > 0 || wait == 0 {
			return batch, err
		}
		select {
		case <-p.news:
		case <-timeout.C:
			wait = 0
		case err := <-p.ended:
			return nil, err
		case <-r.http.Context().Done():
			return batch, nil
		case <-s.ctx.Done():
			return nil, &apiError{code: http.StatusInternalServerError, text: "Internal Server Error: restart"}
		}
		offset = max(offset, 0) // a negative one is counted from the end once
	}
}

// startPoll makes this call the one that waits.
func (s *Server) startPoll(r *request) (*poller, error) {
	defer s.change()()
	if s.hook != nil {
		return nil, conflict("can't use getUpdates method while webhook is active; " +
			"use deleteWebhook to delete the webhook first")
	}
	if err := s.allow(r); err != nil {
		return nil, err
	}
	s.endPoller("terminated by other getUpdates request; make sure that only one bot instance is running")
	s.poller = &poller{news: make(chan struct{}, 1), ended: make(chan error, 1)}
	return s.poller, nil
}

func (s *Server) endPoll(p *poller) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.poller == p {
		s.poller = nil
	}
}

// take confirms what lies below the offset and returns the next updates as a
// JSON array, with their number. They stay queued until they are confirmed.
func (s *Server) take(p *poller, offset int64, limit int) (batch json.RawMessage, n int, err error) {
	defer s.change()()
	if s.poller != p {
		return nil, 0, <-p.ended
	}
	s.confirmBelow(offset)
	now := s.options.Now().Unix()
	batch = append(batch, '[')
	for e := s.queue.pending.Front(); e != nil && n < limit; {
		u, next := e.Value.(*update), e.Next()
		if u.Expires < now {
			s.queue.pending.Remove(e)
			e = next
			continue
		}
		if n > 0 {
			batch = append(batch, ',')
		}
		batch = append(batch, u.Body...)
		n++
		e = next
	}
	return append(batch, ']'), n, nil
}

// confirmBelow confirms all updates under the offset; a negative one leaves
// that many at the end.
func (s *Server) confirmBelow(offset int64) {
	pending := s.queue.pending
	for offset < 0 && int64(pending.Len()) > -offset {
		pending.Remove(pending.Front())
	}
	for e := pending.Front(); e != nil && e.Value.(*update).ID < offset; {
		next := e.Next()
		s.queue.confirm(e)
		e = next
	}
}
