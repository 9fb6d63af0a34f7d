//go:build race

package intake

// underRace is by how much more the race detector makes a program allocate: it
// empties pools at random, and each regular expression then makes a new machine
// for every match. Without it the same inputs stay within the plain bounds.
const underRace = 4
