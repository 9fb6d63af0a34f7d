package main

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// machine is where and of what the figures are.
type machine struct {
	CPU      string `json:"cpu"`
	Cores    int    `json:"cores"`
	Memory   string `json:"memory"`
	Kernel   string `json:"kernel"`
	Arch     string `json:"arch"`
	Go       string `json:"go"`
	Postgres string `json:"postgres"`
	Commit   string `json:"commit"`
	Date     string `json:"date"`
	Load     string `json:"load_before"`
	Command  string `json:"command"`
}

// lookAround collects the facts before anything runs. What this system does not
// tell stays empty.
func lookAround(ctx context.Context) machine {
	m := machine{
		Cores: runtime.NumCPU(), Arch: runtime.GOARCH, Go: runtime.Version(), Date: time.Now().UTC().Format(time.RFC3339),
		CPU:    after("/proc/cpuinfo", "model name"),
		Memory: after("/proc/meminfo", "MemTotal"),
		Kernel: whole("/proc/sys/kernel/osrelease"), Load: whole("/proc/loadavg"),
		Command: strings.Join(os.Args[1:], " "),
	}
	if out, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--abbrev=12").Output(); err == nil {
		m.Commit = strings.TrimSpace(string(out))
	}
	return m
}

func whole(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// after is what stands behind a name and a colon, where it first does.
func after(path, name string) string {
	for line := range strings.Lines(whole(path)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
