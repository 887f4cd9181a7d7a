package inbox

import (
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
)

// parse decodes a mail: its header, and the first text and HTML parts.
func parse(r io.Reader) (Mail, error) {
	message, err := mail.ReadMessage(r)
	if err != nil {
		return Mail{}, fmt.Errorf("reading the mail: %w", err)
	}
	m := Mail{
		From:      decode(message.Header.Get("From")),
		Subject:   decode(message.Header.Get("Subject")),
		MessageID: strings.Trim(message.Header.Get("Message-Id"), "<>"),
		Header:    message.Header,
	}
	return m, m.read(message.Header.Get, message.Body)
}

// read takes a body or a part, and the parts inside it.
func (m *Mail) read(header func(string) string, body io.Reader) error {
	kind, params, err := mime.ParseMediaType(header("Content-Type"))
	if err != nil {
		return fmt.Errorf("reading the content type: %w", err)
	}
	if strings.HasPrefix(kind, "multipart/") {
		return m.readParts(multipart.NewReader(body, params["boundary"]))
	}
	switch strings.ToLower(header("Content-Transfer-Encoding")) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	content, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("decoding a part: %w", err)
	}
	switch {
	case kind == "text/plain" && m.Text == "":
		m.Text = normal(content)
	case kind == "text/html" && m.HTML == "":
		m.HTML = normal(content)
	}
	return nil
}

func (m *Mail) readParts(parts *multipart.Reader) error {
	for {
		p, err := parts.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the parts: %w", err)
		}
		if err := m.read(p.Header.Get, p); err != nil {
			return err
		}
	}
}

// normal gives a text with the line ends of Go.
func normal(content []byte) string { return strings.ReplaceAll(string(content), "\r\n", "\n") }

// decode reads the encoded words of a header (RFC 2047); what it cannot read
// stays as it is.
func decode(header string) string {
	text, err := new(mime.WordDecoder).DecodeHeader(header)
	if err != nil {
		return header
	}
	return text
}
