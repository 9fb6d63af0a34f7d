package policy_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/policy"
)

// everySection is a policy that has every section there is.
const everySection = `
name: all
timezone: Europe/Amsterdam
country: nl
phases: [bdc, showroom]
calendar: {open: {mon-fri: ["08:30-12:30", "13:00-18:00"], "sat, sun": "9:00-17:00"}, closed: 2026-12-25, special: {2026-12-24: "09:00-13:00"}}
shifts: {evening: {days: [mon-fri, Sun], hours: "18:00-02:00", staff: anna@dealer.example}}
groups: {night: [anna@dealer.example, ben@dealer.example]}
departments: {service: service@dealer.example}
earning: {result: visit, norm: 30%, sample: 25, window: 60d, judge: 10d}
follow_ups:
  tell_provider: {to: marketer, within: 1d, escalate: {to: owner}}
  refund_claim: {}
  hand_over: {}
  after_sales_campaign: {}
  buying_department: {}
  stock_search: {}
  check_after_date: {}
  call_about_quote: {}
  finance_offer: {}
  letter: {}
  video: {}
choose:
  - when: {party: [first], source: [site, 5], channel: web, request: quote, make: [Renault, 208], model: 3.5, condition: new, price: {from: 20000, below: 35000.50}, weekday: mon-fri, shift: evening, hours: ["18:00-20:00"], postcode: ["38", 1000-1999], customer: known, language: [nl]}
    track: one
  - {when: {hours: open}, track: one}
  - {track: two}
tracks:
  one:
    clock: always
    auto_response: {template: thank-you}
    assign: {to: [owner_of_customer, night, anna@dealer.example], match: [make, language]}
    live_response:
      due: 15m
      remind_before: 0
      escalate:
        - {clock: always, after: 0s, to: [owner, night], notify: [email, sms, screen], reassign: true, repeat: {every: 30m, times: 3}}
    attempts: {max: 6, days: 3, dayparts: 2, spacing: 30m, voicemails: 2, schedule: [0s, 2h, "+1d 10:00"], overdue: {to: owner}}
    contact: [{at: 1d, send: email, template: x}, {at: "+2d 9:00", task: letter, stop_on: [answer]}]
    appointment: {remind: [24h], outcome_due: 2h, escalate: []}
    follow_up: {due: 1d, escalate: {to: owner}}
    closing: {approve: by_reason, value: 40000, sample: 10%, self_reported: true, by: night, due: 4h, escalate: {to: owner}}
  two: {assign: bdc, auto_response: none}
`

// compiled is the schema as a validator for editors understands it.
func compiled(tb testing.TB) *jsonschema.Schema {
	tb.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(policy.Schema()))
	require.NoError(tb, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(tb, compiler.AddResource(policy.SchemaID, document))
	validator, err := compiler.Compile(policy.SchemaID)
	require.NoError(tb, err)
	return validator
}

// accepts reports what the schema says about a policy in YAML or JSON.
func accepts(t require.TestingT, s *jsonschema.Schema, src string) error {
	text, err := yaml.YAMLToJSON([]byte(src))
	require.NoError(t, err)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err, string(text))
	return s.Validate(value)
}

func TestSchemaAcceptsGoodPolicies(t *testing.T) {
	t.Parallel()
	good := map[string]string{
		"every section": everySection, "everything": everything, "many rules": manyRules, "two tracks": twoTracks,
		"json":            `{"timezone":"UTC","country":"nl","calendar":{"open":{"mon":"0:00-24:00"}},"tracks":{"a":{}}}`,
		"numbers as text": frame + "tracks: {a: {attempts: {max: \"6\", days: \"+3\"}, closing: {value: \"40000.50\"}}}\n",
		"no quotes":       frame + "tracks: {1: {attempts: {schedule: 0}, live_response: {remind_before: 0}}}\nchoose: {track: 1}\nname: 2026\n",
		"aliases":         frame + "tracks:\n  a: &a {assign: bdc, attempts: &b {max: 4}}\n  b: {<<: *a, clock: always}\n  c: {attempts: {<<: [*b], days: 2}}\nchoose: {track: a}\n",
	}
	for _, shipped := range policy.Shipped() {
		good[shipped.Name] = shipped.Text
	}
	s := compiled(t)
	for name, src := range good {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parse(t, src)
			require.NoError(t, accepts(t, s, src))
		})
	}
}

// What an editor should mark while it is written.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	track := func(body string) string { return frame + "tracks: {a: {" + body + "}}\n" }
	s := compiled(t)
	for name, src := range map[string]string{
		"a key mistyped":            track("clok: always"),
		"a word mistyped":           track("clock: alway"),
		"a section missing":         "timezone: UTC\ncountry: NL\ntracks: {a: {}}\n",
		"a duration without unit":   track("live_response: {due: 15}"),
		"a date that has no month":  strings.Replace(frame, "}}", "}, closed: 2026-13-01}", 1) + "tracks: {a: {}}\n",
		"hours without end":         strings.Replace(frame, "-18:00", "", 1) + "tracks: {a: {}}\n",
		"a day nobody knows":        strings.Replace(frame, "mon-fri", "mon-fry", 1) + "tracks: {a: {}}\n",
		"a step that tells nobody":  track("attempts: {overdue: {after: 1h}}"),
		"a recipient of elsewhere":  track("attempts: {overdue: {to: owner_of_customer}}"),
		"a mail without a template": track("contact: {at: 1d, send: email}"),
		"a task with a template":    track("contact: {at: 1d, task: letter, template: x}"),
		"too many calls":            track("attempts: {max: 101}"),
		"approval of nothing":       track("closing: {approve: never, value: 40000}"),
		"a share without its sign":  track("closing: {sample: 10}"),
		"a group named as a role":   track("") + "groups: {team: anna@dealer.example}\n",
		"an empty condition":        track("") + "choose: [{when: {source: []}, track: a}, {track: a}]\n",
		"no condition":              track("") + "choose: [{when: {}, track: a}, {track: a}]\n",
		"a price without bounds":    track("") + "choose: [{when: {price: {}}, track: a}, {track: a}]\n",
		"open among hours":          track("") + "choose: [{when: {hours: [open, \"18:00-20:00\"]}, track: a}, {track: a}]\n",
		"no tracks":                 frame + "tracks: {}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Error(t, accepts(t, s, src))
			_, err := policy.Parse([]byte(src))
			require.Error(t, err)
		})
	}
}

// An editor shows what each key means.
func TestSchemaExplainsEveryKey(t *testing.T) {
	t.Parallel()
	var root map[string]any
	require.NoError(t, json.Unmarshal(policy.Schema(), &root))
	definitions, _ := root["$defs"].(map[string]any)
	var look func(node any, path string)
	look = func(node any, path string) {
		switch n := node.(type) {
		case map[string]any:
			properties, _ := n["properties"].(map[string]any)
			for key, value := range properties {
				one, _ := value.(map[string]any)
				if _, says := one["description"]; says || one["const"] != nil {
					continue
				}
				ref, _ := one["$ref"].(string)
				definition, _ := definitions[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
				require.NotEmpty(t, definition["description"], "%s/%s", path, key)
			}
			for key, value := range n {
				look(value, path+"/"+key)
			}
		case []any:
			for _, value := range n {
				look(value, path)
			}
		}
	}
	look(root, "#")
	require.Equal(t, "https://json-schema.org/draft/2020-12/schema", root["$schema"])
	require.Equal(t, policy.SchemaID, root["$id"])
}

func TestSchemaCannotBeSpoilt(t *testing.T) {
	t.Parallel()
	policy.Schema()[0] = 'X'
	require.Equal(t, byte('{'), policy.Schema()[0])
}
