package rehearse

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

// The shape of a week of online car leads: how much of the week's traffic comes
// on a day (Monday first), and how much of a day's in an hour. People look for
// cars all day, most after supper; almost half of the leads come between six in
// the evening and nine in the morning.
var (
	weekShape = [7]float64{1.08, 1.04, 1.00, 0.98, 0.92, 0.96, 1.02}
	dayShape  = [24]float64{
		0.6, 0.3, 0.2, 0.1, 0.1, 0.3, 0.8, 1.9, 3.4, 5.0, 6.0, 6.2,
		6.0, 5.9, 5.9, 5.7, 5.5, 5.4, 5.7, 6.9, 8.0, 7.8, 5.4, 2.4,
	}
)

// mostPerDay bounds what a stream of leads may bring.
const mostPerDay = 5000

// ParseRate reads how many leads come on an average day from "40/day",
// "280/week" or "5/hour".
func ParseRate(text string) (perDay float64, err error) {
	count, per, ok := strings.Cut(text, "/")
	n, err := strconv.ParseFloat(strings.TrimSpace(count), 64)
	if !ok || err != nil {
		return 0, errRate
	}
	switch strings.TrimSpace(per) {
	case "hour":
		n *= 24
	case "day":
	case "week":
		n /= 7
	default:
		return 0, errRate
	}
	if !(n > 0 && n <= mostPerDay) {
		return 0, fmt.Errorf("must be more than 0 and at most %d leads a day", mostPerDay)
	}
	return n, nil
}

var errRate = fmt.Errorf("write a rate like 40/day, 280/week or 5/hour")

// Stream makes up the leads of a number of days, perDay on an average one: a
// Poisson process in the shape of the week, in the policy's own time. The same
// seed gives the same leads.
//
// It gives two policies of one time zone the same customers: the instants, and
// all that is known of a lead but the values that only one of them names. A
// source, make, model, postcode or language that a rule asks for comes up in
// some of the leads, and leaves the others as they are.
//
// The mix is a usual one: four leads in ten from the dealer's own website, an
// eighth from the importer, the rest from portals that cost money; a third for
// new cars; most by web. Sources, makes, models, postcodes and languages that
// the policy's rules ask for come up among them, so that every rule is tried.
func Stream(p *policy.Policy, from time.Time, days int, perDay float64, seed uint64) []Arrival {
	year, month, dom := from.In(p.Zone).Date()
	begin := time.Date(year, month, dom, 0, 0, 0, 0, p.Zone)
	end := time.Date(year, month, dom+days, 0, 0, 0, 0, p.Zone)
	// What a lead is made of is drawn with dice of its own: how often they are
	// thrown must not move the leads after it.
	arrivals := dice(seed, math.MaxUint64-1)
	mix := mixOf(p)
	// Thinning: as many as in the busiest hour all the time, of which the rest of
	// the week keeps its share.
	most := slices.Max(weekShape[:]) * slices.Max(dayShape[:])
	mean := total(weekShape[:]) / 7 * total(dayShape[:]) / 24
	peak := perDay / float64(24*time.Hour) * most / mean
	var list []Arrival
	for at := begin; ; {
		at = at.Add(time.Duration(arrivals.ExpFloat64() / peak))
		if !at.Before(end) {
			return list
		}
		local := at.In(p.Zone)
		if arrivals.Float64()*most < weekShape[(int(local.Weekday())+6)%7]*dayShape[local.Hour()] {
			list = append(list, mix.lead(at.Truncate(time.Second), dice(arrivals.Uint64(), arrivals.Uint64())))
		}
	}
}

// mix is what leads are made of.
type mix struct {
	own, importer, portals []string // sources by party
	makes, models          []string
	postcodes, languages   []string
}

func mixOf(p *policy.Policy) mix {
	m := mix{
		own: []string{"website"}, importer: []string{"importer"}, portals: []string{"portal"},
		makes: []string{""}, models: []string{""}, languages: []string{""},
	}
	for _, rule := range p.Rules {
		w := rule.When
		for _, source := range w.Source {
			switch {
			case slices.Contains(slices.Concat(m.own, m.importer, m.portals), source):
			case slices.Contains(w.Party, lead.FirstParty):
				m.own = append(m.own, source)
			case slices.Contains(w.Party, lead.SecondParty):
				m.importer = append(m.importer, source)
			default:
				m.portals = append(m.portals, source)
			}
		}
		m.makes, m.models = union(m.makes, w.Make), union(m.models, w.Model)
		for _, area := range w.Postcode {
			m.postcodes = union(m.postcodes, []string{area.Prefix + area.From})
		}
		m.languages = union(m.languages, w.Language)
	}
	return m
}

// lead makes up one lead. The dice are thrown as often whatever the rules name.
func (m *mix) lead(at time.Time, d *rand.Rand) Arrival {
	a := Arrival{At: at}
	s := &a.Subject
	sources := m.portals
	switch x := d.Float64(); {
	case x < 0.40:
		s.Party, sources = lead.FirstParty, m.own
	case x < 0.52:
		s.Party, sources = lead.SecondParty, m.importer
	default:
		s.Party, a.Paid = lead.ThirdParty, true
	}
	s.Source = byLot(d.Uint64(), sources)
	s.Channel = weighted(d, []lead.Channel{lead.Web, lead.Phone, lead.Email, lead.Chat, lead.Social}, 0.78, 0.11, 0.05, 0.04)
	s.Request = weighted(d,
		[]lead.Request{lead.Information, lead.TestDrive, lead.Quote, lead.Appointment, lead.TradeInValue, lead.CallBack}, 0.40, 0.22, 0.16, 0.09, 0.07)
	s.Condition = weighted(d, []lead.Condition{lead.UsedCar, lead.NewCar}, 0.66)
	s.Make, s.Model = byLot(d.Uint64(), m.makes), byLot(d.Uint64(), m.models)
	price := 16_000.0
	if s.Condition == lead.NewCar {
		price = 31_000
	}
	s.Price = int64(price*math.Exp(0.35*d.NormFloat64())/100) * 100_00
	s.Postcode = fmt.Sprintf("%04d", 1000+d.IntN(9000))
	if near, lots := d.Float64() < 0.5, d.Uint64(); near && len(m.postcodes) > 0 {
		s.Postcode = byLot(lots, m.postcodes)
	}
	if foreign, lots := d.Float64() < 0.25, d.Uint64(); foreign {
		s.Language = byLot(lots, m.languages)
	}
	s.Known = d.Float64() < 0.12
	a.Reach = process.Reach{Phone: d.Float64() < 0.93, Email: d.Float64() < 0.92}
	if s.Channel == lead.Phone {
		a.Reach.Phone = true
	} else if !a.Reach.Phone {
		a.Reach.Email = true // one of them has to be there
	}
	return a
}

// byLot draws one of the values. Each draws a lot of its own and the highest
// wins, so that one more in the list takes some of the leads and leaves the
// others to whom they went.
func byLot(lots uint64, values []string) string {
	winner, highest := "", uint64(0)
	for _, value := range values {
		name := fnv.New64a()
		_, _ = name.Write([]byte(value))
		if lot := rand.NewPCG(lots, name.Sum64()).Uint64(); lot >= highest {
			winner, highest = value, lot
		}
	}
	return winner
}

// weighted draws one of the values by its share; the last has what is left.
func weighted[T any](d *rand.Rand, values []T, shares ...float64) T {
	x := d.Float64()
	for i, share := range shares {
		if x < share {
			return values[i]
		}
		x -= share
	}
	return values[len(values)-1]
}

func union(list, more []string) []string {
	for _, one := range more {
		if !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

func total(list []float64) float64 {
	sum := 0.0
	for _, x := range list {
		sum += x
	}
	return sum
}
