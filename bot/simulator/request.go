package simulator

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxBody is the largest request taken, in bytes: the 50 MB that a bot may
// upload, and room for the other fields.
const maxBody = 51 << 20

// request is one call of a method, whatever encoding it came in.
type request struct {
	http   *http.Request
	method string // as the documentation spells it
	params map[string]param
	files  map[string]*upload
}

// upload is a file that came with a request.
type upload struct {
	name string
	data []byte
}

// param is a parameter's text: a form value, the contents of a JSON string, or
// the JSON itself of anything else. quoted says that it may stand for a
// string, which a JSON number, object or the like may not.
type param struct {
	text   string
	quoted bool
}

func (r *request) text(name string) string { return r.params[name].text }

func (r *request) has(name string) bool { _, ok := r.params[name]; return ok }

// int returns an integer parameter, or zero when it is absent.
func (r *request) int(name string) int64 {
	n, _ := strconv.ParseInt(r.text(name), 10, 64)
	return n
}

// bool returns a bool parameter, or false when it is absent.
func (r *request) bool(name string) bool {
	b, _ := strconv.ParseBool(r.text(name))
	return b
}

// decode reads a JSON parameter into v and leaves v alone when it is absent.
func (r *request) decode(name string, v any) error {
	text := r.text(name)
	if text == "" {
		return nil
	}
	if json.Unmarshal([]byte(text), v) != nil {
		return badRequest("can't parse %s JSON object", strings.ReplaceAll(name, "_", " "))
	}
	return nil
}

// readRequest collects the parameters of the query and of the body: JSON,
// urlencoded or multipart, chunked or not.
func readRequest(w http.ResponseWriter, hr *http.Request) (*request, error) {
	r := &request{http: hr, params: map[string]param{}, files: map[string]*upload{}}
	if hr.URL.RawQuery != "" {
		r.takeForm(hr.URL.Query())
	}
	hr.Body = http.MaxBytesReader(w, hr.Body, maxBody)
	kind, options, _ := mime.ParseMediaType(hr.Header.Get("Content-Type"))
	var err error
	switch kind {
	case "application/json":
		err = r.takeJSON(hr.Body)
	case "application/x-www-form-urlencoded":
		err = r.takeURLEncoded(hr.Body)
	case "multipart/form-data":
		err = r.takeMultipart(multipart.NewReader(hr.Body, options["boundary"]))
	}
	if err == nil {
		return r, nil
	}
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, &apiError{code: http.StatusRequestEntityTooLarge, text: "Request Entity Too Large"}
	}
	return nil, badRequest("can't parse the request's body")
}

func (r *request) takeForm(values url.Values) {
	for name, v := range values {
		r.params[name] = param{text: v[0], quoted: true}
	}
}

func (r *request) takeURLEncoded(body io.Reader) error {
	raw, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	values, err := url.ParseQuery(string(raw))
	r.takeForm(values)
	return err
}

func (r *request) takeJSON(body io.Reader) error {
	raw, err := io.ReadAll(body)
	if err != nil || len(raw) == 0 {
		return err
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(raw, &values); err != nil {
		return err
	}
	for name, v := range values {
		switch v[0] {
		case 'n': // null: absent
		case '"':
			var text string
			if err := json.Unmarshal(v, &text); err != nil {
				return err
			}
			r.params[name] = param{text: text, quoted: true}
		default:
			r.params[name] = param{text: string(v)}
		}
	}
	return nil
}

func (r *request) takeMultipart(parts *multipart.Reader) error {
	for first := true; ; first = false {
		part, err := parts.NextPart()
		// A client without parameters sends no part at all.
		if err == io.EOF || first && errors.Is(err, io.EOF) { //nolint:errorlint // a wrapped one is a body that was cut short
			return nil
		}
		if err != nil {
			return err
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return err
		}
		if part.FileName() != "" {
			r.files[part.FormName()] = &upload{part.FileName(), value}
			continue
		}
		r.params[part.FormName()] = param{text: string(value), quoted: true}
	}
}
