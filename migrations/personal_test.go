package migrations_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
)

// Every column that can hold words is in one of these two tables. Whoever adds
// one decides: what is a customer's goes when he is erased (store/erase.go,
// docs/privacy.md, and the test that looks for his words in every table); what
// is not says why.

// personal says what erasing does to the columns that can hold something of a
// customer's.
var personal = map[string]map[string]string{
	"customer": {
		"first_name": "emptied", "infix": "emptied", "last_name": "emptied", "full_name": "emptied", "postal_code": "emptied", "city": "emptied",
		"preferred_contact": "emptied",
	},
	"customer_contact": {"written": "row deleted", "normalised": "row deleted"},
	"consent":          {"wording": "row deleted", "purpose": "row deleted", "channel": "row deleted", "actor": "row deleted"},
	"do_not_contact":   {"normalised": "pseudonym"},
	"suppression":      {"normalised": "row deleted", "reason": "row deleted", "channel": "row deleted"},
	"raw_message":      {"body": "emptied", "idempotency_key": "pseudonym", "fingerprint": "pseudonym"},
	"lead": {
		"external_id": "pseudonym", "content_hash": "emptied", "ignored": "emptied", "vin": "emptied", "stock_number": "emptied",
		"trade_in": "emptied", "comments": "emptied",
	},
	"lead_search": {"text": "follows the lead and its customer"},
	"note":        {"text": "emptied"},
	"attempt":     {"call_id": "emptied"},
	"closing":     {"details": "choices, dates and amounts stay"},
	"message":     {"subject": "emptied", "text": "emptied", "provider_id": "emptied"},
	"request":     {"body": "row deleted", "key": "row deleted", "fingerprint": "row deleted"},
	"mailbox": {
		"recipient": "row deleted", "sender": "row deleted", "subject": "row deleted", "text": "row deleted", "html": "row deleted", "attachments": "row deleted",
		"id": "row deleted", "channel": "row deleted", "lead_id": "row deleted",
	},
}

const (
	word    = "Doorbell's own word, or the source's"
	figure  = "what reports count"
	process = "ids, words of Doorbell and instants"
	staffs  = "of the staff, not of a customer"
	dealers = "the dealer's"
	proof   = "a key or a hash of a secret"
)

// harmless says why the others stay.
var harmless = map[string]map[string]string{
	"audit_run":        {"findings": process},
	"delivery_event":   {"id": "the provider's, of the event", "kind": figure, "code": word},
	"trail":            {"actor": "staff id", "kind": word, "object_kind": word, "data": process},
	"api_key":          {"name": dealers, "scope": word, "prefix": proof, "hash": proof},
	"appointment":      {"kind": figure, "state": figure},
	"attempt":          {"actor": "staff id", "channel": figure, "direction": figure, "outcome": figure},
	"closing":          {"reason": figure, "asked_by": "staff id", "state": word, "decided_by": "staff id"},
	"consent":          {"origin": word},
	"customer":         {"country": figure, "language": figure},
	"customer_contact": {"kind": word},
	"dealer": {
		"name": dealers, "country": dealers, "zone": dealers, "language": dealers, "phone": dealers, "address": dealers, "mail_from": dealers,
		"colour": dealers, "logo_url": dealers,
	},
	"dealer_logo":    {"type": dealers, "body": dealers, "hash": dealers},
	"do_not_contact": {"channel": word},
	"earning_entry":  {"kind": word, "actor": staffs, "text": staffs},
	"follow_up": {
		"kind": figure, "reason": figure, "process": process, "status": word, "outcome": word, "why": word, "settled_by": "staff id",
	},
	"lead": {
		"channel": figure, "request": figure, "campaign": figure, "condition": figure, "make": figure, "model": figure, "trim": figure,
		"price_amount": figure, "price_currency": figure, "process": process, "phase": figure, "stage": figure, "status": figure, "track": figure,
		"why": word, "deadlines": process, "escalation": process, "close_reason": figure,
	},
	"message": {
		"key": word, "template": figure, "channel": figure, "ref": "an id, or Doorbell's own word", "state": word, "code": word, "provider": word,
		"department": dealers, "delivery": figure,
	},
	"outbox":           {"happening": process},
	"policy":           {"text": dealers},
	"privacy":          {"key": proof},
	"quarantine":       {"reason": word},
	"raw_message":      {"content_type": word},
	"reason_catalogue": {"changes": dealers},
	"saved_view":       {"name": staffs, "query": staffs},
	"sessions":         {"token": proof, "data": staffs},
	"sign_in_failure":  {"key": proof},
	"source":           {"code": dealers, "name": dealers, "party": dealers, "currency": dealers},
	"staff": {
		"email": staffs, "name": staffs, "phone": staffs, "role": staffs, "language": staffs, "password_hash": proof, "languages": staffs, "makes": staffs,
	},
	"staff_absence": {"why": staffs},
	"staff_ticket":  {"hash": proof, "purpose": word},
	"timeline":      {"kind": figure, "actor": "staff id", "data": process, "happening": process},
}

func TestEveryColumnIsPersonalOrHarmless(t *testing.T) {
	t.Parallel()
	rows, err := testkit.Pool(t).Query(context.Background(), `
		SELECT c.table_name, c.column_name FROM information_schema.columns c
		JOIN information_schema.tables t USING (table_schema, table_name)
		WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND t.table_name <> 'goose_db_version'
		  AND c.data_type IN ('text', 'jsonb', 'json', 'bytea', 'ARRAY', 'character varying', 'inet', 'xml', 'USER-DEFINED')`)
	require.NoError(t, err)
	defer rows.Close()
	known := map[string][]string{}
	for _, list := range []map[string]map[string]string{personal, harmless} {
		for table, columns := range list {
			known[table] = append(known[table], slices.Collect(maps.Keys(columns))...)
		}
	}
	for rows.Next() {
		var table, column string
		require.NoError(t, rows.Scan(&table, &column))
		i := slices.Index(known[table], column)
		if i < 0 {
			t.Errorf("%s.%s can hold a customer's words: say in this file, in store/erase.go and in docs/privacy.md what becomes of it when he is erased", table, column)
			continue
		}
		known[table] = slices.Delete(known[table], i, i+1)
	}
	require.NoError(t, rows.Err())
	for table, left := range known {
		require.Empty(t, left, "%s: listed, and there is no such column, or twice", table)
	}
}
