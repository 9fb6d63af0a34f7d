package lead_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/lead"
)

func TestWhatEventsOfAMailComeTo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		events []lead.Delivery
		want   lead.Delivery
	}{
		{"nothing was told", nil, ""},
		{"an ordinary mail", []lead.Delivery{lead.MailProcessed, lead.MailDelivered}, lead.MailDelivered},
		{"a server that asks to wait", []lead.Delivery{lead.MailProcessed, lead.MailDeferred, lead.MailDeferred, lead.MailDelivered}, lead.MailDelivered},
		{"and then gives up", []lead.Delivery{lead.MailProcessed, lead.MailDeferred, lead.MailBlocked}, lead.MailBlocked},
		{"no such address", []lead.Delivery{lead.MailProcessed, lead.MailBounced}, lead.MailBounced},
		{"taken first and sent back later", []lead.Delivery{lead.MailDelivered, lead.MailBounced}, lead.MailBounced},
		{"sent twice, one arrived", []lead.Delivery{lead.MailDelivered, lead.MailBlocked, lead.MailDropped}, lead.MailDelivered},
		{"sent twice, neither arrived", []lead.Delivery{lead.MailBounced, lead.MailDropped}, lead.MailBounced},
		{"called spam", []lead.Delivery{lead.MailDelivered, lead.MailReported}, lead.MailReported},
		{"unsubscribed, then called spam", []lead.Delivery{lead.MailReported, lead.MailUnsubscribed}, lead.MailReported},
	} {
		var got lead.Delivered
		for _, e := range c.events {
			got = got.And(lead.Delivered{Is: e})
		}
		require.Equal(t, c.want, got.Is, c.name)
	}
}

func TestWhatADeliveryMeans(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		is                            lead.Delivery
		back, stops, unwanted, missed bool
	}{
		{"", false, false, false, false},
		{lead.MailProcessed, false, false, false, false},
		{lead.MailDeferred, false, false, false, false},
		{lead.MailDelivered, false, false, false, false},
		{lead.MailDropped, true, false, false, true},
		{lead.MailBlocked, true, false, false, true},
		{lead.MailBounced, true, true, false, true},
		{lead.MailUnsubscribed, true, true, true, false},
		{lead.MailReported, true, true, true, false},
	} {
		require.Equal(t, c.back, c.is.CameBack(), c.is)
		require.Equal(t, c.stops, c.is.StopsMail(), c.is)
		require.Equal(t, c.unwanted, c.is.Unwanted(), c.is)
		require.Equal(t, c.missed, c.is.Missed(), c.is)
	}
}

// Providers tell events in any order and many times over.
func TestOrderAndRepetitionOfEventsDoNotMatter(t *testing.T) {
	t.Parallel()
	event := rapid.Custom(func(t *rapid.T) lead.Delivered {
		return lead.Delivered{
			Is: rapid.SampledFrom(lead.Deliveries).Draw(t, "is"),
			At: time.Unix(rapid.Int64Range(0, 1000).Draw(t, "at"), 0).UTC(),
		}
	})
	fold := func(events []lead.Delivered) lead.Delivered {
		var out lead.Delivered
		for _, e := range events {
			out = out.And(e)
		}
		return out
	}
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SliceOfN(event, 1, 12).Draw(t, "events")
		want := fold(events)
		require.Contains(t, events, want, "it is one of what was told")
		again := rapid.SliceOfN(rapid.SampledFrom(events), 0, 46).Draw(t, "again")
		require.Equal(t, want, fold(rapid.Permutation(append(again, events...)).Draw(t, "shuffled")))
		// Told in two halves, each by another server.
		at := rapid.IntRange(0, len(events)).Draw(t, "at")
		require.Equal(t, want, fold(events[at:]).And(fold(events[:at])))
	})
}
