package main

import "time"

// sizes are how much each scenario takes.
type sizes struct {
	warm     int           // leads before anything is measured
	intake   int           // of a set that is posted at full speed
	length   time.Duration // of what is sent at a rate
	burst    int
	lives    int
	growth   int // 1×; 10× and 100× follow
	times    []int
	open     []int // open leads
	atRest   time.Duration
	steady   time.Duration // how long leads fall due, steadily
	due      time.Duration // after which they do
	herds    []int
	timers   int // that are armed when Temporal is killed
	openRows int // leads that are read, open and
	closed   int // closed
	reads    int
}

// quick is for the smoke: everything runs, and no figure means anything.
var quick = sizes{
	warm: 4, intake: 10, length: 2 * time.Second, burst: 20, lives: 2, growth: 2, times: []int{1, 2}, open: []int{10},
	atRest: time.Second, steady: 2 * time.Second, due: 3 * time.Second, herds: []int{10}, timers: 10, openRows: 200, closed: 1_000, reads: 3,
}

// ordinary takes about half an hour on two cores.
var ordinary = sizes{
	warm: 100, intake: 1_000, length: 30 * time.Second, burst: 2_000, lives: 50, growth: 30, times: []int{1, 10, 100}, open: []int{8_000},
	atRest: 30 * time.Second, steady: time.Minute, due: 20 * time.Second, herds: []int{1_000, 5_000}, timers: 1_000,
	openRows: 100_000, closed: 1_000_000, reads: 100,
}

// full has the sizes of a large group of dealers.
var full = sizes{
	warm: 200, intake: 5_000, length: 2 * time.Minute, burst: 2_000, lives: 100, growth: 200, times: []int{1, 10, 100}, open: []int{20_000, 100_000},
	atRest: time.Minute, steady: 3 * time.Minute, due: 20 * time.Second, herds: []int{1_000, 5_000, 10_000}, timers: 10_000,
	openRows: 100_000, closed: 1_000_000, reads: 300,
}

// sized returns the sizes that the flags ask for.
func (o options) sized() sizes {
	s := ordinary
	switch {
	case o.quick:
		s = quick
	case o.full:
		s = full
	}
	scaled := func(n *int) { *n = max(1, int(float64(*n)*o.scale)) }
	for _, n := range []*int{&s.warm, &s.intake, &s.burst, &s.lives, &s.growth, &s.timers, &s.openRows, &s.closed} {
		scaled(n)
	}
	s.open, s.herds = append([]int{}, s.open...), append([]int{}, s.herds...)
	for _, list := range [][]int{s.open, s.herds} {
		for i := range list {
			scaled(&list[i])
		}
	}
	return s
}
