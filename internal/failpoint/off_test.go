//go:build !failpoint

package failpoint_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/failpoint"
)

// Whoever can set a variable of the environment must not be able to kill a
// process that was not built for it.
func TestWithoutTheTagNothingHappens(t *testing.T) {
	t.Setenv(failpoint.EnvVar, failpoint.IntakeAfterCommit+"=kill;"+failpoint.MailGrace+"=1s")
	failpoint.Hit(failpoint.IntakeAfterCommit)
	require.Equal(t, time.Hour, failpoint.Duration(failpoint.MailGrace, time.Hour))
	require.False(t, failpoint.On)
}
