package bot

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"rekey/bot/texts"
	"rekey/config"
	"rekey/store/argon2"
)

// validators are the rooms' words on settings that config cannot read.
func validators() []config.Validator {
	return []config.Validator{
		{Name: "REKEY_ARGON2", Check: func(text string) (wrong, remedy string) {
			if _, err := argon2.ParseParams(text); err != nil {
				return err.Error(), "Write it as " + argon2.Default().String() + "."
			}
			return "", ""
		}},
		{Name: "REKEY_BRAND", Check: func(text string) (wrong, remedy string) {
			if len(utf16.Encode([]rune(text))) > texts.LongestBrand {
				return "too long for the bot's description at Telegram", "Use at most " + strconv.Itoa(texts.LongestBrand) + " characters."
			}
			return "", ""
		}},
		{Name: "REKEY_LANGUAGE", Check: spoken},
		{Name: "REKEY_STAFF_LANGUAGE", Check: spoken},
	}
}

func spoken(tag string) (wrong, remedy string) {
	tags := texts.Tags()
	if slices.Contains(tags, tag) {
		return "", ""
	}
	return "there are no texts in this language", "Use one of " + strings.Join(tags, ", ") + "."
}
