package inbox_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rekey/bot/sms/inbox"
)

func TestServeHTTP(t *testing.T) {
	for name, test := range map[string]struct {
		method, key, body string
		want              int
	}{
		"taken":       {"POST", "7", `{"id":"7","to":"+79991234567","text":"Hello"}`, http.StatusAccepted},
		"other key":   {"POST", "8", `{"id":"7","to":"+79991234567","text":"Hello"}`, http.StatusBadRequest},
		"no text":     {"POST", "7", `{"id":"7","to":"+79991234567"}`, http.StatusBadRequest},
		"no JSON":     {"POST", "7", `to=+79991234567`, http.StatusBadRequest},
		"too long":    {"POST", "7", `{"id":"7","to":"+79991234567","text":"` + strings.Repeat("x", 64<<10) + `"}`, http.StatusBadRequest},
		"only a look": {"HEAD", "", "", http.StatusMethodNotAllowed},
	} {
		t.Run(name, func(t *testing.T) {
			i := inbox.New()
			r := httptest.NewRequest(test.method, "/", strings.NewReader(test.body))
			r.Header.Set("Idempotency-Key", test.key)
			w := httptest.NewRecorder()
			i.ServeHTTP(w, r)
			if w.Code != test.want || (len(i.Messages()) == 1) != (test.want == http.StatusAccepted) {
				t.Errorf("answered %d, holds %v", w.Code, i.Messages())
			}
		})
	}
}
