package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretNeverPrintsItself(t *testing.T) {
	const canary = "canary-7f3a-canary-7f3a-canary-7f3a"
	c := mustLoad(t, []string{
		"REKEY_TELEGRAM_TOKEN=1:" + canary,
		"REKEY_MODE=webhook", sampleHook, "REKEY_WEBHOOK_SECRET=" + canary,
		"REKEY_SECRET=" + canary + "," + canary,
		"REKEY_SMTP_URL=smtps://user:" + canary + "@mail.example.org", sampleFrom,
		"REKEY_SMS_URL=https://key:" + canary + "@sms.example.org",
		"REKEY_REDIS_URL=redis://:" + canary + "@redis.example.org",
	})
	var printed bytes.Buffer
	for _, value := range []any{c, &c, c.Telegram.Token, &c.Telegram.Token, c.Storage.Secrets, []any{c.Delivery.SMTPURL}} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10s"} {
			fmt.Fprintf(&printed, format+"\n", value)
		}
		fmt.Fprintln(&printed, value)
		slog.New(slog.NewTextHandler(&printed, nil)).Info("text", "value", value)
		slog.New(slog.NewJSONHandler(&printed, nil)).Info("json", "value", value)
		if err := json.NewEncoder(&printed).Encode(value); err != nil {
			t.Fatal(err)
		}
	}
	text := printed.String()
	hex := fmt.Sprintf("%x", canary)
	if strings.Contains(text, canary) || strings.Contains(strings.ToLower(text), hex) {
		t.Errorf("a secret was printed:\n%s", text)
	}
	if !strings.Contains(text, "[redacted]") {
		t.Error("nothing was redacted")
	}
	if c.Telegram.Token.Reveal() != "1:"+canary {
		t.Error("Reveal does not give the text")
	}
}
