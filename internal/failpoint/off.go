//go:build !failpoint

package failpoint

import "time"

// On says whether this program was built with failpoints.
const On = false

// Hit does nothing.
func Hit(string) {}

// Duration returns normal.
func Duration(_ string, normal time.Duration) time.Duration { return normal }
