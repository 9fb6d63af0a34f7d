//go:build !race

package intake

const underRace = 1
