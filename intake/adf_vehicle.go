package intake

import (
	"strings"

	"github.com/doorbell-ilm/doorbell/lead"
)

// maxVehicles bounds how many wanted cars of one prospect are kept.
const maxVehicles = 20

// offers are the interests with which a car is the customer's own.
var offers = set("sell", "tradein", "trade", "inruil", "inzahlungnahme", "reprise")

// testDrives are the interests that ask for a drive.
var testDrives = set("testdrive", "testride", "proefrit", "probefahrt")

// besideTheCar are the parts of a vehicle that have prices and codes of their own.
var besideTheCar = set("option", "finance")

// readVehicles tells the wanted car from the one traded in. A trade-in that
// stands alone is not the wanted car.
func readVehicles(p *element, ctx Context, d *Draft) {
	var wanted []Vehicle
	var offered []*element
	var wanting []*element
	for _, e := range p.all(besideVendors, "vehicle", "tradein", "trade-in", "trade_in") {
		interest := fold(valueOrAttribute(e, "interest"))
		if e.name != "vehicle" || offers[interest] {
			offered = append(offered, e)
			continue
		}
		if testDrives[interest] {
			d.Request = lead.TestDrive
		}
		if v := readWanted(e, ctx); v.named() && len(wanted) < maxVehicles {
			wanted = append(wanted, v)
			wanting = append(wanting, e)
		}
	}
	if len(wanted) > 0 {
		d.Vehicle = &wanted[0]
		d.MoreVehicles = wanted[1:]
	}
	for _, e := range offered {
		t := readOffered(e, ctx)
		if t == (TradeIn{}) || len(wanted) > 0 && repeats(e, t, wanting[0], wanted[0]) {
			continue
		}
		d.TradeIn = &t
		break
	}
	if d.Vehicle == nil && d.TradeIn != nil {
		d.Request = lead.TradeInValue
	}
}

// valueOrAttribute reads what the specification wants as an attribute and some
// send as an element.
func valueOrAttribute(e *element, name string) string {
	if value := e.attribute(name); value != "" {
		return value
	}
	return e.value(besideTheCar, name)
}

func (v *Vehicle) named() bool {
	return v.Make != "" || v.Model != "" || v.Year != 0 || v.Trim != "" || v.VIN != "" || v.StockNumber != ""
}

func readWanted(e *element, ctx Context) Vehicle {
	v := Vehicle{
		Make:        e.value(besideTheCar, "make"),
		Model:       e.value(besideTheCar, "model"),
		Trim:        e.value(besideTheCar, "trim"),
		VIN:         strings.ToUpper(e.value(besideTheCar, "vin")),
		StockNumber: e.value(besideTheCar, "stock", "stocknumber", "stockid"),
		Status:      valueOrAttribute(e, "status"),
		Interest:    valueOrAttribute(e, "interest"),
	}
	v.Year, _ = modelYear(e.value(besideTheCar, "year"))
	v.Condition = readCondition(e, v.Status)
	for _, price := range e.all(besideTheCar, "price") {
		if amount, ok := decimal(price.words()); ok && !zero(amount) {
			v.Price = &Money{Amount: amount, Currency: currencyCode(price.attribute("currency"), ctx.Country)}
			break
		}
	}
	return v
}

// readCondition maps the status; without one the format says new. A status that
// nobody knows leaves the condition open rather than making a used car new.
func readCondition(e *element, status string) lead.Condition {
	if condition, ok := conditions[fold(status)]; ok {
		return condition
	}
	if condition, ok := conditions[fold(e.value(besideTheCar, "condition"))]; ok {
		return condition
	}
	if empty(status) {
		return lead.NewCar
	}
	return ""
}

func readOffered(e *element, ctx Context) TradeIn {
	t := TradeIn{Make: e.value(besideTheCar, "make"), Model: e.value(besideTheCar, "model")}
	t.Year, _ = modelYear(e.value(besideTheCar, "year"))
	for _, o := range e.all(besideTheCar, "odometer", "mileage") {
		distance, ok := mileage(o.words())
		if !ok {
			continue
		}
		if inMiles(o.attribute("units", "unit"), ctx.Country) {
			distance = kilometres(distance)
		}
		t.MileageKM = distance
		break
	}
	return t
}

// inMiles decides by the unit, and without one by what odometers of the country
// show.
func inMiles(unit, country string) bool {
	switch fold(unit) {
	case "mi", "mile", "miles", "mls":
		return true
	case "":
		return strings.EqualFold(country, "US") || strings.EqualFold(country, "GB")
	}
	return false
}

// repeats reports a trade-in that a form copied from the wanted car: the same
// make, model and year, and nothing that makes it a car of its own.
func repeats(offered *element, t TradeIn, wanting *element, v Vehicle) bool {
	vin := strings.ToUpper(offered.value(besideTheCar, "vin"))
	own := offered.value(besideTheCar, "odometer", "mileage")
	return strings.EqualFold(t.Make, v.Make) && strings.EqualFold(t.Model, v.Model) && t.Year == v.Year &&
		(vin == "" || v.VIN == "" || vin == v.VIN) &&
		(own == "" || own == wanting.value(besideTheCar, "odometer", "mileage"))
}
