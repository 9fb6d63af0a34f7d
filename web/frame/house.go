package frame

import (
	"log/slog"

	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/web/door"
)

// House is what the rooms of the pages stand on. They read through Store or
// Door; what changes something goes through Door alone.
type House struct {
	Store     *store.Store
	Door      door.Door
	Templates *message.Templates
	// Mail sends what a server has to send itself: invitations and links to a
	// new password. Leads' own mails are the workers'.
	Mail      message.Sender
	From      message.Address
	Secret    []byte // DOORBELL_SECRET
	PublicURL string // as others reach this server, without a slash at the end
	// TemporalUI is the address of Temporal's own pages, "" for none; Namespace
	// is Doorbell's there.
	TemporalUI, Namespace string
	Dev                   bool
	Log                   *slog.Logger
}

// Workflow is the address of a lead's workflow in Temporal UI, "" without one.
func (h *House) Workflow(workflowID string) string {
	if h.TemporalUI == "" {
		return ""
	}
	return h.TemporalUI + "/namespaces/" + h.Namespace + "/workflows/" + workflowID
}
