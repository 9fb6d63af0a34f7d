package customer

import (
	"time"

	"github.com/doorbell-ilm/doorbell/policy"
)

// slotDays is on how many days the customer has a choice.
const slotDays = 10

// slots returns the times to which the customer can move his appointment.
func slots(calendar *policy.Calendar, now time.Time, length time.Duration) []time.Time {
	return calendar.Slots(now, length, slotDays)
}
