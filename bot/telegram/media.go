package telegram

// wireMedia has what a message is besides a text, as far as it can be copied
// (Bot API, Message).
type wireMedia struct {
	Photo     present `json:"photo"`
	Video     present `json:"video"`
	Animation present `json:"animation"`
	Document  present `json:"document"`
	Audio     present `json:"audio"`
	Voice     present `json:"voice"`
	VideoNote present `json:"video_note"`
	Sticker   present `json:"sticker"`
	Location  present `json:"location"`
	Venue     present `json:"venue"`
}

// present is whether a field is there, whatever it holds.
type present bool

// UnmarshalJSON implements json.Unmarshaler.
func (p *present) UnmarshalJSON(b []byte) error {
	*p = string(b) != "null"
	return nil
}

// The kinds of media, named as in the Bot API.
const (
	mediaPhoto     = "photo"
	mediaVideo     = "video"
	mediaAnimation = "animation"
	mediaDocument  = "document"
	mediaAudio     = "audio"
	mediaVoice     = "voice"
)

// media names what the message is; empty when it is a text, or nothing that can
// be copied.
func (m wireMedia) media() string {
	for _, kind := range []struct {
		there present
		name  string
	}{
		{m.Animation, mediaAnimation}, // comes with a document
		{m.Photo, mediaPhoto}, {m.Video, mediaVideo}, {m.Document, mediaDocument}, {m.Audio, mediaAudio},
		{m.Voice, mediaVoice}, {m.VideoNote, "video_note"}, {m.Sticker, "sticker"},
		{m.Venue, "venue"}, // comes with a location
		{m.Location, "location"},
	} {
		if kind.there {
			return kind.name
		}
	}
	return ""
}

// captioned tells whether such a medium has a text below it (Bot API,
// copyMessage).
func captioned(media string) bool {
	switch media {
	case mediaPhoto, mediaVideo, mediaAnimation, mediaDocument, mediaAudio, mediaVoice:
		return true
	}
	return false
}
