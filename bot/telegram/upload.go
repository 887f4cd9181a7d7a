package telegram

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
)

// upload is what a call is given besides a file, and the file. As the parameter
// named by the field params holds nothing.
type upload struct {
	params      any
	field, name string
	data        []byte
}

// encode gives the body of a call: a form where a file is uploaded, and else JSON.
func encode(params any) (kind string, body []byte, err error) {
	if u, ok := params.(*upload); ok {
		kind, body, err = u.form()
	} else {
		kind = "application/json"
		body, err = json.Marshal(params)
	}
	if err != nil {
		return "", nil, fmt.Errorf("building the request: %w", err)
	}
	return kind, body, nil
}

// form writes each parameter as a field: a string as it is, anything else as JSON
// (Bot API, Making requests).
func (u *upload) form() (kind string, body []byte, err error) {
	raw, err := json.Marshal(u.params)
	if err != nil {
		return "", nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return "", nil, err
	}
	delete(fields, u.field)
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for name, value := range fields {
		text := string(value)
		if value[0] == '"' {
			if err := json.Unmarshal(value, &text); err != nil {
				return "", nil, err
			}
		}
		if err := form.WriteField(name, text); err != nil {
			return "", nil, err
		}
	}
	part, err := form.CreateFormFile(u.field, u.name)
	if err == nil {
		_, err = part.Write(u.data)
	}
	if err == nil {
		err = form.Close()
	}
	return form.FormDataContentType(), b.Bytes(), err
}
