package telegram

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"rekey/bot/texts"
	"rekey/flows"
)

// cannedServer answers every call at once with the same text, so that a
// benchmark measures this side alone.
type cannedServer string

func (s cannedServer) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(string(s))),
		ContentLength: int64(len(s)), Request: r}, nil
}

// sentMessage is what Telegram answers to sendMessage.
const sentMessage = `{"ok":true,"result":{"message_id":4711,"from":{"id":1000001,"is_bot":true,"first_name":"Rekey",` +
	`"username":"rekey_demo_bot"},"chat":{"id":77,"first_name":"Lena","username":"lena","type":"private"},` +
	`"date":1795435200,"text":"Step 2 of 4 · If lena@gmail.com is registered, a code is on its way.","entities":` +
	`[{"offset":18,"length":14,"type":"email"}],"reply_markup":{"inline_keyboard":[[{"text":"Use SMS instead",` +
	`"callback_data":"abcdefghijklmnop.3.use_sms"},{"text":"Change address","callback_data":"abcdefghijklmnop.3.change_address"}]]},` +
	`"has_protected_content":true}}`

func benchmarkClient(b *testing.B, answer string) *Client {
	b.Helper()
	catalogue, err := texts.New(texts.Options{Brand: "Aurora Shop"})
	if err != nil {
		b.Fatal(err)
	}
	c, err := NewClient(ClientOptions{Token: "1000001:benchmark", APIURL: "http://127.0.0.1", Texts: catalogue,
		Log: slog.New(slog.DiscardHandler), HTTP: &http.Client{Transport: cannedServer(answer)}})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

func BenchmarkSend(b *testing.B) {
	c := benchmarkClient(b, sentMessage)
	reply := flows.Reply{Say: []flows.MessageID{flows.AskCode}, Conversation: "abcdefghijklmnop", Revision: 3,
		Buttons: []flows.ButtonName{flows.ButtonUseSMS, flows.ButtonChange},
		Facts:   flows.Facts{Address: "lena@gmail.com", Channel: flows.Email, OtherWay: true}}
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Send(context.Background(), 77, "en", reply); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDelete(b *testing.B) {
	c := benchmarkClient(b, `{"ok":true,"result":true}`)
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Delete(context.Background(), 77, 4711); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	d := decoder{bot: 1000001, username: "rekey_demo_bot"}
	raw := json.RawMessage(`{"update_id":500000001,"message":{"message_id":4711,"from":{"id":77,"is_bot":false,` +
		`"first_name":"Lena","username":"lena","language_code":"en"},"chat":{"id":77,"first_name":"Lena",` +
		`"username":"lena","type":"private"},"date":1795435200,"text":"lena@gmail.com","entities":[{"offset":0,"length":14,"type":"email"}]}}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.decode(raw); err != nil {
			b.Fatal(err)
		}
	}
}
