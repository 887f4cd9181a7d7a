package telegram

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rekey/flows"
)

// The requests that each kind of reply becomes, one file a kind, without the
// message's own words. With UPDATE_GOLDEN=1 in the environment the files are
// written anew.
func TestRequests(t *testing.T) {
	const conversation = "k3jq7x5m2v9d4s8w"
	facts := flows.Facts{Address: "lena@gmail.com", Suggested: "lena@gmail.com", Channel: flows.Email, OtherWay: true,
		Words: [2]uint8{1, 2}, Life: 10 * time.Minute, Wait: time.Minute, Resends: 2, Digits: 8}
	replies := map[string]flows.Reply{
		"lobby":      welcome,
		"language":   {Say: []flows.MessageID{flows.SayLanguage}, Buttons: []flows.ButtonName{flows.ButtonLanguage("en"), flows.ButtonLanguage("ru")}},
		"contact":    {Say: []flows.MessageID{flows.AskAccount}, AskContact: true, Conversation: conversation, Revision: 2},
		"spelling":   {Say: []flows.MessageID{flows.AskSpelling}, Facts: facts, Buttons: []flows.ButtonName{flows.ButtonSpellingYes, flows.ButtonSpellingNo}, Conversation: conversation, Revision: 35},
		"code":       {Say: []flows.MessageID{flows.AskCode}, Facts: facts, Buttons: []flows.ButtonName{flows.ButtonResend, flows.ButtonUseSMS, flows.ButtonChange}, Conversation: conversation, Revision: 1 << 40},
		"no_buttons": {Say: []flows.MessageID{flows.AskConfirm}, Conversation: conversation, Revision: 4},
		"link":       {Say: []flows.MessageID{flows.SayLink}, Facts: flows.Facts{Link: "https://t.me/RekeyBot?start=k3Jq7x5M"}, Buttons: []flows.ButtonName{flows.ButtonLink}},
		"match":      {Say: []flows.MessageID{flows.AskMatch}, Buttons: []flows.ButtonName{flows.ButtonMatch(17, 47), flows.ButtonMatch(17, 12), flows.ButtonMatch(17, 83), flows.ButtonMatch(17, 0)}},
		"sign_in":    {Say: []flows.MessageID{flows.Done}, Buttons: []flows.ButtonName{flows.ButtonSignIn}},
	}
	for name, reply := range replies {
		t.Run(name, func(t *testing.T) {
			golden(t, name, requestOf(t, reply))
		})
	}
}

// golden compares what was sent with a file, in the order of its names.
func golden(t *testing.T, name string, got any) {
	t.Helper()
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(got); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name+".json")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("got\n%swant\n%s", out.Bytes(), want)
	}
}

// requestOf sends a reply and gives what arrives.
func requestOf(t *testing.T, reply flows.Reply) map[string]json.RawMessage {
	t.Helper()
	var fields map[string]json.RawMessage
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.ContentLength <= 0 {
			t.Error("the request has no length")
		}
		if err := json.NewDecoder(q.Body).Decode(&fields); err != nil {
			t.Error(err)
		}
		_, _ = w.Write([]byte(`{"ok":true,"result":{}}`))
	}))
	defer server.Close()
	r := newRig(t)
	client := r.newClient(server.URL, r.Token())
	if err := client.Send(t.Context(), 77, "en", reply); err != nil {
		t.Fatal(err)
	}
	if fields["text"] == nil {
		t.Error("the request has no text")
	}
	delete(fields, "text")
	return fields
}

// A button's data fits into Telegram's 64 bytes whatever it says.
func TestPressDataFits(t *testing.T) {
	longest := flows.Reply{Conversation: strings.Repeat("x", 32), Revision: 1<<64 - 1}
	for _, name := range []flows.ButtonName{flows.ButtonForgot, flows.ButtonSupport, flows.ButtonSpellingYes, flows.ButtonSpellingNo,
		flows.ButtonResend, flows.ButtonUseSMS, flows.ButtonUseEmail, flows.ButtonChange, flows.ButtonLanguage("pt-br")} {
		if data := pressData(longest, name); len(data) > 64 {
			t.Errorf("%q has %d bytes", data, len(data))
		}
	}
	if data := pressData(flows.Reply{}, flows.ButtonMatch(1<<63-1, 99)); len(data) > 64 { // these stand outside conversations
		t.Errorf("%q has %d bytes", data, len(data))
	}
}

func TestSupportWithoutAddress(t *testing.T) {
	r := newRig(t)
	linked, plain := newRig(t).client, r.client
	linked.options.SupportURL = "https://shop.example/help"
	plain.options.SupportURL, plain.options.SignInURL = "", ""
	reply := flows.Reply{Buttons: []flows.ButtonName{flows.ButtonSupport, flows.ButtonSignIn}}
	if rows := linked.rows("en", reply); len(rows) != 1 || rows[0][0].URL != "https://shop.example/help" || rows[0][0].CallbackData != "" {
		t.Errorf("with addresses: %+v", rows)
	}
	if rows := plain.rows("en", reply); len(rows) != 1 || len(rows[0]) != 1 || rows[0][0].CallbackData != "..support" {
		t.Errorf("without addresses: %+v", rows)
	}
}
