package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"unicode"
	"unicode/utf8"
)

// apiError is an answer other than ok, with HTTP's code and Telegram's words.
type apiError struct {
	code       int
	text       string
	retryAfter int   // seconds; only with 429
	migrateTo  int64 // the chat in place of the one that was named
}

func (e *apiError) Error() string { return e.text }

// badRequest returns a 400. Telegram writes the first letter small unless the
// message is one of its upper-case codes.
func badRequest(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	first, size := utf8.DecodeRuneInString(text)
	if second, _ := utf8.DecodeRuneInString(text[size:]); !unicode.IsUpper(second) && second != '_' {
		text = string(unicode.ToLower(first)) + text[size:]
	}
	return &apiError{code: http.StatusBadRequest, text: "Bad Request: " + text}
}

func forbidden(text string) error {
	return &apiError{code: http.StatusForbidden, text: "Forbidden: " + text}
}

func conflict(text string) error {
	return &apiError{code: http.StatusConflict, text: "Conflict: " + text}
}

// migrated answers for a group that has become a supergroup.
func migrated(to int64) error {
	return &apiError{code: http.StatusBadRequest, migrateTo: to,
		text: "Bad Request: group chat was upgraded to a supergroup chat"}
}

// notSimulated answers for what Telegram can do and this server cannot.
func notSimulated(what string) error {
	return &apiError{code: http.StatusNotImplemented, text: "Not Implemented: " + what + " is not simulated"}
}

// writeError answers with an error and returns its code.
func writeError(w http.ResponseWriter, err error) (code int) {
	e := &apiError{code: http.StatusInternalServerError, text: "Internal Server Error"}
	errors.As(err, &e)
	answer := map[string]any{"ok": false, "error_code": e.code, "description": e.text}
	switch {
	case e.retryAfter > 0:
		answer["parameters"] = map[string]int{"retry_after": e.retryAfter}
	case e.migrateTo != 0:
		answer["parameters"] = map[string]int64{"migrate_to_chat_id": e.migrateTo}
	}
	raw, _ := json.Marshal(answer)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(e.code)
	_, _ = w.Write(raw)
	return e.code
}
