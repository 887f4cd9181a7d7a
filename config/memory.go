package config

import (
	"io/fs"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
)

// MemoryLimit is how many bytes of memory this process may take by the control
// groups that it is in, of either version (cgroups(7)); beyond, the kernel ends
// or throttles it. Root is the root of the file system. Where no limit is found,
// it is [math.MaxInt64].
func MemoryLimit(root fs.FS) int64 {
	limit := int64(math.MaxInt64)
	groups := readLines(root, "proc/self/cgroup")
	for _, line := range readLines(root, "proc/self/mountinfo") {
		h, ok := readHierarchy(line, groups)
		for group := h.group; ok; group = path.Dir(group) { // a group is bound by those above it too
			for _, file := range h.files {
				limit = min(limit, readLimit(root, path.Join(h.mount, group, file)))
			}
			ok = group != "/"
		}
	}
	return limit
}

// hierarchy is where the groups of one kind are.
type hierarchy struct {
	mount string   // without the slash at its beginning
	group string   // of this process, seen from the mount; begins with a slash
	files []string // those with limits
}

// readHierarchy reads a line of mountinfo (proc_pid_mountinfo(5)); false when it
// is none of groups that limit memory.
func readHierarchy(line string, groups []string) (hierarchy, bool) {
	where, what, _ := strings.Cut(line, " - ")
	w, t := strings.Fields(where), strings.Fields(what)
	if len(w) < 5 || len(t) < 3 {
		return hierarchy{}, false
	}
	h := hierarchy{mount: strings.TrimPrefix(w[4], "/")}
	switch {
	case t[0] == "cgroup2":
		h.group, h.files = groupOf(groups, ""), []string{"memory.max", "memory.high"}
	case t[0] == "cgroup" && slices.Contains(strings.Split(t[2], ","), "memory"):
		h.group, h.files = groupOf(groups, "memory"), []string{"memory.limit_in_bytes"}
	default:
		return hierarchy{}, false
	}
	// In a container what is mounted is the container's own group, and the path
	// may begin at the machine's root or outside the mount.
	if mounted := strings.TrimSuffix(w[3], "/"); mounted != "" {
		rest, within := strings.CutPrefix(h.group+"/", mounted+"/")
		if !within {
			rest = ""
		}
		h.group = rest
	}
	h.group = path.Join("/", h.group)
	return h, true
}

// groupOf gives the group of this process that a controller is in; version 2 has
// no name there.
func groupOf(groups []string, controller string) string {
	for _, line := range groups {
		if part := strings.SplitN(line, ":", 3); len(part) == 3 && slices.Contains(strings.Split(part[1], ","), controller) {
			return part[2]
		}
	}
	return "/"
}

func readLimit(root fs.FS, name string) int64 {
	text, _ := fs.ReadFile(root, name)
	limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || limit > math.MaxInt64/2 { // no such file, "max", or what version 1 says for it
		return math.MaxInt64
	}
	return limit
}

func readLines(root fs.FS, name string) []string {
	text, _ := fs.ReadFile(root, name)
	return strings.Split(string(text), "\n")
}
