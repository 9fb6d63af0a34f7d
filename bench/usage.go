package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// parts are the programs that are measured. They share the machine with load:
// this process, which is the provider of mail as well.
var parts = []string{"serve", "worker", "engine", "postgres"}

const load = "load"

// pids returns the processes of each part. Postgres is the server and everybody
// it has started.
func (b *bench) pids() map[string][]int {
	of := map[string][]int{load: {os.Getpid()}, "engine": {b.Engine.Pid()}, "postgres": append(children(b.Cluster.Pid()), b.Cluster.Pid())}
	for _, p := range b.Serves {
		of["serve"] = append(of["serve"], p.Pid())
	}
	for _, p := range b.Workers {
		of["worker"] = append(of["worker"], p.Pid())
	}
	return of
}

// cpu returns for how many seconds each part has computed so far.
func (b *bench) cpu() map[string]float64 {
	used := map[string]float64{}
	for part, pids := range b.pids() {
		for _, pid := range pids {
			own, dead := computed(whole(fmt.Sprintf("/proc/%d/stat", pid)))
			used[part] += own
			if part == "postgres" && pid == b.Cluster.Pid() {
				used[part] += dead // connections that were closed meanwhile
			}
		}
	}
	return used
}

// memory returns how many MiB each part holds. What Postgres' processes share is
// counted once.
func (b *bench) memory() map[string]float64 {
	held := map[string]float64{}
	for part, pids := range b.pids() {
		for _, pid := range pids {
			file, name := "status", "VmRSS"
			if part == "postgres" {
				file, name = "smaps_rollup", "Pss"
			}
			kb, _, _ := strings.Cut(after(fmt.Sprintf("/proc/%d/%s", pid, file), name), " ")
			n, _ := strconv.ParseFloat(kb, 64) // gone meanwhile: it holds nothing
			held[part] += n / 1024
		}
	}
	return held
}

// ticks is how many units of computing time Linux counts in a second, on every
// platform that Go knows.
const ticks = 100

// computed reads from a process's stat for how many seconds it has computed, and
// its children that have ended. The name in it may hold anything but its end is
// the last bracket.
func computed(stat string) (own, dead float64) {
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	if len(fields) < 15 {
		return 0, 0
	}
	n := func(i int) float64 {
		v, _ := strconv.ParseFloat(fields[i], 64)
		return v / ticks
	}
	return n(11) + n(12), n(13) + n(14)
}

// children are the processes that a process has started.
func children(parent int) []int {
	var pids []int
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		stat := string(text)
		fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
		if len(fields) < 2 || fields[1] != strconv.Itoa(parent) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
