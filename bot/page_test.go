package bot

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestPage opens the demo in a browser and recovers a password as a newcomer
// would: with the eyes on the page, and nothing but its fields and buttons.
func TestPage(t *testing.T) {
	t.Parallel()
	const email, old, weak, chosen = "lena@gmail.com", "Teapot#1947", "lena2026", "Marigold&Rain7"
	url := openDemo(t)
	b := openBrowser(t)
	b.open(url)
	b.press("#laptop")
	b.sees("#sessions", "Laptop · Lena Petrova\nsigned in since")

	b.press(".forgot")
	b.press("#start")
	b.sees("#field:focus", "")
	b.says(email, "Step 1 of 4", "Step 2 of 4")
	b.press("#mails button.unread")
	b.sees("#mail h3", "Your Aurora Shop code")
	b.sees("#mail iframe", "")
	code := strings.TrimPrefix(b.text("#mail .copy"), "Copy ")
	b.says(code, "Step 2 of 4", "Step 3 of 4")
	b.saysSecret(weak, "Not yet")
	b.saysSecret(chosen, "Step 4 of 4")
	b.saysSecret(chosen, "Your password is changed")
	b.press("#mail-tab")
	b.sees("#mail-tab .badge", "1")
	b.sees("#sms-tab .badge", "1")
	b.sees("#sessions", "Laptop · Lena Petrova\nsigned out: the password changed")
	b.picture("chat.png")

	b.types("#identifier", email)
	b.types("[name=password]", old)
	b.press("#sign-in [type=submit]")
	b.sees("#result.refused", "Refused: the old password does not sign in here.")
	b.misses("#shop", "You are signed in")
	b.types("[name=password]", strings.Repeat(kb.Backspace, len(old))+chosen)
	b.press("#sign-in [type=submit]")
	b.sees("#result.accepted", "Accepted: this password signs in.")
	b.sees("#shop", "You are signed in to Aurora Shop.")
	b.sees("#sessions", "This browser · Lena Petrova\nsigned in since")
}

// TestPageOfStaff opens the staff group beside the chat: what one writes there
// the others see, and a link to the bot in it opens the chat.
func TestPageOfStaff(t *testing.T) {
	t.Parallel()
	b := openBrowser(t)
	b.open(openDemo(t))
	b.press("#staff-tab")
	b.sees("#colleague", "as Anna")
	b.misses("#messages", "")
	b.press(`#topics [data-id="0"]`)
	b.sees("#staff-title", "General")
	b.types("#staff-field", "Good morning, try https://t.me/rekey_demo_bot?start=recover")
	b.press("#staff-composer .send")
	b.sees("#staff-messages .message.out", "Good morning")

	b.press("#colleague")
	b.sees("#colleagues [aria-current=true]", "Anna")
	b.press(`#colleagues [data-name="Vera"]`)
	b.sees("#colleague", "as Vera")
	b.sees("#staff-messages .message.in", "Anna Keller\nGood morning")
	b.press("#to-topics")
	b.sees("#topics", "Good morning")
	b.press(`#topics [data-id="0"]`)

	b.attaches("staff-attach", "photo", "../docs/staff.png")
	b.sees("#staff-messages .out .picture", "")
	b.attaches("staff-attach", "document", "../go.mod")
	b.sees("#staff-messages .out .document", "go.mod")

	b.writes("/week")
	b.sees("#staff-messages .in", "Recoveries, ")
	b.draws("#staff-messages .in .picture")
	b.picture("week.png")

	b.press("#staff-messages .text a")
	b.misses("#staff", "")
	b.sees("#messages .message.out", "/start recover")
	b.sees("#messages .message.in", "Step 1 of 4")
}

// TestPageOfACase helps somebody as a new member of staff would, with nothing but
// the page: opens a case, verifies the caller, asks for a second person, and
// finishes as the owner, by the link in the mail.
func TestPageOfACase(t *testing.T) {
	t.Parallel()
	b := openBrowser(t)
	b.open(openDemo(t) + "?as=nina")
	b.press("#staff-tab")
	b.press(`#topics [data-id="0"]`)
	b.writes("/reset")
	b.sees("#staff-messages .message", "whom do you help?")
	b.sees("#staff-composer .banner", "Answer to")
	b.writes("nina@aurora.example")
	b.misses("#staff-messages .message", "whom do you help?")
	b.misses("#staff-messages .message", "nina@aurora.example")
	b.press("#to-topics")
	b.sees("#topics", "#1 · n•••@aurora.example")
	b.press("#topics li:nth-child(2) button")
	b.pushes("Forgot the password")
	b.sees("#staff-messages", "ticket number")
	b.writes("HD-4711")
	b.pushes("Verify by code")
	b.sees("#staff-messages", "read it out")
	b.opensMail("to tell")
	b.writes(callerCode.FindString(b.mail()))
	b.sees("#staff-messages", "The caller is verified")
	b.pushes("End password, send link")
	b.sees("#staff-messages", "A second person must agree")
	b.picture("staff.png")
	b.pushes("Approve")
	b.sees("dialog", "Your role does not include this")
	b.press("dialog button")
	b.press("#colleague")
	b.press(`#colleagues [data-name="Vera"]`)
	b.pushes("Approve")
	b.sees("#staff-messages", "Approved")

	b.opensMail("Set a new Aurora Shop password")
	b.mail()
	b.do("following the link", chromedp.Evaluate[chromedp.Void](`document.querySelector("#mail iframe").contentDocument.querySelector("a").click()`))
	b.sees(".message.in", "Did you ask for this?")
	b.sees("#messages .inline", "Yes, that was me")
	b.picture("invitation.png")
}

// TestPageOfATalk writes with support and back, sees a code withheld, and goes on.
func TestPageOfATalk(t *testing.T) {
	t.Parallel()
	b := openBrowser(t)
	b.open(openDemo(t) + "?as=lena")
	b.press("#start")
	b.sees("#messages .inline", "Forgot password")
	b.says("/start recover", "Forgot your", "Step 1 of 4")
	b.says("lena@gmail.com", "Step 1 of 4", "Step 2 of 4")
	b.says("/support", "Step 2 of 4", "You are writing to the support")
	b.says("The mail is not there. What can I do?", "You are writing to the support", "")
	b.press("#staff-tab")
	b.sees("#topics", "#1 · l•••@gmail.com")
	b.press("#topics li:nth-child(2) button")
	b.sees("#staff-messages .message.in", "The mail is not there")
	b.pushes("I take this")
	b.sees("#staff-messages", "writes here goes to them")
	b.writes("Good morning, Lena. Please look in Spam or Junk.")
	b.press("#chat-tab")
	b.sees("#messages .message.in", "Good morning, Lena.")
	b.types("#field", "There it is: 4821 9930")
	b.press("#composer .send")
	b.sees("#messages .message.in", "I removed it, and support did not see it")
	b.misses("#messages", "4821")
	b.press("#staff-tab")
	b.sees("#staff-messages .message.in", "may be a code or a password")
	b.misses("#staff-messages", "4821")
	b.picture("talk.png")
	b.pushes("End the chat")
	b.press("#chat-tab")
	b.sees("#messages .message.in", "ended the chat with support")
}

// writes writes below the card, as the colleague that is chosen.
func (b *browser) writes(text string) {
	b.Helper()
	b.types("#staff-field", text)
	b.press("#staff-composer .send")
}

// attaches sends a file of this folder, by the menu of a button.
func (b *browser) attaches(button, kind, file string) {
	b.Helper()
	path, err := filepath.Abs(file)
	if err != nil {
		b.Fatal(err)
	}
	b.do("keeping the browser's own dialog away", chromedp.Evaluate[chromedp.Void](`void (HTMLInputElement.prototype.click = () => {})`))
	b.press("#" + button)
	b.press(fmt.Sprintf("#%sments [data-kind=%s]", button, kind))
	picker := map[string]string{"photo": "input[accept]", "document": "body > input:not([accept])"}[kind]
	b.do("choosing "+file, chromedp.SetUploadFiles(chromedp.CSS(picker), []string{path}, chromedp.NodeReady))
}

// draws waits until a picture of the page is there as a whole.
func (b *browser) draws(picture string) {
	b.Helper()
	b.do("waiting for "+picture, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(
		`document.querySelector(%q).decode()`, picture), chromedp.EvalAwaitPromise))
}

// pushes presses a button of the card, once there is one with this label.
func (b *browser) pushes(label string) {
	b.Helper()
	b.sees("#staff-messages .inline", label)
	b.do("pressing "+label, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(
		`[...document.querySelectorAll("#staff-messages .inline")].findLast((one) => one.innerText === %q).click()`, label)))
}

// opensMail opens the newest mail, once it has this subject.
func (b *browser) opensMail(subject string) {
	b.Helper()
	b.do("leaving a mail", chromedp.Evaluate[chromedp.Void](`document.querySelector("#mail .back")?.click()`))
	b.sees("#mails li:first-child", subject)
	b.press("#mails li:first-child button")
	b.sees("#mail h3", subject)
	b.sees("#mail iframe", "")
}

// mail gives the text of the open mail, once it is drawn.
func (b *browser) mail() string {
	b.Helper()
	within, cancel := withinSuite(b.page, b.T)
	defer cancel()
	text, err := chromedp.Run(within, chromedp.Evaluate[string](`new Promise((done) => {
		const look = () => {
			const mail = document.querySelector("#mail iframe").contentDocument;
			const whole = mail?.readyState === "complete" && mail.body.innerText;
			requestAnimationFrame(whole ? () => done(whole) : look);
		};
		look();
	})`, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("reading the mail: %v", err)
	}
	return text
}

// says answers a question of the bot and sees the answer and the next question.
func (b *browser) says(text, question, next string) {
	b.Helper()
	b.sees(".message.in", question)
	b.types("#field", text)
	b.press("#composer .send")
	b.sees(".message.out", text)
	b.sees(".message.in", next)
}

// saysSecret answers with a secret and sees it deleted.
func (b *browser) saysSecret(text, next string) {
	b.Helper()
	b.types("#field", text)
	b.press("#composer .send")
	b.sees(".message.in", next)
	b.misses("#messages", text)
}

// openDemo runs the command as a newcomer does and gives the address that it
// tells to open.
func openDemo(t *testing.T) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	said, serving, ended := &journal{}, make(chan string, 1), make(chan int, 1)
	w := Env{Environ: []string{cheap}, Out: said, Err: said, Now: time.Now, Serving: func(addr string) { serving <- addr }}
	dir := t.TempDir()
	go func() { ended <- Main(ctx, []string{"demo", "--folder", dir, "--listen", "127.0.0.1:0"}, w) }()
	select {
	case <-serving:
	case <-ended:
		stop()
		t.Fatalf("the demo ended:\n%s", said.String())
	}
	t.Cleanup(func() {
		stop()
		if status := <-ended; status != 0 {
			t.Errorf("the demo ended with status %d:\n%s", status, said.String())
		}
	})
	return regexp.MustCompile(`http://\S+/`).FindString(said.String())
}
