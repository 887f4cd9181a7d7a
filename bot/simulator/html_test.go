package simulator

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestParseHTML(t *testing.T) {
	for _, c := range []struct{ in, text, entities string }{
		{"plain", "plain", `null`},
		{"a &lt;b&gt; &amp;&quot;&#33;&#x21; &nbsp; & &;", `a <b> &"!! &nbsp; & &;`, `null`},
		{"<b>x</b>", "x", `[{"type":"bold","offset":0,"length":1}]`},
		{"😀<B>é</B>", "😀é", `[{"type":"bold","offset":2,"length":1}]`},
		{"<strong><em>x</em></strong>", "x", `[{"type":"italic","offset":0,"length":1},{"type":"bold","offset":0,"length":1}]`},
		{"<b>a<i>b</i></b>", "ab", `[{"type":"bold","offset":0,"length":2},{"type":"italic","offset":1,"length":1}]`},
		{"<u></u>x", "x", `null`},
		{"<s>x</><del>y</del>", "xy", `[{"type":"strikethrough","offset":0,"length":1},{"type":"strikethrough","offset":1,"length":1}]`},
		{`<a href="https://a.example/?x=1&amp;y">go</a>`, "go", `[{"type":"text_link","offset":0,"length":2,"url":"https://a.example/?x=1\u0026y"}]`},
		{`<a>a.example</a>`, "a.example", `[{"type":"text_link","offset":0,"length":9,"url":"http://a.example/"}]`},
		{`<a href="javascript:alert(1)">x</a>`, "x", `null`},
		{`<span class="tg-spoiler">x</span><tg-spoiler>y</tg-spoiler>`, "xy", `[{"type":"spoiler","offset":0,"length":1},{"type":"spoiler","offset":1,"length":1}]`},
		{`<pre><code class="language-go">x</code></pre>`, "x", `[{"type":"pre","offset":0,"length":1,"language":"go"}]`},
		{`<code class="language-go">x</code>`, "x", `[{"type":"code","offset":0,"length":1}]`},
		{`<blockquote expandable>x</blockquote>`, "x", `[{"type":"expandable_blockquote","offset":0,"length":1}]`},
		{`<tg-emoji emoji-id=5>x</tg-emoji>`, "x", `[{"type":"custom_emoji","offset":0,"length":1,"custom_emoji_id":"5"}]`},
	} {
		text, entities, err := parseHTML(c.in)
		raw, _ := json.Marshal(entities)
		if err != nil || text != c.text || string(raw) != c.entities {
			t.Errorf("%s\n got %q %s %v\nwant %q %s", c.in, text, raw, err, c.text, c.entities)
		}
	}
}

func TestParseHTMLErrors(t *testing.T) {
	for in, want := range map[string]string{
		"<b>x":                   `Can't find end tag corresponding to start tag "b"`,
		"é<div>x</div>":          `Unsupported start tag "div" at byte offset 2`,
		"1 < 2":                  `Unsupported start tag "" at byte offset 2`,
		"a < b > c":              `Unsupported start tag "" at byte offset 2`,
		"<b":                     `Unclosed start tag at byte offset 0`,
		"x</b>":                  `Unexpected end tag at byte offset 1`,
		"<b>x</i>":               `Unmatched end tag at byte offset 4, expected "</b>", found "</i>"`,
		"<b>x</b":                `Unclosed end tag at byte offset 4`,
		"<a href>x</a>":          `Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0`,
		"<a ='x'>x</a>":          `Empty attribute name in the tag "a" at byte offset 0`,
		"<a href='x":             `Unclosed start tag at byte offset 0`,
		"<a href=":               `Unclosed start tag at byte offset 0`,
		"<a ":                    `Unclosed start tag "a" at byte offset 0`,
		"<a href=x/y>x</a>":      `Unexpected end of name token at byte offset 8`,
		"<span>x</span>":         `Tag "span" must have class "tg-spoiler" at byte offset 0`,
		"<tg-emoji>x</tg-emoji>": `Invalid custom emoji identifier specified`,
	} {
		_, _, err := parseHTML(in)
		if err == nil || err.Error() != "Bad Request: can't parse entities: "+want {
			t.Errorf("%s: got %v, want %s", in, err, want)
		}
	}
}

func FuzzParseHTML(f *testing.F) {
	for _, seed := range []string{"<b>x</b>", "&#x110000;<a href='&quot;", "😀<pre><code class=language-x>", "</", "<a b=c d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		text, entities, err := parseHTML(source)
		if err != nil {
			return
		}
		text, entities = trimmed(text, entities)
		for _, e := range entities {
			if e.Offset < 0 || e.Length <= 0 || e.end() > units(text) {
				t.Errorf("%+v leaves the %d units of %q", e, units(text), text)
			}
		}
		if shown := renderHTML(text, entities); strings.Contains(shown, "<script") {
			t.Errorf("unsafe: %s", shown)
		}
	})
}

func TestRenderHTML(t *testing.T) {
	for _, c := range []struct {
		text     string
		entities []entity
		want     string
	}{
		{"<script>&", nil, "&lt;script&gt;&amp;"},
		{"😀ab\nc", []entity{{Type: "bold", Offset: 2, Length: 2}}, "😀<b>ab</b>\nc"},
		{"abc", []entity{{Type: "bold", Offset: 0, Length: 2}, {Type: "italic", Offset: 1, Length: 2}}, "<b>a<i>b</i></b><i>c</i>"},
		{"go", []entity{{Type: "text_link", Offset: 0, Length: 2, URL: `https://a.example/"><x`}},
			`<a href="https://a.example/%22%3E%3Cx" target="_blank" rel="noopener noreferrer">go</a>`},
		{"go", []entity{{Type: "text_link", Offset: 0, Length: 2, URL: "javascript:alert(1)"}}, "go"},
		{"x", []entity{{Type: "bold", Offset: -5, Length: 100}, {Type: "unheard-of", Offset: 0, Length: 1}}, "<b>x</b>"},
	} {
		if got := renderHTML(c.text, c.entities); got != c.want {
			t.Errorf("%q: got %s, want %s", c.text, got, c.want)
		}
	}
}

func TestDetect(t *testing.T) {
	for text, want := range map[string]string{
		"/start abc":              "bot_command 0 6",
		"see /help@rekey_bot now": "bot_command 4 15",
		"1/2 a/b":                 "",
		"😀 lena@example.org, ok":  "email 3 16",
		"ask @support_desk":       "mention 4 13",
		"https://a.example/x. So": "url 0 19",
	} {
		found := ""
		for _, e := range detect(text, nil) {
			raw, _ := json.Marshal([]any{e.Type, e.Offset, e.Length})
			found += strings.NewReplacer("[", "", "]", "", `"`, "", ",", " ").Replace(string(raw))
		}
		if found != want {
			t.Errorf("%q: found %q, want %q", text, found, want)
		}
	}
	if got := detect("/start", []entity{{Type: "code", Offset: 0, Length: 6}}); len(got) != 1 {
		t.Errorf("a command is found inside code: %+v", got)
	}
}
