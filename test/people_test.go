package test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
)

// away keeps somebody from work between two local times.
func (d dealer) away(who, from, until string) {
	d.t.Helper()
	err := d.Store.AddAbsence(context.Background(), d.ID, uuid.MustParse(d.StaffID(who)), d.At(from), d.At(until), "holiday")
	require.NoError(d.t, err)
}

// leaves takes somebody off the staff.
func (d dealer) leaves(who string) {
	d.t.Helper()
	answer := d.staffs(director, http.MethodPost, who, "leave", nil)
	require.Equal(d.t, http.StatusOK, answer.Status, answer.Text)
	d.Settle()
}

// staffs does something about a colleague and returns the answer.
func (d dealer) staffs(actor, method, who, what string, body any) dealership.Answer {
	d.t.Helper()
	return d.door.As(actor, method, strings.TrimSuffix("/v1/staff/"+d.StaffID(who)+"/"+what, "/"), body)
}

// colleague is somebody as the list of staff shows him.
func (d dealer) colleague(who string) map[string]any {
	d.t.Helper()
	answer := d.door.As(manager, http.MethodGet, "/v1/staff", nil)
	require.Equal(d.t, http.StatusOK, answer.Status, answer.Text)
	for _, item := range answer.Body["items"].([]any) {
		if one := item.(map[string]any); one["email"] == who {
			return one
		}
	}
	d.t.Fatalf("%s is not on the staff", who)
	return nil
}

// summary is what the timeline says in words about all events of a kind.
func (d dealer) summary(l lead, kind string) string {
	d.t.Helper()
	answer := d.door.As(manager, http.MethodGet, "/v1/leads/"+l.id+"/timeline?limit=200", nil)
	require.Equal(d.t, http.StatusOK, answer.Status, answer.Text)
	var lines []string
	for _, item := range answer.Body["items"].([]any) {
		e := item.(map[string]any)
		if e["kind"] == kind {
			lines = append(lines, fmt.Sprint(e["summary"]))
		}
	}
	return strings.Join(lines, "\n")
}

// form is what a browser sends when a button of the customer's page is
// pressed: the hidden fields of the form with that action.
func form(page, action string) string {
	_, rest, _ := strings.Cut(page, "/"+action+`"`)
	rest, _, _ = strings.Cut(rest, "</form>")
	values := url.Values{}
	for _, input := range sent.FindAllString(rest, -1) {
		name, value := attribute(input, "name"), attribute(input, "value")
		values.Set(name, html.UnescapeString(value))
	}
	return values.Encode()
}

// sent is what a browser sends without being told: hidden fields, and the button
// that is pressed.
var sent = regexp.MustCompile(`<(?:input[^>]*type="hidden"|button[^>]*name=)[^>]*>`)

func attribute(tag, name string) string {
	_, rest, _ := strings.Cut(tag, " "+name+`="`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}
