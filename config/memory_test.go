package config

import (
	"math"
	"testing"
	"testing/fstest"
)

// The mounts and groups are those that the named system shows.
func TestMemoryLimit(t *testing.T) {
	const none = int64(math.MaxInt64)
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"nothing to read": {nil, none},
		"version 2, in a container of its own namespace": {map[string]string{
			"proc/self/cgroup":         "0::/\n",
			"proc/self/mountinfo":      "29 23 0:26 / /sys/fs/cgroup ro,nosuid,nodev - cgroup2 cgroup rw,nsdelegate\n",
			"sys/fs/cgroup/memory.max": "167772160\n",
		}, 160 << 20},
		"version 2, a service of systemd within a slice that has less": {map[string]string{
			"proc/self/cgroup":    "0::/system.slice/rekey.service\n",
			"proc/self/mountinfo": "23 1 8:1 / / rw - ext4 /dev/sda1 rw\n29 23 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n",
			"sys/fs/cgroup/system.slice/rekey.service/memory.max":     "536870912\n",
			"sys/fs/cgroup/system.slice/rekey.service/memory.high":    "max\n",
			"sys/fs/cgroup/system.slice/memory.max":                   "268435456\n",
			"sys/fs/cgroup/system.slice/another.service/memory.max":   "1048576\n",
			"sys/fs/cgroup/system.slice/rekey.service/sub/memory.max": "1048576\n",
		}, 256 << 20},
		"version 2, throttled before it is ended": {map[string]string{
			"proc/self/cgroup":                 "0::/bot\n",
			"proc/self/mountinfo":              "29 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
			"sys/fs/cgroup/bot/memory.max":     "max\n",
			"sys/fs/cgroup/bot/memory.high":    "134217728\n",
			"sys/fs/cgroup/bot/memory.current": "1\n",
		}, 128 << 20},
		"version 1, in a container that sees the machine's groups": {map[string]string{
			"proc/self/cgroup":                           "5:cpu,cpuacct:/docker/4f\n4:memory:/docker/4f\n0::/docker/4f\n",
			"proc/self/mountinfo":                        "31 23 0:28 /docker/4f /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu,cpuacct\n32 23 0:29 /docker/4f /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "67108864\n",
		}, 64 << 20},
		"version 1, of a container within the container": {map[string]string{
			"proc/self/cgroup":                                  "4:memory:/docker/4f/bot\n",
			"proc/self/mountinfo":                               "32 23 0:29 /docker/4f /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":        "536870912\n",
			"sys/fs/cgroup/memory/bot/memory.limit_in_bytes":    "134217728\n",
			"sys/fs/cgroup/memory/docker/memory.limit_in_bytes": "1\n",
		}, 128 << 20},
		"version 1, in a group that is outside the mount": {map[string]string{
			"proc/self/cgroup":                           "4:memory:/../other\n",
			"proc/self/mountinfo":                        "32 23 0:29 /docker/4f /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "67108864\n",
		}, 64 << 20},
		"both versions, memory in the first": {map[string]string{
			"proc/self/cgroup":                               "4:memory:/bot\n0::/\n",
			"proc/self/mountinfo":                            "32 31 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":     "9223372036854771712\n",
			"sys/fs/cgroup/memory/bot/memory.limit_in_bytes": "67108864\n",
		}, 64 << 20},
		"unlimited": {map[string]string{
			"proc/self/cgroup":                           "4:memory:/\n0::/\n",
			"proc/self/mountinfo":                        "32 31 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
			"sys/fs/cgroup/unified/memory.max":           "max\n",
		}, none},
		"nonsense": {map[string]string{
			"proc/self/cgroup":                           "memory\n4:memory\n\n",
			"proc/self/mountinfo":                        " - \n1 2 3 4 5 6\n32 23 0:29 / /sys/fs/cgroup/memory - cgroup\n32 31 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "many\n",
		}, none},
	} {
		files := fstest.MapFS{}
		for path, text := range c.files {
			files[path] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := MemoryLimit(files); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
