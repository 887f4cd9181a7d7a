package telegram

import (
	"bytes"
	"errors"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rekey/bot/simulator"
	"rekey/flows"
	"rekey/flows/staff"
)

func sampleWeek(now time.Time) (w staff.Week) {
	midnights := staff.Fortnight(now, time.UTC)
	for i := range w.Days {
		w.Days[i] = staff.Day{Date: midnights[7+i], Begun: 3 + i, Finished: i}
	}
	w.Now = staff.Sums{Begun: 42, Finished: 21, Median: time.Minute}
	return w
}

func TestAWeekIsPosted(t *testing.T) {
	const id = -1005
	r := newRig(t)
	g := r.NewGroup(id, simulator.GroupOptions{Title: "Support", Forum: true})
	desk := r.client.StaffGroup(id, "ru")
	asked := r.lena.SayIn(g, "/week")
	for _, message := range []int{0, asked} {
		if err := desk.Post(t.Context(), 0, message, sampleWeek(r.clock.Now())); err != nil {
			t.Fatal(err)
		}
		all := g.Chat()
		shown := all[len(all)-1]
		if shown.Kind != "photo" || shown.ReplyTo != message || shown.Topic != 0 || shown.FileName != "week.png" ||
			!strings.Contains(shown.Text, "16–22 ноября 2026") || !strings.Contains(shown.Text, "Начато: 42") {
			t.Errorf("shown %+v", shown)
		}
		drawn, _, _ := r.File(shown.File)
		if p, err := png.Decode(bytes.NewReader(drawn)); err != nil || p.Bounds().Dx() < 800 {
			t.Errorf("a picture of %d bytes: %v", len(drawn), err)
		}
	}
}

func TestAWeekWithoutPhotos(t *testing.T) {
	d := newDeskAPI(t)
	d.answer("sendPhoto", "400 not enough rights to send photos to the chat")
	if err := d.group.Post(t.Context(), 9, 31, sampleWeek(d.clock.Now())); err != nil {
		t.Fatal(err)
	}
	said := d.calls[len(d.calls)-1]
	if text, _ := said.params["text"].(string); said.method != "sendMessage" || !strings.Contains(text, "42") || said.params["message_thread_id"] != 9.0 {
		t.Errorf("said %+v", said)
	}
	d.answer("sendPhoto", "400 chat not found")
	if err := d.group.Post(t.Context(), 9, 31, sampleWeek(d.clock.Now())); err == nil {
		t.Error("a group that is gone is no error")
	}
}

// Where there is no room in the group, the figures wait; what goes wrong does not
// tell the token.
func TestAWeekThatCannotBePosted(t *testing.T) {
	d := newDeskAPI(t)
	for range groupPerMinute {
		d.group.writes.Take(d.clock.Now())
	}
	if err := d.group.Post(t.Context(), 0, 0, sampleWeek(d.clock.Now())); !errors.As(err, new(flows.ErrLater)) {
		t.Errorf("without room: %v", err)
	}
	d.expect("without room")

	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	client := d.newClient(gone.URL, d.Token())
	err := client.StaffGroup(-5, "").Post(t.Context(), 0, 0, sampleWeek(d.clock.Now()))
	if err == nil || strings.Contains(err.Error(), tokenSecret) {
		t.Errorf("without a server: %v", err)
	}
}
