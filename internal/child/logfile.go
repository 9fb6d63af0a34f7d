package child

import (
	"fmt"
	"os"
	"sync"
)

// LogFile is a file that starts again when it is full, keeping one older file
// beside it (name.1), so that it never takes more than twice its size.
type LogFile struct {
	mu   sync.Mutex
	path string
	max  int64
	file *os.File
	size int64
}

// OpenLog opens or creates the file, readable by its owner only. size is in
// bytes.
func OpenLog(path string, size int64) (*LogFile, error) {
	l := &LogFile{path: path, max: size}
	if err := l.open(); err != nil {
		return nil, err
	}
	return l, nil
}

func (l *LogFile) open() error {
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close()
		return fmt.Errorf("open log: %w", err)
	}
	l.file, l.size = file, info.Size()
	return nil
}

// Write never fails: a full disk must not stop the program that logs.
func (l *LogFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil && l.size > 0 && l.size+int64(len(p)) > l.max {
		_ = l.file.Close()
		l.file = nil
		if os.Rename(l.path, l.path+".1") == nil {
			_ = l.open()
		}
	}
	if l.file != nil {
		n, _ := l.file.Write(p)
		l.size += int64(n)
	}
	return len(p), nil
}

// Close closes the file; later writes are thrown away.
func (l *LogFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	file := l.file
	l.file = nil
	return file.Close()
}
