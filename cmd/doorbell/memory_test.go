package main

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestLeadsInMemory(t *testing.T) {
	t.Parallel()
	for memory, leads := range map[int64]int{
		0: 500, 512 << 20: 500, 1 << 30: 748, 4 << 30: 2995, 8 << 30: 5991, 24 << 30: 6_000, 1 << 40: 6_000,
	} {
		require.Equal(t, leads, leadsInMemory(memory), "%d bytes", memory)
	}
}

func TestTheLeastMemoryCounts(t *testing.T) {
	t.Parallel()
	machine := "MemTotal:        4194304 kB\nMemFree:          100000 kB\n"
	for name, one := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"nothing is told":        {nil, 0},
		"a machine":              {map[string]string{"proc/meminfo": machine}, 4 << 30},
		"what nobody can read":   {map[string]string{"proc/meminfo": "MemTotal: much\nMemTotal:\n"}, 0},
		"a container":            {map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "1073741824\n"}, 1 << 30},
		"a container of old":     {map[string]string{"proc/meminfo": machine, "sys/fs/cgroup/memory/memory.limit_in_bytes": "1073741824\n"}, 1 << 30},
		"one without a limit":    {map[string]string{"proc/meminfo": machine, "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, 4 << 30},
		"a service, no limit":    {map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "max\n"}, 4 << 30},
		"a service's slice":      {map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "1:cpu:/x\n0::/a/b\n", "sys/fs/cgroup/a/memory.max": "2147483648\n"}, 2 << 30},
		"more than there really": {map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "1099511627776\n"}, 4 << 30},
	} {
		root := fstest.MapFS{}
		for file, text := range one.files {
			root[file] = &fstest.MapFile{Data: []byte(text)}
		}
		require.Equal(t, one.want, memoryOf(root), name)
	}
	require.Positive(t, machineMemory())
}
