package main

import (
	"io/fs"
	"math"
	"os"
	"path"
	"strconv"
	"strings"
)

// A lead in a worker's memory takes 140 KB at most, with the garbage that is made
// while it is worked; measured, see docs/performance.md.
const (
	leadMemory  = 140 << 10 // bytes
	memoryShare = 10        // a tenth is for leads
	leastLeads  = 500
	mostLeads   = 6_000
)

// leadsInMemory is how many leads a worker keeps where nobody says: those that
// fit into a tenth of so many bytes.
func leadsInMemory(memory int64) int {
	return int(min(max(memory/memoryShare/leadMemory, leastLeads), mostLeads))
}

// cache is how many leads a worker keeps in memory.
func (s *settings) cache() int {
	if s.WorkerCache > 0 {
		return s.WorkerCache
	}
	return leadsInMemory(machineMemory())
}

// machineMemory is how many bytes this process may take.
func machineMemory() int64 { return memoryOf(os.DirFS("/")) }

// memoryOf is the memory of the machine, or what a container or a service may
// take where that is less; 0 where the system does not tell.
func memoryOf(root fs.FS) int64 {
	least := int64(math.MaxInt64)
	take := func(bytes int64) {
		if bytes > 0 {
			least = min(least, bytes)
		}
	}
	for line := range strings.Lines(content(root, "proc/meminfo")) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "MemTotal:" {
			take(number(f[1]) << 10)
		}
	}
	take(number(content(root, "sys/fs/cgroup/memory/memory.limit_in_bytes")))
	for line := range strings.Lines(content(root, "proc/self/cgroup")) {
		group, unified := strings.CutPrefix(strings.TrimSpace(line), "0::")
		for at := path.Join("/", group); unified; at = path.Dir(at) {
			take(number(content(root, path.Join("sys/fs/cgroup", at, "memory.max"))))
			if at == "/" {
				break
			}
		}
	}
	if least == math.MaxInt64 {
		return 0
	}
	return least
}

func content(root fs.FS, name string) string {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return "" // another system, or another kind of limits
	}
	return string(text)
}

// number is that of a text; 0 for "max" and everything else that is none.
func number(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
