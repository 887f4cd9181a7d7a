package argon2

import (
	"strings"
	"testing"
)

func TestParseParams(t *testing.T) {
	accepted := map[string]Params{
		"m=65536,t=3,p=4":      {65536, 3, 4},
		"m=19456,t=2,p=1":      {19456, 2, 1},
		"m=8,t=1,p=1,insecure": {8, 1, 1},
		"m=262144,t=16,p=16":   {262144, 16, 16},
	}
	for text, want := range accepted {
		got, err := ParseParams(text)
		if got != want || err != nil {
			t.Errorf("ParseParams(%q) = %v, %v", text, got, err)
		}
		if again, _ := ParseParams(got.String() + ",insecure"); again != want {
			t.Errorf("%v is written %q", got, got)
		}
	}
	refused := map[string]string{ // text: what the error names
		"":                         "three costs",
		"65536,3,4":                "no m=",
		"m=65536,p=4,t=3":          "no t=",
		"m=65536,t=3":              "three costs",
		"m=65536,t=3,p=4,":         "three costs",
		"m=65536,t=3,p=4,secure":   "three costs",
		"m=65536,t=-3,p=4":         "t=",
		"m=065536,t=3,p=4":         "m=",
		"m=65536, t=3, p=4":        "no t=",
		"m=99999999999,t=3,p=4":    "m=",
		"m=65536,t=3,p=256":        "p=",
		"m=65536,t=0,p=1":          "t=0",
		"m=65536,t=3,p=0":          "p=0",
		"m=262145,t=3,p=1":         "256 MiB",
		"m=65536,t=17,p=1":         "t=17",
		"m=65536,t=3,p=17":         "p=17",
		"m=8,t=1,p=1":              "the word insecure",
		"m=19455,t=2,p=1":          "the word insecure",
		"m=19456,t=1,p=1":          "the word insecure",
		"m=8,t=1,p=2,insecure":     "8 KiB a thread",
		"m=8,t=1,p=1,INSECURE":     "three costs",
		"m=8,t=1,p=1,insecure,xyz": "three costs",
	}
	for text, names := range refused {
		got, err := ParseParams(text)
		if got != (Params{}) || err == nil || !strings.Contains(err.Error(), names) {
			t.Errorf("ParseParams(%q) = %v, %v; want an error that names %q", text, got, err, names)
		}
	}
}

func TestValidHash(t *testing.T) {
	const salt, tag = "c29tZXNhbHQ", "AAAAAAAAAAAAAAAAAAAAAA" // 8 and 16 bytes
	bcrypt53 := strings.Repeat("a", 53)
	cases := []struct{ name, phc, names string }{ // names: what the error names, none when valid
		{"Shortest", "$argon2id$v=19$m=8,t=1,p=1$" + salt + "$" + tag, ""},
		{"Longest", "$argon2id$v=19$m=262144,t=16,p=16$" + b64.EncodeToString(make([]byte, 64)) + "$" + b64.EncodeToString(make([]byte, 64)), ""},
		{"Bcrypt", "$2b$10$" + bcrypt53, ""},
		{"BcryptGreatestCost", "$2y$14$" + bcrypt53, ""},

		{"Empty", "", "neither"},
		{"Plain", "secret-in-plain", "neither"},
		{"Argon2i", "$argon2i$v=19$m=8,t=1,p=1$" + salt + "$" + tag, "neither"},
		{"Argon2d", "$argon2d$v=19$m=8,t=1,p=1$" + salt + "$" + tag, "neither"},
		{"OldVersion", "$argon2id$v=16$m=8,t=1,p=1$" + salt + "$" + tag, "v=19"},
		{"NoVersion", "$argon2id$m=8,t=1,p=1$" + salt + "$" + tag, "v=19"},
		{"KeyID", "$argon2id$v=19$m=8,t=1,p=1,keyid=AA$" + salt + "$" + tag, "three costs"},
		{"CostOrder", "$argon2id$v=19$t=1,m=8,p=1$" + salt + "$" + tag, "costs"},
		{"Memory", "$argon2id$v=19$m=262145,t=1,p=1$" + salt + "$" + tag, "256 MiB"},
		{"Overflow", "$argon2id$v=19$m=4294967304,t=1,p=1$" + salt + "$" + tag, "costs"},
		{"LittleMemory", "$argon2id$v=19$m=7,t=1,p=1$" + salt + "$" + tag, "memory"},
		{"Passes", "$argon2id$v=19$m=8,t=17,p=1$" + salt + "$" + tag, "passes"},
		{"NoPasses", "$argon2id$v=19$m=8,t=0,p=1$" + salt + "$" + tag, "passes"},
		{"Threads", "$argon2id$v=19$m=256,t=1,p=17$" + salt + "$" + tag, "threads"},
		{"NoThreads", "$argon2id$v=19$m=8,t=1,p=0$" + salt + "$" + tag, "threads"},
		{"ShortSalt", "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbA$" + tag, "salt"},
		{"LongSalt", "$argon2id$v=19$m=8,t=1,p=1$" + strings.Repeat("A", 88) + "$" + tag, "salt"},
		{"HugeSalt", "$argon2id$v=19$m=8,t=1,p=1$" + strings.Repeat("A", 1<<20) + "$" + tag, "salt"},
		{"ShortTag", "$argon2id$v=19$m=8,t=1,p=1$" + salt + "$" + salt, "tag"},
		{"LongTag", "$argon2id$v=19$m=8,t=1,p=1$" + salt + "$" + strings.Repeat("A", 87), "tag"},
		{"NoTag", "$argon2id$v=19$m=8,t=1,p=1$" + salt, "written"},
		{"Padding", "$argon2id$v=19$m=8,t=1,p=1$" + salt + "=$" + tag, "salt"},
		{"LooseBits", "$argon2id$v=19$m=8,t=1,p=1$" + salt + "$" + tag[:21] + "B", "tag"},
		{"LineBreak", "$argon2id$v=19$m=8,t=1,p=1$" + salt + "$" + tag + "\n", "tag"},
		{"More", "$argon2id$v=19$m=8,t=1,p=1$" + salt + "$" + tag + "$", "written"},
		{"BcryptX", "$2x$10$" + bcrypt53, "neither"},
		{"BcryptCost", "$2b$15$" + bcrypt53, "cost"},
		{"BcryptLittleCost", "$2b$03$" + bcrypt53, "cost"},
		{"BcryptSignedCost", "$2b$+9$" + bcrypt53, "cost"},
		{"BcryptShort", "$2b$10$" + bcrypt53[1:], "written"},
		{"BcryptLong", "$2b$10$" + bcrypt53 + "a", "written"},
		{"BcryptAlphabet", "$2b$10$" + bcrypt53[1:] + "+", "written"},
		{"BcryptStub", "$2b$", "written"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := ValidHash(c.phc)
			if c.names == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.names) {
				t.Fatalf("error %v; want one that names %q", err, c.names)
			}
			if strings.Contains(err.Error(), salt) || strings.Contains(err.Error(), tag) || strings.Contains(err.Error(), "plain") {
				t.Fatalf("the error shows the hash: %v", err)
			}
		})
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
	f.Add("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA\r\n")
	f.Add("$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")
	f.Fuzz(func(t *testing.T, phc string) {
		hash, err := parseArgon2id(phc)
		if err == nil && hash.String() != phc {
			t.Fatalf("%q is written again as %q", phc, hash)
		}
		if (ValidHash(phc) == nil) != (err == nil || isBcrypt(phc) && validBcrypt(phc) == nil) {
			t.Fatalf("ValidHash(%q) differs from the parsers", phc)
		}
		if p, err := ParseParams(phc); err == nil && p.bounded() != nil {
			t.Fatalf("ParseParams(%q) = %v, which is out of bounds", phc, p)
		}
	})
}
