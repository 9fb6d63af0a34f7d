package rehearse

import (
	"errors"
	"fmt"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

// Seller is a member of staff with the way in which he works.
type Seller struct {
	process.Person

	// CallsPerHour is how many calls he makes at most, notes included: one call
	// takes him an hour divided by it.
	CallsPerHour float64
	// Diligence is the probability from 0 to 1 that he acts on an alert at all
	// before the next one about the same lead comes.
	Diligence float64
	// Reaction is the median of the time on duty from an alert until he turns
	// to it, drawn from a lognormal distribution; other work can make it longer.
	Reaction time.Duration
	// Odds is what comes of his calls; nil is DefaultOdds.
	Odds *Odds
}

// What people are taken for when nothing else is said of them.
const (
	defaultCallsPerHour = 10
	defaultDiligence    = 0.95
	defaultReaction     = 5 * time.Minute
	// reactionSpread is the standard deviation of the logarithm of a reaction
	// time: one in six takes twice the median or longer.
	reactionSpread = 0.7
)

// The bounds of what a person can be.
const (
	mostCallsPerHour = 60
	longestReaction  = 7 * 24 * time.Hour
	mostPeople       = 500
)

// Team makes sellers of staff, who work as people usually do.
func Team(staff []process.Person) []Seller {
	team := make([]Seller, len(staff))
	for i, p := range staff {
		team[i] = Seller{Person: p, CallsPerHour: defaultCallsPerHour, Diligence: defaultDiligence, Reaction: defaultReaction}
	}
	return team
}

// check says what is wrong with the team. Addresses are never repeated.
func check(team []Seller) error {
	switch {
	case len(team) == 0:
		return errors.New("there is nobody to work the leads; name at least one person")
	case len(team) > mostPeople:
		return fmt.Errorf("there are %d people and may be %d", len(team), mostPeople)
	}
	ids := map[string]bool{}
	for i, s := range team {
		switch {
		case s.ID == "" || ids[s.ID]:
			return fmt.Errorf("person %d has no id of his own", i+1)
		case s.CallsPerHour <= 0 || s.CallsPerHour > mostCallsPerHour:
			return fmt.Errorf("person %d: calls per hour must be more than 0 and at most %d", i+1, mostCallsPerHour)
		case !(s.Diligence >= 0 && s.Diligence <= 1):
			return fmt.Errorf("person %d: diligence must be from 0 to 1", i+1)
		case s.Reaction < 0 || s.Reaction > longestReaction:
			return fmt.Errorf("person %d: the reaction time must be from 0 to 7 days", i+1)
		}
		ids[s.ID] = true
	}
	return nil
}

// Odds is what comes of a person's calls: how each ends by the part of the day,
// what a conversation leads to, and what becomes of an appointment. What a list
// of probabilities leaves of 1 is the last thing that its comment names.
type Odds struct {
	// Answers is how a call ends, by daypart; what is left is no_answer.
	Answers map[string]Answers

	// Appointment, Lost and Later are what a first conversation leads to: an
	// appointment, a closing reason that a conversation proves, a date to call
	// again on which the lead sleeps until then. What is left: he calls again.
	Appointment, Lost, Later float64
	// Came is the probability that the customer comes to his appointment.
	Came float64
	// SoldAtVisit is the probability that he buys there and then; SoldAfter and
	// LostAfter are what a later conversation leads to. What is left: call again.
	SoldAtVisit, SoldAfter, LostAfter float64
	// Phoned is the probability that a customer without a number gives one when
	// a mail asks for it.
	Phoned float64
	// Impatience is the probability that, after a call to which nobody came, the
	// caller tries to give the lead up as not reached, whatever the rules say.
	Impatience float64
	// Approved is the probability that a manager approves a closing.
	Approved float64
}

// Answers is how a call ends; what is left of 1 is no_answer.
type Answers struct{ Reached, Voicemail, Busy, WrongNumber, Refused float64 }

// DefaultOdds are those of the trade's own figures: three calls in ten reach
// the customer, more in the evening; of a hundred conversations some thirty
// lead to an appointment, to which seven in ten come, and a third of them buys.
func DefaultOdds() *Odds {
	return &Odds{
		Answers: map[string]Answers{
			policy.Morning:   {Reached: 0.26, Voicemail: 0.30, Busy: 0.04, WrongNumber: 0.015, Refused: 0.01},
			policy.Afternoon: {Reached: 0.30, Voicemail: 0.28, Busy: 0.05, WrongNumber: 0.015, Refused: 0.01},
			policy.Evening:   {Reached: 0.38, Voicemail: 0.22, Busy: 0.05, WrongNumber: 0.015, Refused: 0.01},
		},
		Appointment: 0.32, Lost: 0.36, Later: 0.10,
		Came: 0.70, SoldAtVisit: 0.25, SoldAfter: 0.12, LostAfter: 0.40,
		Phoned: 0.30, Impatience: 0.05, Approved: 0.92,
	}
}

// outcome says how a call ends; x is drawn evenly from [0, 1).
func (a Answers) outcome(x float64) lead.Outcome {
	for _, end := range []struct {
		outcome lead.Outcome
		share   float64
	}{
		{lead.Reached, a.Reached}, {lead.Voicemail, a.Voicemail}, {lead.Busy, a.Busy}, {lead.WrongNumber, a.WrongNumber}, {lead.Refused, a.Refused},
	} {
		if x < end.share {
			return end.outcome
		}
		x -= end.share
	}
	return lead.NoAnswer
}
