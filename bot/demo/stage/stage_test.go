package stage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"rekey/bot/simulator"
)

// place asks as the bot what somebody is in the staff group.
func (s *Stage) place(t *testing.T, user int64) map[string]any {
	t.Helper()
	body := fmt.Sprintf(`{"chat_id":%d,"user_id":%d}`, staffGroup, user)
	request := httptest.NewRequest("POST", "/bot"+s.Telegram.Token()+"/getChatMember", bytes.NewReader([]byte(body)))
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	s.Telegram.ServeHTTP(recorder, request)
	var answer struct{ Result map[string]any }
	if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Result
}

func TestStaffAndBotShareAGroupWithTopics(t *testing.T) {
	dir := t.TempDir()
	for _, opening := range []string{"first", "second"} {
		s, err := Open(dir, time.Now, nil)
		if err != nil {
			t.Fatal(err)
		}
		for user, want := range map[int64]simulator.Status{7101: simulator.Member, 7102: simulator.Member, 7103: simulator.Creator} {
			if got := s.place(t, user)["status"]; got != string(want) {
				t.Errorf("%s opening: %d is %v, want %s", opening, user, got, want)
			}
		}
		bot := s.place(t, 1000001)
		if bot["can_manage_topics"] != true || bot["can_delete_messages"] != true {
			t.Errorf("%s opening: the bot is %v", opening, bot)
		}
		if s.Staff.Title() != "Aurora Shop support" || !slices.Contains(s.Environ(""), "REKEY_STAFF_GROUP=-1001000000001") {
			t.Errorf("%s opening: the group is %q, the settings %q", opening, s.Staff.Title(), s.Environ(""))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
