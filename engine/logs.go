package main

import (
	"go.temporal.io/server/common/log"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// logs is the server's logger, as JSON lines on standard error.
type logs struct {
	logger log.Logger
	level  zap.AtomicLevel
}

func newLogs(level string) logs {
	base := log.BuildZapLogger(log.Config{Level: level})
	gate := zap.NewAtomicLevelAt(base.Level())
	return logs{
		level: gate,
		logger: log.NewZapLogger(base.WithOptions(
			// Every error carries the place it was logged at; a page of stack
			// with each tells an operator nothing more.
			zap.AddStacktrace(zapcore.FatalLevel),
			zap.WrapCore(func(core zapcore.Core) zapcore.Core {
				gated, err := zapcore.NewIncreaseLevelCore(core, gate)
				if err != nil {
					return core // cannot be: the gate is not lower than the core
				}
				return gated
			}),
		)),
	}
}

// hush silences all but the fatal: while the server stops, its services tell
// at length that they no longer reach each other.
func (l logs) hush() { l.level.SetLevel(zapcore.FatalLevel) }
