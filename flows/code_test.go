package flows

import "testing"

// What is typed for a code is told apart: a code and an address stay, and so do
// short words. Everything else may be a password.
func TestWhatIsTypedForACode(t *testing.T) {
	const malformed, address, help, secret = "CodeMalformed", "CodeLikeAddress", "HelpWanted", "PasswordUnasked"
	short, long := Recovering{Digits: 8}, Recovering{Digits: 8, Long: true}
	for _, c := range []struct {
		r    Recovering
		text string
		want string
	}{
		{short, "my code is 48219930", malformed},
		{short, "4821 9930 is your Aurora Shop code (amber llama)", malformed},
		{short, "it is 4821-9930, right?", malformed},
		{short, "1234567", malformed},
		{short, "what", malformed},
		{long, "7F3K9 2QDXM is your code", malformed},
		{long, "it is 4821 9930", malformed},

		{short, " lena@gmail.com ", address},
		{short, "+79991234567", address},
		{short, "I did not get any mail", help},

		{short, "Sommernacht77", secret},
		{short, "sommernacht", secret},
		{short, "correct horse battery staple", secret},
		{short, "hunter12", secret},
		{short, "пароль77", secret},
		{short, "Anna19900412", secret},
		{short, "Anna#19900412", secret},
		{short, "it was Anna#19900412, I think", secret},
		{short, "482199301", secret},
		{short, "I did not get any mail at all", secret},
		{short, "first\nsecond", secret},
		{long, "a passphrase of words", secret},
		{long, "Sommernacht#2026", secret},
	} {
		if got := OutcomeName(testOptions().decideCode(c.r, c.text)); got != c.want {
			t.Errorf("%q (long: %t): %s, want %s", c.text, c.r.Long, got, c.want)
		}
	}
}

// A username may be a password as well, typed at the wrong step. Then nobody is
// shown it, nor support any part of it; what is too short for one is.
func TestAWordThatMayBeAPasswordIsNotRepeated(t *testing.T) {
	for text, want := range map[string]string{
		"Sommernacht77": "", "sommernacht": "", "lena.petrova": "",
		"lena": "lena", "lena77": "lena77", "lena@example.com": "lena@example.com", "+79991234567": "+79991234567",
	} {
		r, next := testOptions().readAccount(Recovering{}, Input{Kind: Typed, Text: Secret(text)}, At{})
		send, _ := next.(SendCode)
		if facts := testOptions().facts(r, At{}.Now); send.Identifier != text || facts.Address != want || !facts.Named {
			t.Errorf("%s: %+v, and the chat reads %q", text, next, facts.Address)
		}
		if masked := testTalk().open(Beginning{Typed: r.Typed}, At{}).Masked; masked != "•••" {
			t.Errorf("%s: support reads %q", text, masked)
		}
	}
}

// A password that is typed beside the name that it belongs to goes as well.
func TestAPasswordBesideAName(t *testing.T) {
	for text, want := range map[string]bool{
		"lena@gmail.com Sommernacht77": true, "lena Kq9#mellow": true, "lena, P@ssw0rd2024!": true, "lena\nhunter12": true,
		"lena@gmail.com": false, "lena1990@gmail,com": false, "lena1990@gmail.com, lena1991@gmail.com": false,
		"I forgot my password": false, "Sommernacht77": false, "+7 999 123": false, "": false,
	} {
		if got := besideName(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}

func TestSaid(t *testing.T) {
	for text, want := range map[string]string{
		"/start Kq9#mellow": "Kq9#mellow", "/start\n x y ": "x y", "/start": "/start", "/Kq9#mellow": "/Kq9#mellow",
		"Kq9 /start": "Kq9 /start", "": "", "/": "/", "/ x": "x",
	} {
		if got := (Input{Text: Secret(text)}).said(); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
