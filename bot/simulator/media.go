package simulator

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"image"
	_ "image/gif" // what Telegram takes for a photo
	_ "image/jpeg"
	_ "image/png"
	"net/http"
	"slices"
	"strings"
)

// Telegram's limits for files.
const (
	largestPhoto   = 10 << 20 // bytes
	longestSides   = 10_000   // pixels, width and height together
	longestRatio   = 20
	longestCaption = 1024 // characters
)

// keptFiles is how many bytes of what is uploaded are kept, the newest.
const keptFiles = 16 << 20

// file is something that messages show by its id.
type file struct {
	ID    string          `json:"id"`
	Kind  string          `json:"kind"` // photo or document
	Name  string          `json:"name,omitempty"`
	Media json.RawMessage `json:"media"` // the field of the API's Message that is named by Kind
	Data  []byte          `json:"data"`
}

// File returns the bytes and the name of a file that was uploaded; see
// [Message.File]. Only the newest 16 MB are kept.
func (s *Server) File(id string) (data []byte, name string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.file(id)
	if f == nil {
		return nil, "", false
	}
	return f.Data, f.Name, true
}

// Upload takes a photo or a document that a person is about to send, by
// [Person.Attach] or [Post], as something of the kind that it returns. The error
// has Telegram's words for what it does not take.
func (s *Server) Upload(kind, name string, data []byte) (attachable string, err error) {
	f, err := newFile(kind, name, data)
	if err != nil {
		return "", err
	}
	defer s.change()()
	s.keep(f)
	return f.ID, nil
}

func (s *Server) file(id string) *file {
	for _, f := range s.Files {
		if f.ID == id {
			return f
		}
	}
	return nil
}

// keep remembers an uploaded file and forgets the oldest ones for it.
func (s *Server) keep(f *file) {
	if len(f.Data) == 0 || s.file(f.ID) != nil {
		return
	}
	s.Files = append(s.Files, f)
	total := 0
	for i, f := range slices.Backward(s.Files) {
		if total += len(f.Data); total > keptFiles {
			s.Files = slices.Delete(s.Files, 0, i+1)
			return
		}
	}
}

// sendFile makes the handler that sends a file of a kind.
func sendFile(kind string) handler {
	return func(s *Server, r *request) (any, error) {
		f, err := s.given(r, kind)
		if err != nil {
			return nil, err
		}
		m := &message{Kind: kind, Media: f.Media}
		if f.Data != nil {
			m.File = f.ID
		}
		if err := m.caption(r); err != nil {
			return nil, err
		}
		sent, err := s.send(r, m)
		if err == nil {
			s.keep(f)
		}
		return sent, err
	}
}

// captioned are the kinds of messages that can have a caption.
var captioned = []string{"photo", "video", "document", "voice"}

// caption gives a message the caption of a call.
func (m *message) caption(r *request) (err error) {
	m.Text, m.Entities, err = formatted(r, "caption", "caption_entities")
	if err == nil && len([]rune(m.Text)) > longestCaption {
		err = badRequest("message caption is too long")
	}
	return err
}

// given returns the file that a call uploads or names.
func (s *Server) given(r *request, kind string) (*file, error) {
	name := kind
	if text := r.text(kind); text != "" {
		attached, ok := strings.CutPrefix(text, "attach://")
		if !ok {
			return s.known(text, kind)
		}
		name = attached
	}
	u := r.files[name]
	if u == nil {
		return nil, badRequest("there is no %s in the request", kind)
	}
	return newFile(kind, u.name, u.data)
}

func newFile(kind, name string, data []byte) (f *file, err error) {
	describe, ok := uploads[kind]
	switch {
	case !ok:
		return nil, notSimulated("a file of the kind " + kind)
	case len(data) == 0:
		return nil, badRequest("file must be non-empty")
	}
	f = &file{ID: fmt.Sprintf("%s-%x", kind, sha256.Sum256(data))[:len(kind)+17], Kind: kind, Name: name, Data: data}
	f.Media, err = describe(f)
	return f, err
}

// uploads gives, by kind, the field of the API's Message that shows a file.
var uploads = map[string]func(*file) (json.RawMessage, error){"photo": describePhoto, "document": describeDocument}

// known returns a file that was sent before.
func (s *Server) known(id, kind string) (*file, error) {
	if strings.HasPrefix(id, "http://") || strings.HasPrefix(id, "https://") {
		return nil, notSimulated("sending a file by its URL")
	}
	f := s.file(id)
	for sample, media := range attachments {
		if strings.Contains(media, `"file_id":"`+id+`"`) {
			f = &file{ID: id, Kind: sample, Media: json.RawMessage(media)}
		}
	}
	switch {
	case f == nil:
		return nil, badRequest("wrong file identifier/HTTP URL specified")
	case f.Kind != kind:
		return nil, badRequest("can't use file of type %s as %s", titled(f.Kind), titled(kind))
	}
	return f, nil
}

func titled(kind string) string { return strings.ToUpper(kind[:1]) + kind[1:] }

func describePhoto(f *file) (json.RawMessage, error) {
	if len(f.Data) > largestPhoto {
		return nil, badRequest("file of size %d bytes is too big for a photo; the maximum size is %d bytes", len(f.Data), largestPhoto)
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(f.Data))
	if err != nil {
		return nil, badRequest("IMAGE_PROCESS_FAILED")
	}
	short, long := min(size.Width, size.Height), max(size.Width, size.Height)
	if short+long > longestSides || long > longestRatio*short {
		return nil, badRequest("PHOTO_INVALID_DIMENSIONS")
	}
	return json.Marshal([]map[string]any{{"file_id": f.ID, "file_unique_id": "u" + f.ID,
		"width": size.Width, "height": size.Height, "file_size": len(f.Data)}})
}

func describeDocument(f *file) (json.RawMessage, error) {
	kind, _, _ := strings.Cut(http.DetectContentType(f.Data), ";")
	return json.Marshal(map[string]any{"file_id": f.ID, "file_unique_id": "u" + f.ID,
		"file_name": f.Name, "mime_type": kind, "file_size": len(f.Data)})
}
