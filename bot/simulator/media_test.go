package simulator

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	var raw bytes.Buffer
	if err := png.Encode(&raw, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return raw.Bytes()
}

func TestClientFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "telegram.json")
	r := newRig(t, Options{Strict: true, Path: path})
	b, ctx := r.client(), context.Background()
	r.lena.Start("")
	code := picture(t, 120, 80)
	photo := &models.InputFileUpload{Filename: "code.png", Data: bytes.NewReader(code)}
	sent, err := b.SendPhoto(ctx, &bot.SendPhotoParams{ChatID: int64(77), Photo: photo, Caption: "<b>Scan</b> this", ParseMode: models.ParseModeHTML})
	if err != nil || len(sent.Photo) != 1 || sent.Photo[0].Width != 120 || sent.Photo[0].Height != 80 || sent.Photo[0].FileSize != len(code) ||
		sent.Caption != "Scan this" || len(sent.CaptionEntities) != 1 || sent.Text != "" {
		t.Fatalf("sent %+v, %v", sent, err)
	}
	again, err := b.SendPhoto(ctx, &bot.SendPhotoParams{ChatID: int64(77), Photo: &models.InputFileString{Data: sent.Photo[0].FileID}})
	if err != nil || again.Photo[0] != sent.Photo[0] {
		t.Errorf("sent again %+v, %v", again, err)
	}
	notes := &models.InputFileUpload{Filename: "notes.txt", Data: strings.NewReader("tea")}
	document, err := b.SendDocument(ctx, &bot.SendDocumentParams{ChatID: int64(77), Document: notes})
	if err != nil || document.Document.FileName != "notes.txt" || document.Document.MimeType != "text/plain" || document.Document.FileSize != 3 {
		t.Errorf("document %+v, %v", document, err)
	}
	_, err = b.SendPhoto(ctx, &bot.SendPhotoParams{ChatID: int64(77), Photo: &models.InputFileUpload{Filename: "copy.png", Data: bytes.NewReader(code)}})
	if err != nil || len(r.Files) != 2 {
		t.Errorf("%d files are kept of two, %v", len(r.Files), err)
	}
	nowhere := &models.InputFileUpload{Filename: "lost.txt", Data: strings.NewReader("lost")}
	if _, err := b.SendDocument(ctx, &bot.SendDocumentParams{ChatID: int64(5), Document: nowhere}); err == nil || len(r.Files) != 2 {
		t.Errorf("a file for nobody is kept: %d, %v", len(r.Files), err)
	}
	shown := r.lena.Chat()
	if m := shown[1]; m.Kind != "photo" || m.HTML != "<b>Scan</b> this" || m.File != shown[2].File {
		t.Errorf("shown %+v", m)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	after := newRig(t, Options{Path: path})
	for id, want := range map[string]string{shown[1].File: string(code), shown[3].File: "tea"} {
		if data, name, ok := after.File(id); !ok || string(data) != want || name == "" {
			t.Errorf("after a restart %s has %d bytes, named %q", id, len(data), name)
		}
	}
}

func TestFileErrors(t *testing.T) {
	r := newRig(t, Options{})
	r.lena.Start("")
	for _, c := range []struct {
		kind string
		data []byte
		want string
	}{
		{"Photo", []byte("no picture"), "IMAGE_PROCESS_FAILED"},
		{"Photo", picture(t, 9000, 1001), "PHOTO_INVALID_DIMENSIONS"},
		{"Photo", picture(t, 10, 201), "PHOTO_INVALID_DIMENSIONS"},
		{"Photo", make([]byte, 10<<20+1), "file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes"},
		{"Document", nil, "file must be non-empty"},
	} {
		name := strings.ToLower(c.kind)
		body := "--b\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n77\r\n--b\r\nContent-Disposition: form-data; name=\"" + name +
			"\"; filename=\"x\"\r\n\r\n" + string(c.data) + "\r\n--b--\r\n"
		a, err := r.post("send"+c.kind, "multipart/form-data; boundary=b", body)
		if err != nil || a.Code != 400 || a.Description != "Bad Request: "+c.want {
			t.Errorf("%s, %v, want %s", a.Description, err, c.want)
		}
	}
	r.fails(400, "Bad Request: there is no photo in the request", "sendPhoto", params{"chat_id": 77})
	r.fails(400, "Bad Request: there is no document in the request", "sendDocument", params{"chat_id": 77, "document": "attach://x"})
	r.fails(400, "Bad Request: wrong file identifier/HTTP URL specified", "sendPhoto", params{"chat_id": 77, "photo": "nonsense"})
	r.fails(400, "Bad Request: can't use file of type Voice as Photo", "sendPhoto", params{"chat_id": 77, "photo": "voice-1"})
	r.fails(501, "Not Implemented: sending a file by its URL is not simulated", "sendPhoto", params{"chat_id": 77, "photo": "https://a.example/x.png"})
	r.fails(400, "Bad Request: message caption is too long", "sendPhoto",
		params{"chat_id": 77, "photo": "photo-1", "caption": strings.Repeat("я", 1025)})
	r.must("sendPhoto", params{"chat_id": 77, "photo": "photo-1", "caption": strings.Repeat("я", 1024)}, nil)
	if _, _, ok := r.File("photo-1"); ok || len(r.Files) != 0 {
		t.Error("a file is kept that was not sent")
	}
}

func TestOldFilesAreForgotten(t *testing.T) {
	r := newRig(t, Options{})
	for _, id := range []string{"a", "b", "c"} {
		r.keep(&file{ID: id, Data: make([]byte, keptFiles/2)})
	}
	if len(r.Files) != 2 || r.Files[0].ID != "b" {
		t.Errorf("%d files are kept", len(r.Files))
	}
}

// TestPeopleSendFiles shows that what a person sends stays visible in the bot's
// copy of it.
func TestPeopleSendFiles(t *testing.T) {
	r := newRig(t, Options{})
	g := r.forum(manager)
	r.lena.Start("")
	drawn := picture(t, 30, 20)
	photo, err := r.Upload("photo", "cat.png", drawn)
	if err != nil {
		t.Fatal(err)
	}
	notes, err := r.Upload("document", "notes.txt", []byte("tea"))
	if err != nil {
		t.Fatal(err)
	}
	id := r.lena.AttachWith(photo, "My cat")
	r.lena.Post(g, Post{Kind: notes, Text: "My notes"})
	r.must("copyMessage", params{"chat_id": support, "from_chat_id": 77, "message_id": id}, nil)

	sent, _ := r.Chats[77].message(id)
	if string(sent.Media) == attachments["photo"] || !strings.Contains(string(r.wire(r.Chats[77], sent)), `"width":30`) {
		t.Errorf("the bot is told of %s", sent.Media)
	}
	group := g.Chat()
	note, copied := group[len(group)-2], group[len(group)-1]
	if note.Kind != "document" || note.FileName != "notes.txt" || note.Text != "My notes" {
		t.Errorf("in the group %+v", note)
	}
	if data, _, ok := r.File(copied.File); copied.Kind != "photo" || copied.Text != "My cat" || !ok || !bytes.Equal(data, drawn) {
		t.Errorf("the copy is %+v with %d bytes", copied, len(data))
	}
	for _, kind := range []string{"photo", "voice"} {
		if kind, err := r.Upload(kind, "x", []byte("no picture")); err == nil {
			t.Errorf("a broken %s is taken", kind)
		}
	}
}
