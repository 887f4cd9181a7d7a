package password

import (
	"slices"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

const (
	nonJoiner = '\u200c' // ZERO WIDTH NON-JOINER
	joiner    = '\u200d' // ZERO WIDTH JOINER
	asText    = '\ufe0e' // VARIATION SELECTOR-15
	asEmoji   = '\ufe0f' // VARIATION SELECTOR-16
	keycap    = '\u20e3' // COMBINING ENCLOSING KEYCAP
	mongolian = '\u180e' // MONGOLIAN VOWEL SEPARATOR

	// virama is the canonical combining class of the signs that silence a
	// consonant's vowel.
	virama = 9
)

// blank are characters that Unicode does not count as invisible: those that are
// drawn as nothing, and those that stand for what could not be read.
var blank = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x2800, Hi: 0x2800, Stride: 1}, // BRAILLE PATTERN BLANK
	{Lo: 0xfffc, Hi: 0xfffd, Stride: 1}, // OBJECT REPLACEMENT CHARACTER, REPLACEMENT CHARACTER
}}

// emoji has the property Extended_Pictographic (UTS #51, emoji-data.txt), beyond
// the basic plane by its blocks, which leave room for emoji to come, with the skin
// tones and without the letters that flags are made of.
var emoji = &unicode.RangeTable{
	R16: ranges(0xa9, 0xa9, 0xae, 0xae, 0x203c, 0x203c, 0x2049, 0x2049, 0x2122, 0x2122, 0x2139, 0x2139,
		0x2194, 0x2199, 0x21a9, 0x21aa, 0x231a, 0x231b, 0x2328, 0x2328, 0x2388, 0x2388, 0x23cf, 0x23cf,
		0x23e9, 0x23f3, 0x23f8, 0x23fa, 0x24c2, 0x24c2, 0x25aa, 0x25ab, 0x25b6, 0x25b6, 0x25c0, 0x25c0,
		0x25fb, 0x25fe, 0x2600, 0x2605, 0x2607, 0x2612, 0x2614, 0x2685, 0x2690, 0x2705, 0x2708, 0x2712,
		0x2714, 0x2714, 0x2716, 0x2716, 0x271d, 0x271d, 0x2721, 0x2721, 0x2728, 0x2728, 0x2733, 0x2734,
		0x2744, 0x2744, 0x2747, 0x2747, 0x274c, 0x274c, 0x274e, 0x274e, 0x2753, 0x2755, 0x2757, 0x2757,
		0x2763, 0x2767, 0x2795, 0x2797, 0x27a1, 0x27a1, 0x27b0, 0x27b0, 0x27bf, 0x27bf, 0x2934, 0x2935,
		0x2b05, 0x2b07, 0x2b1b, 0x2b1c, 0x2b50, 0x2b50, 0x2b55, 0x2b55, 0x3030, 0x3030, 0x303d, 0x303d,
		0x3297, 0x3297, 0x3299, 0x3299),
	R32:         []unicode.Range32{{Lo: 0x1f000, Hi: 0x1f1e5, Stride: 1}, {Lo: 0x1f200, Hi: 0x1faff, Stride: 1}},
	LatinOffset: 2,
}

func ranges(bounds ...uint16) []unicode.Range16 {
	var all []unicode.Range16
	for pair := range slices.Chunk(bounds, 2) {
		all = append(all, unicode.Range16{Lo: pair[0], Hi: pair[1], Stride: 1})
	}
	return all
}

// flags are those that are written as a black flag with tags behind it, of
// England, Scotland and Wales (emoji-sequences.txt, RGI_Emoji_Tag_Sequence).
var flags = [][]rune{tagged("gbeng"), tagged("gbsct"), tagged("gbwls")}

func tagged(region string) []rune {
	const tags, end = '\U000e0000', '\U000e007f'
	flag := []rune{'\U0001f3f4'}
	for _, letter := range region {
		flag = append(flag, tags+letter)
	}
	return append(flag, end)
}

// holdsUnseen reports whether a text holds a character that cannot be seen, or
// not be typed again: nobody could sign in with it. What a visible character
// needs beside it is none: the joiners of Persian and Indic letters, and what
// makes one emoji of several.
func holdsUnseen(text string) bool {
	runes := []rune(text) // broken bytes become replacement characters
	for i, r := range runes {
		if isHidden(r) && !isNeeded(runes, i) {
			return true
		}
	}
	return false
}

// isHidden reports whether a character by itself cannot be seen or typed. One that
// this version of Unicode does not know may be a phone's new emoji.
func isHidden(r rune) bool {
	return r < ' ' || r >= 0x7f && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp,
		unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point, blank) &&
		!unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// isNeeded reports whether the hidden character at i belongs to visible ones.
func isNeeded(text []rune, i int) bool {
	before, after := at(text, i-1), at(text, i+1)
	switch r := text[i]; {
	case r == asText, r == asEmoji:
		return unicode.Is(emoji, before) || isKey(before) && after == keycap
	case r == joiner && unicode.Is(emoji, after):
		return unicode.Is(emoji, before) || before == asEmoji
	case r == joiner, r == nonJoiner:
		return joinsLetters(text, i)
	case r == mongolian:
		return unicode.Is(unicode.Mongolian, before) && unicode.Is(unicode.Mongolian, after)
	case unicode.Is(unicode.Variation_Selector, r):
		return r <= '\u180f' && unicode.Is(unicode.Mongolian, before) && unicode.IsLetter(before)
	default:
		return isFlag(text, i)
	}
}

// at gives a character of a text, or 0 beyond its ends.
func at(text []rune, i int) rune {
	if i < 0 || i >= len(text) {
		return 0
	}
	return text[i]
}

func isKey(r rune) bool { return '0' <= r && r <= '9' || r == '#' || r == '*' }

// isFlag reports whether the tag at i is part of a flag.
func isFlag(text []rune, i int) bool {
	return slices.ContainsFunc(flags, func(flag []rune) bool {
		for from := max(i-len(flag)+1, 0); from <= i && from+len(flag) <= len(text); from++ {
			if slices.Equal(text[from:from+len(flag)], flag) {
				return true
			}
		}
		return false
	})
}

// cursive checks the contexts of joiners alone (RFC 5892, appendix A).
var cursive = idna.New(idna.CheckJoiners(true))

// joinsLetters reports whether letters need the joiner at i: in the contexts of
// RFC 5892, appendix A, and before a virama, where Bengali has it behind ra
// (Unicode, section 12.2).
func joinsLetters(text []rune, i int) bool {
	before, after := at(text, i-1), at(text, i+1)
	if isVirama(before) || unicode.IsLetter(before) && isVirama(after) {
		return true
	}
	if text[i] != nonJoiner {
		return false
	}
	from, to := i, i+1
	for isJoined(at(text, from-1)) {
		from--
	}
	for isJoined(at(text, to)) {
		to++
	}
	_, err := cursive.ToUnicode(string(text[from:to]))
	return err == nil
}

// isJoined reports whether a character may belong to a cursive script, of which
// Hebrew and what comes before it in Unicode are none.
func isJoined(r rune) bool { return r >= 0x600 && unicode.In(r, unicode.L, unicode.M) }

func isVirama(r rune) bool { return norm.NFC.PropertiesString(string(r)).CCC() == virama }
