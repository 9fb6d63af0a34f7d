package intake

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/lead"
)

func TestJSONRefusals(t *testing.T) {
	t.Parallel()
	const phone = `"customer":{"phone":"0612345678"}`
	tests := []struct {
		name, body string
		fields     []string
		says       string
	}{
		{"empty", ``, []string{"body"}, "is empty"},
		{"blank", " \n", []string{"body"}, "is empty"},
		{"no JSON", `<adf>`, []string{"body"}, "no JSON at line 1, byte 1"},
		{"cut off", `{"customer": {`, []string{"body"}, "ends before"},
		{"null", `null`, []string{"body"}, "no JSON object"},
		{"a list", `[{` + phone + `}]`, []string{"body"}, "no JSON object"},
		{"two leads", "{" + phone + "}\n{}", []string{"body"}, "goes on after its end at line 2, byte 1"},
		{"trailing junk", "{" + phone + "} secret", []string{"body"}, "goes on after its end"},
		{"zero byte outside a string", "{" + phone + "\x00}", []string{"body"}, "no JSON"},
		{"too deep", "{" + phone + `,"x":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + "}", []string{"body"}, "deeper than 64"},
		{"too large", "{" + phone + `,"comments":"` + strings.Repeat("a", MaxBody) + `"}`, []string{"body"}, "larger than 256 KB"},
		{"nobody", `{}`, []string{"customer"}, "neither a phone number nor an e-mail address"},
		{"nobody by chat", `{"channel":"chat","customer":{"first_name":"Jan","phone":" ","email":null}}`, []string{"customer"}, "customer.phone or customer.email"},
		{"channel", `{"channel":"fax",` + phone + `}`, []string{"channel"}, "web, phone, email, chat, social, walk_in"},
		{"sms brings no leads", `{"channel":"sms",` + phone + `}`, []string{"channel"}, "is not known"},
		{"request", `{"request":"money",` + phone + `}`, []string{"request"}, "information, quote, test_drive, appointment, trade_in_value, call_back"},
		{
			"wrong types", `{"channel":1,"test":"yes","comments":5,"customer":{"email":1,"phone":true,"consent":{}},"vehicle":[],"trade_in":"Opel"}`,
			[]string{"channel", "test", "comments", "customer.email", "customer.phone", "customer.consent", "vehicle", "trade_in"},
			"must be",
		},
		{
			"wrong types inside", `{"customer":{"phone":"0612345678","consent":["x",{"at":1}]},"vehicle":{"year":{},"price":5}}`,
			[]string{"customer.consent[0]", "customer.consent[1].at", "vehicle.year", "vehicle.price"},
			"must be",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, ignored, err := ParseJSON([]byte(tt.body), dealer(t))
			var invalid *Invalid
			require.ErrorAs(t, err, &invalid)
			require.Nil(t, ignored)
			fields := []string{}
			for _, f := range invalid.Fields {
				fields = append(fields, f.Field)
			}
			require.Equal(t, tt.fields, fields)
			require.Contains(t, invalid.Error(), tt.says)
			require.NotContains(t, invalid.Error(), "secret")
		})
	}
}

func TestJSONDetailsNeverRefuse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		ignored    []string
	}{
		{"as deep as allowed", `{"x":` + strings.Repeat("[", 63) + strings.Repeat("]", 63) + "}", []string{"x"}},
		{"byte order mark", "\ufeff{}", nil},
		{"case of a code", `{"channel":"WEB","request":" Quote "}`, nil},
		{
			"long texts", `{"campaign":"` + strings.Repeat("ü", 201) + `","comments":"` + strings.Repeat("é", 20_001) + `"}`,
			[]string{"campaign (cut at 200 characters)", "comments (cut at 20000 characters)"},
		},
		{"names of unknown fields are cleaned", `{"a\u0000\nb":1,"c\u202ed":2}`, []string{"a b", "cd"}},
		{"price", `{"vehicle":{"price":{"amount":1e3,"currency":"euro"}}}`, []string{"vehicle.price.amount (no amount that can be read)"}},
		{"mileage", `{"trade_in":{"mileage_km":-5}}`, []string{"trade_in.mileage_km (no distance that can be read)"}},
		{"nothing of a car", `{"vehicle":{},"trade_in":{}}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			body := strings.Replace(tt.body, "{", `{"customer":{"phone":"no number at all"},`, 1)
			body = strings.Replace(body, ",}", "}", 1)
			draft, ignored, err := ParseJSON([]byte(body), dealer(t))
			require.NoError(t, err)
			require.Equal(t, tt.ignored, ignored)
			require.Equal(t, "no number at all", draft.Customer.Phone)
			require.False(t, draft.Customer.Phones[0].Valid)
		})
	}
}

func TestJSONNamesAtMostAHundredUnknownFields(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`{"customer":{"phone":"0612345678"}`)
	for i := range 5_000 {
		fmt.Fprintf(&b, `,"x%04d":0`, i)
	}
	b.WriteString("}")
	_, ignored, err := ParseJSON([]byte(b.String()), dealer(t))
	require.NoError(t, err)
	require.Len(t, ignored, 101)
	require.Equal(t, "… and 4900 more", ignored[100])
}

func TestLongIdentifiersStayApart(t *testing.T) {
	t.Parallel()
	id := func(tail string) string {
		body := fmt.Sprintf(`{"external_id":%q,"customer":{"phone":"1"}}`, strings.Repeat("x", 300)+tail)
		draft, ignored, err := ParseJSON([]byte(body), dealer(t))
		require.NoError(t, err)
		require.Equal(t, []string{"external_id (cut at 200 characters)"}, ignored)
		require.LessOrEqual(t, utf8.RuneCountInString(draft.ExternalID), MaxLine)
		return draft.ExternalID
	}
	one := id("1")
	require.Equal(t, one, id("1"))
	require.NotEqual(t, one, id("2"))
}

// What a well-behaved sender posts comes out as it went in.
func TestJSONKeepsWhatItUnderstands(t *testing.T) {
	t.Parallel()
	word := rapid.StringMatching(`[A-Za-zà-ÿ][A-Za-z0-9à-ÿ.'-]{0,30}( [a-z0-9]{1,10})?`)
	rapid.Check(t, func(t *rapid.T) {
		want := Draft{
			ExternalID: word.Draw(t, "external_id"),
			Channel:    rapid.SampledFrom([]lead.Channel{lead.Web, lead.Phone, lead.Email, lead.Chat, lead.Social, lead.WalkIn}).Draw(t, "channel"),
			Request:    rapid.SampledFrom([]lead.Request{lead.Information, lead.Quote, lead.TestDrive, lead.CallBack}).Draw(t, "request"),
			Campaign:   word.Draw(t, "campaign"),
			Test:       rapid.Bool().Draw(t, "test"),
			Comments:   word.Draw(t, "first") + "\n\n" + word.Draw(t, "second"),
		}
		want.Customer.FirstName = word.Draw(t, "first_name")
		want.Customer.LastName = word.Draw(t, "last_name")
		want.Customer.Email = "jan@mail.example"
		want.Customer.Emails = []EmailAddress{{Written: "jan@mail.example", Normalised: "jan@mail.example", Valid: true}}
		body, err := json.Marshal(want)
		require.NoError(t, err)
		got, ignored, err := ParseJSON(body, Context{Country: "NL"})
		require.NoError(t, err)
		require.Equal(t, []string{"customer.emails", "customer.phones"}, ignored)
		require.Equal(t, want, got)
	})
}
