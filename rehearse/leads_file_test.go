package rehearse

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

func amsterdam(t tester) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	require.NoError(t, err)
	return zone
}

func TestLeadsAreReadFromCSV(t *testing.T) {
	t.Parallel()
	full := "received_at,source,party,channel,request,make,model,condition,price,postcode,language,phone,email,customer\n" +
		"2026-11-28 16:50,portal,third,phone,test_drive,Renault,\"Captur, \"\"E-Tech\"\"\",new,31990.50,1234 AB,NL,yes,no,known\n"
	want := Arrival{
		At: time.Date(2026, 11, 28, 15, 50, 0, 0, time.UTC),
		Subject: policy.Subject{
			Party: lead.ThirdParty, Source: "portal", Channel: lead.Phone, Request: lead.TestDrive, Make: "Renault", Model: `Captur, "E-Tech"`,
			Condition: lead.NewCar, Price: 31990_50, Postcode: "1234 AB", Language: "nl", Known: true,
		},
		Reach: process.Reach{Phone: true}, Paid: true,
	}
	short := Arrival{
		At:      time.Date(2026, 11, 28, 15, 50, 0, 0, time.UTC),
		Subject: policy.Subject{Party: lead.FirstParty, Source: "website", Channel: lead.Web},
		Reach:   process.Reach{Phone: true, Email: true},
	}
	for name, c := range map[string]struct {
		src  string
		want Arrival
	}{
		"all columns":           {full, want},
		"marked UTF-8":          {"\xef\xbb\xbf" + full, want},
		"line ends of Windows":  {strings.ReplaceAll(full, "\n", "\r\n"), want},
		"only what is needed":   {"party,source,received_at\nfirst,website,2026-11-28T15:50:00Z\n", short},
		"semicolons":            {"party;source;received_at\nfirst;website;2026-11-28T16:50:00+01:00\n", short},
		"blanks and case":       {"Party, Source ,RECEIVED_AT\n First , website, 2026-11-28 16:50:00\n", short},
		"empty values":          {"received_at,source,party,channel,price,phone,email,customer\n2026-11-28T16:50,website,first,,,,,\n", short},
		"no newline at the end": {"received_at,source,party\n2026-11-28 16:50,website,first", short},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ReadLeads([]byte(c.src), amsterdam(t))
			require.NoError(t, err)
			require.Len(t, got, 1)
			got[0].At = got[0].At.UTC()
			require.Equal(t, c.want, got[0])
		})
	}
}

func TestMistakesInLeadsAreNamedWithTheirPlace(t *testing.T) {
	t.Parallel()
	head := "received_at,source,party,channel,request,condition,price,language,phone,customer\n"
	good := "2026-11-28 16:50,portal,third,web,quote,new,100,nl,yes,new\n"
	for name, c := range map[string]struct {
		src  string
		want []Fault
	}{
		"nothing":        {"", []Fault{{1, 1, "", "is empty; the first row names the columns: received_at"}}},
		"no leads":       {head, []Fault{{2, 1, "", "no leads"}}},
		"no header":      {"2026-11-28 16:50,portal,third\n", []Fault{{1, 1, "", "the first row must name the columns"}}},
		"unknown column": {"received_at,source,colour,party\n", []Fault{{1, 20, "", `unknown column "colour"; known are received_at, source`}}},
		"address as column": {
			"received_at,source,sam@dealer.example,party\n", []Fault{{1, 20, "", "unknown column; known are"}},
		},
		"twice":          {"received_at,source,party,source\n", []Fault{{1, 26, "source", "twice"}}},
		"missing column": {"received_at,source\n", []Fault{{1, 1, "party", "this column is needed"}}},
		"too few values": {head + "2026-11-28 16:50,portal\n", []Fault{{2, 1, "", "has 2 values and the first row names 10 columns"}}},
		"too many":       {head + good + strings.TrimSpace(good) + ",x\n", []Fault{{3, 1, "", "has 11 values"}}},
		"quotation mark": {head + `2026-11-28 16:50,"portal,third` + "\n", []Fault{{2, 32, "", "quotation mark"}}},
		"empty needed":   {head + ",,,web,quote,new,100,nl,yes,new\n", []Fault{{2, 1, "received_at", "is needed"}, {2, 2, "source", "is needed"}, {2, 3, "party", "is needed"}}},
		"time":           {head + strings.Replace(good, "2026-11-28 16:50", "28-11-2026", 1), []Fault{{2, 1, "received_at", "write a local time like 2026-11-28 16:50"}}},
		"skipped time":   {head + strings.Replace(good, "2026-11-28 16:50", "2027-03-28 02:30", 1), []Fault{{2, 1, "received_at", "the clocks skip"}}},
		"year":           {head + strings.Replace(good, "2026", "0026", 1), []Fault{{2, 1, "received_at", "between 1990 and 2200"}}},
		"source":         {head + strings.Replace(good, "portal", "jan@home.example", 1), []Fault{{2, 18, "source", "letters, digits"}}},
		"choices": {
			head + good + "2026-11-28 16:50,portal,fourth,fax,call,old,100,nl,maybe,regular\n",
			[]Fault{
				{3, 25, "party", "one of first, second, third"},
				{3, 32, "channel", "one of web, phone"},
				{3, 36, "request", "one of information"},
				{3, 41, "condition", "one of new, used"},
				{3, 52, "phone", "one of yes, no"},
				{3, 58, "customer", "one of new, known"},
			},
		},
		"price":    {head + strings.Replace(good, ",100,", ",1.000,", 1), []Fault{{2, 45, "price", "write an amount like 31990"}}},
		"negative": {head + strings.Replace(good, ",100,", ",-5,", 1), []Fault{{2, 45, "price", "write an amount"}}},
		"language": {head + strings.Replace(good, ",nl,", ",dutch,", 1), []Fault{{2, 49, "language", "two letters"}}},
		"long":     {head + strings.Replace(good, ",nl,", ","+strings.Repeat("n", 300)+",", 1), []Fault{{2, 49, "language", "at most 200 bytes"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			leads, err := ReadLeads([]byte(c.src), amsterdam(t))
			require.Nil(t, leads)
			var faults Faults
			require.ErrorAs(t, err, &faults)
			require.Len(t, faults, len(c.want), "%v", err)
			for i, want := range c.want {
				require.Equal(t, [2]int{want.Line, want.Column}, [2]int{faults[i].Line, faults[i].Column}, "%v", err)
				require.Equal(t, want.Field, faults[i].Field)
				require.Contains(t, faults[i].Message, want.Message)
			}
			require.NotContains(t, err.Error(), "@", "no address is repeated")
		})
	}
}

func TestAHundredMistakesAreEnough(t *testing.T) {
	t.Parallel()
	_, err := ReadLeads([]byte("received_at,source,party\n"+strings.Repeat("x,portal,third\n", 500)), amsterdam(t))
	var faults Faults
	require.ErrorAs(t, err, &faults)
	require.Len(t, faults, mostFaults+1)
	require.Contains(t, faults[mostFaults].Message, "and more from here on")
	require.Equal(t, "line 2, column 1: received_at: "+errInstant.Error(), strings.Split(err.Error(), "\n")[0])
}

// FuzzReadLeads reads anything as CSV: it gives leads that can be rehearsed, or
// says what is wrong, and never panics.
func FuzzReadLeads(f *testing.F) {
	zone := amsterdam(f)
	for _, src := range []string{
		"received_at,source,party\n2026-11-28 16:50,portal,third\n", "received_at;source;party;price\n2026-11-28T16:50:00Z;portal;third;1.5\n",
		"received_at,source,party,model\n2026-11-28 16:50,portal,third,\"a\nb\"\n", "\xef\xbb\xbfx", "a,\"", "received_at,source,party\n\n,,\n", "\n\n",
	} {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		leads, err := ReadLeads(src, zone)
		if err != nil {
			var faults Faults
			require.ErrorAs(t, err, &faults)
			require.NotEmpty(t, faults)
			for _, fault := range faults {
				require.Positive(t, fault.Line)
				require.Positive(t, fault.Column)
				require.NotEmpty(t, fault.Message)
			}
			return
		}
		require.NotEmpty(t, leads)
		for _, l := range leads {
			require.NoError(t, known(l.At))
			require.NotEmpty(t, l.Subject.Source)
			require.NotEmpty(t, l.Subject.Party)
			require.GreaterOrEqual(t, l.Subject.Price, int64(0))
		}
	})
}
