package storetest

import (
	"bufio"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// Redis starts an empty redis-server of the test's own, on loopback, and gives
// its URL. It stops with the test. Without the program the test fails.
func Redis(tb testing.TB) string {
	tb.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		tb.Fatalf("no redis-server to test on (%v): install redis-server", err)
	}
	for range 5 { // another process can take the port between the choice and the start
		if port := freePort(tb); startRedis(tb, program, port) {
			return "redis://127.0.0.1:" + port + "/0"
		}
	}
	tb.Fatal("redis-server does not start: run it by hand to see why")
	return ""
}

// startRedis returns once the server accepts connections; false when it ended
// instead.
func startRedis(tb testing.TB, program, port string) bool {
	tb.Helper()
	server := exec.Command(program, "--bind", "127.0.0.1", "--port", port,
		"--save", "", "--appendonly", "no", "--dir", tb.TempDir(), "--daemonize", "no")
	output, err := server.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := server.Start(); err != nil {
		tb.Fatalf("starting redis-server: %v", err)
	}
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			tb.Cleanup(func() {
				_ = server.Process.Kill()
				_ = server.Wait()
			})
			return true
		}
	}
	_ = server.Wait()
	return false
}

func freePort(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}
