package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// fault is one way in which the world is made worse. The numbers are those of
// the promises (docs/chaos.md).
type fault string

// The faults that are injected. Those that the load makes all the time, 14 and
// 18, are not among them.
const (
	frontDies     fault = "1 API killed at a marked place"
	commitCut     fault = "2 connection cut during COMMIT"
	writesLie     fault = "3 Temporal's writes done and reported as timed out"
	temporalAway  fault = "4 Temporal away during intake"
	temporalDies  fault = "5 Temporal killed with armed timers"
	postgresDies  fault = "6 Postgres stopped hard"
	postgresFull  fault = "7 Postgres without connections"
	postgresLocks fault = "7 Postgres behind a lock"
	workerDies    fault = "8 worker killed at a marked place"
	workersAway   fault = "9 all workers away"
	rolling       fault = "10 rolling restart"
	mailFails     fault = "11 provider of mail fails"
	herd          fault = "19 burst of leads"
)

// lane is what a fault is done to. Faults of one lane come one after the other,
// those of different lanes overlap: that is where the surprises are.
type lane string

// The lanes.
const (
	front lane = "front" // the API
	back  lane = "back"  // the workers
	floor lane = "floor" // Postgres and Temporal
	mail  lane = "mail"
	crowd lane = "crowd"
)

// kind is what the plan knows about a fault.
type kind struct {
	fault    fault
	lane     lane
	variants []string // one of them is drawn; all are used before one comes again
	// How long it lasts in a short run. In a longer one it lasts stretch times
	// as long at most.
	least, most time.Duration
}

// kinds is all that can be injected, in the order of the promises.
var kinds = []kind{
	{frontDies, front, []string{
		"intake/before-commit", "intake/after-commit", "intake/before-answer", "action/after-ask",
	}, 2 * time.Second, 4 * time.Second},
	{commitCut, front, []string{"answer lost", "never arrived"}, time.Second, 2 * time.Second},
	{writesLie, floor, nil, 5 * time.Second, 8 * time.Second},
	{temporalAway, floor, nil, 5 * time.Second, 8 * time.Second},
	{temporalDies, floor, nil, 2 * time.Second, 4 * time.Second},
	{postgresDies, floor, nil, time.Second, 3 * time.Second},
	{postgresFull, floor, nil, 3 * time.Second, 4 * time.Second},
	{postgresLocks, floor, nil, 3 * time.Second, 7 * time.Second},
	{workerDies, back, []string{
		"relay/before-start", "relay/after-start", "mail/before-send", "mail/after-send", "step/after-commit",
	}, 2 * time.Second, 4 * time.Second},
	{workersAway, back, nil, 8 * time.Second, 12 * time.Second},
	{rolling, front, nil, 0, 0},
	{rolling, back, nil, 0, 0},
	{mailFails, mail, []string{"429", "5xx", "reset", "no answer", "400", "413", "slow"}, 2 * time.Second, 4 * time.Second},
	{herd, crowd, nil, 0, 0},
}

// injection is one fault at its time.
type injection struct {
	Fault   fault         `json:"fault"`
	Lane    lane          `json:"lane"`
	Variant string        `json:"variant,omitempty"`
	At      time.Duration `json:"at"`     // since the load began; later when the lane is still busy
	For     time.Duration `json:"for"`    // how long it lasts
	Target  int           `json:"target"` // which of two
	N       int           `json:"n"`      // how many: passes, commits
}

func (i injection) String() string {
	text := string(i.Fault)
	if i.Variant != "" {
		text += ", " + i.Variant
	}
	if i.For > 0 {
		text += fmt.Sprintf(", for %.1f s", i.For.Seconds())
	}
	return text
}

// pace is how much time a lane needs for one fault, with its healing, on the
// average. Where faults last longer, they come less often: in a world in which
// something is always away nothing is done that could be lost.
const pace = 7 * time.Second

// planned draws a schedule: the same seed and length give the same one. Every
// lane goes through its faults, and every fault through its variants, in an
// order that is drawn anew each time, so that each comes at least once when
// there is time for one round. stretch makes the longest of each longer.
func planned(seed uint64, length time.Duration, stretch float64) []injection {
	luck := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a schedule needs no secrecy
	var all []injection
	for _, l := range []lane{front, back, floor, mail, crowd} {
		all = append(all, laneOf(luck, l, length, stretch)...)
	}
	slices.SortStableFunc(all, func(a, b injection) int { return cmp.Compare(a.At, b.At) })
	return all
}

// chosen leaves of a schedule the faults whose name begins with only. Unless
// lasting is 0 each variant of them comes once, a few seconds after the load began
// or when the one before it is over, and lasts so long.
func chosen(all []injection, only string, lasting time.Duration) []injection {
	var out []injection
	for _, i := range all {
		if !strings.HasPrefix(string(i.Fault), only) {
			continue
		}
		if lasting > 0 {
			if slices.ContainsFunc(out, func(o injection) bool { return o.Fault == i.Fault && o.Variant == i.Variant && o.Lane == i.Lane }) {
				continue
			}
			i.At, i.For = 5*time.Second, lasting
		}
		out = append(out, i)
	}
	return out
}

func laneOf(luck *rand.Rand, l lane, length time.Duration, stretch float64) []injection {
	round := once(luck, l, stretch)
	// As many whole rounds as there is time for, and one burst in a minute.
	slow := time.Duration(float64(pace) * (1 + max(1, stretch)) / 2)
	if l == crowd {
		slow = time.Minute
	}
	for n := int(length / (slow * time.Duration(len(round)))); n > 1; n-- {
		round = append(round, once(luck, l, stretch)...)
	}
	// Spread over the time that there is, each somewhere in its own share.
	share := length / time.Duration(len(round))
	for i := range round {
		slack := max(0, share-round[i].For-2*time.Second)
		round[i].At = time.Duration(i)*share + between(luck, 0, slack)
	}
	return round
}

// once is every fault of a lane with every variant once, in any order.
func once(luck *rand.Rand, l lane, stretch float64) []injection {
	var round []injection
	for _, k := range kinds {
		if k.lane != l {
			continue
		}
		for _, variant := range append(slices.Clone(k.variants), make([]string, max(0, 1-len(k.variants)))...) {
			longest := time.Duration(float64(k.most) * max(1, stretch))
			round = append(round, injection{
				Fault: k.fault, Lane: l, Variant: variant, For: between(luck, k.least, longest), Target: luck.IntN(2), N: 1 + luck.IntN(4),
			})
		}
	}
	luck.Shuffle(len(round), func(i, j int) { round[i], round[j] = round[j], round[i] })
	return round
}

func between(luck *rand.Rand, least, most time.Duration) time.Duration {
	if most <= least {
		return least
	}
	return least + time.Duration(luck.Int64N(int64(most-least)))
}
