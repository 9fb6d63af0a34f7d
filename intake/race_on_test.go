//go:build race

package intake

// underRace is by how much more the race detector makes a program allocate:
// it empties pools at random.
const underRace = 2
