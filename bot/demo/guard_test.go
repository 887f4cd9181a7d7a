package demo

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestGuardRefusesOtherHostsAndOtherSites(t *testing.T) {
	s := newStage(t)
	own := strings.TrimPrefix(s.url, "http://")
	tests := []struct {
		name, method, host string
		header             http.Header
		want               int
	}{
		{"own address", "GET", own, nil, http.StatusOK},
		{"localhost", "GET", "localhost:8765", nil, http.StatusOK},
		{"IPv6", "GET", "[::1]:8765", nil, http.StatusOK},
		{"without a port", "GET", "127.0.0.1", nil, http.StatusOK},
		{"IPv6 without a port", "GET", "[::1]", nil, http.StatusOK},
		{"a name that points here", "GET", "evil.example:8765", nil, http.StatusForbidden},
		{"a name that begins like ours", "GET", "localhost.evil.example", nil, http.StatusForbidden},
		{"another address", "GET", "10.0.0.1:8765", nil, http.StatusForbidden},
		{"own page", "POST", own, http.Header{"Sec-Fetch-Site": {"same-origin"}}, http.StatusOK},
		{"another site", "POST", own, http.Header{"Sec-Fetch-Site": {"cross-site"}}, http.StatusForbidden},
		{"another port", "POST", own, http.Header{"Sec-Fetch-Site": {"same-site"}}, http.StatusForbidden},
		{"another origin", "POST", own, http.Header{"Origin": {"https://evil.example"}}, http.StatusForbidden},
		{"own origin", "POST", own, http.Header{"Origin": {s.url}}, http.StatusOK},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := "/"
			if test.method == "POST" {
				path = "/chat/say"
			}
			request, err := http.NewRequestWithContext(t.Context(), test.method, s.url+path, strings.NewReader(`{"as":"lena","text":"Hello"}`))
			if err != nil {
				t.Fatal(err)
			}
			request.Host = test.host
			request.Header.Set("Content-Type", "application/json")
			for name, values := range test.header {
				request.Header[name] = values
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.StatusCode != test.want {
				t.Errorf("status %d, want %d", response.StatusCode, test.want)
			}
		})
	}
}

func TestPageRunsOnlyItsOwnFiles(t *testing.T) {
	s := newStage(t)
	response, body := s.get(t, "/")
	policy := response.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	for name, forbidden := range map[string]string{
		"inline script":  `<script(?: type="module")?>`,
		"inline style":   `<style|\sstyle=`,
		"inline handler": `\son[a-z]+=`,
		"remote asset":   `(?:src|href)="(?:https?:)?//`,
	} {
		if found := regexp.MustCompile(forbidden).FindString(body); found != "" {
			t.Errorf("%s: %q", name, found)
		}
	}
}
