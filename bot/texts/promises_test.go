package texts

import (
	"strings"
	"testing"

	"rekey/flows"
)

// Support asks for what the letters caller and words hold, on the phone and in the
// chat. So no letter says that it asks for no code at all, and those two say where
// what they hold may be told.
func TestLettersSayWhichCodeNobodyAsksFor(t *testing.T) {
	c := catalogue(t)
	whose := map[string]map[flows.MessageID]string{
		"en": {
			flows.LetterCode: "Support never asks for it", flows.LetterRelay: "we never ask for a code that sets a password",
			flows.LetterPressure: "a code that sets a password: we never ask for one", flows.LetterClosed: "a code that sets a password: we never ask for one",
			flows.LetterFrozen: "a code that sets a password: we never ask for one",
			flows.LetterCaller: "on the phone, or type it in the chat with support", flows.LetterWords: "on the phone, or type them in the chat with support",
		},
		"ru": {
			flows.LetterCode: "Поддержка не спрашивает его никогда", flows.LetterRelay: "код, которым меняют пароль, мы не спрашиваем никогда",
			flows.LetterPressure: "код, которым меняют пароль: мы его не спрашиваем никогда", flows.LetterClosed: "код, которым меняют пароль: мы его не спрашиваем никогда",
			flows.LetterFrozen: "код, которым меняют пароль: мы его не спрашиваем никогда",
			flows.LetterCaller: "по телефону или введите его в чате с поддержкой", flows.LetterWords: "по телефону или введите их в чате с поддержкой",
		},
	}
	for lang, letters := range whose {
		for id, want := range letters {
			if text := c.Letter(flows.Letter{Channel: flows.Email, Language: lang, Text: id, Facts: sample}).Text; !strings.Contains(text, want) {
				t.Errorf("%s %s does not say %q:\n%s", lang, id, want, text)
			}
		}
		for _, id := range messages(t) {
			letter := flows.Letter{Channel: flows.SMS, Language: lang, Text: flows.MessageID(id), Facts: sample}
			texts := c.Chat(lang, flows.Reply{Say: []flows.MessageID{flows.MessageID(id)}, Facts: sample})
			if strings.HasPrefix(id, "letter.") {
				texts = c.Letter(letter).Text
				letter.Channel = flows.Email
				texts += "\n" + c.Letter(letter).Text
			}
			for _, untrue := range []string{"no code to anybody", "for one by phone", "the code by phone", "password or a code.", "sent a code there", "Там вам придёт код", "сообщайте коды", "Кодов не", "их по телефону", "пароль или код."} {
				if strings.Contains(texts, untrue) {
					t.Errorf("%s %s says %q:\n%s", lang, id, untrue, texts)
				}
			}
		}
	}
}

// The chat promises that the letter shows two words, whoever the letter is for.
func TestWhatComesForACodeShowsTheWords(t *testing.T) {
	c := catalogue(t)
	for _, lang := range c.order {
		words := c.language(lang).pair(sample.Words)
		for _, id := range []flows.MessageID{flows.LetterCode, flows.LetterSeveral} {
			mail := c.Letter(flows.Letter{Channel: flows.Email, Language: lang, Text: id, Facts: sample})
			sms := c.Letter(flows.Letter{Channel: flows.SMS, Language: lang, Text: id, Facts: sample})
			for place, text := range map[string]string{"subject": mail.Subject, "mail": mail.Text, "page": mail.HTML, "SMS": sms.Text} {
				if !strings.Contains(text, words) {
					t.Errorf("%s %s: the %s lacks %q: %s", lang, id, place, words, text)
				}
			}
			if !strings.Contains(mail.Text, options.SupportURL) {
				t.Errorf("%s %s names no support:\n%s", lang, id, mail.Text)
			}
		}
	}
}

// Some texts answer several things: a code within a sentence is as whole as can be,
// and a pause follows wrong codes as well as many. They claim nothing that holds for
// one of them alone.
func TestATextForSeveralThingsHoldsForAll(t *testing.T) {
	c := catalogue(t)
	for id, claims := range map[flows.MessageID][]string{
		flows.CodeMisshapen: {"whole code,", "не весь"},
		flows.TooManyFlows:  {"You've asked", "Вы очень часто"},
		flows.ConfirmAlike:  {"one has", "в одном"},
	} {
		for _, lang := range c.order {
			text := c.Chat(lang, flows.Reply{Say: []flows.MessageID{id}, Facts: sample})
			for _, claim := range claims {
				if strings.Contains(text, claim) {
					t.Errorf("%s %s claims %q: %s", lang, id, claim, text)
				}
			}
		}
	}
}
