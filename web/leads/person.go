package leads

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/web/door"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// erasable reports whether the viewer may give out and erase what is held about
// the customer, and there is something.
func (f *file) erasable() bool { return mayErase(f.viewer) && !f.erased() }

// whatGoes asks what would be erased, which changes nothing.
func (r *Room) whatGoes(ctx context.Context, f *file) error {
	f.goes = &gen.Erased{}
	err := r.Door.Post(ctx, "/v1/leads/"+f.lead.ID.String()+"/customer/erase", "", gen.Erasing{DryRun: true}, f.goes)
	if p, is := errors.AsType[*door.Problem](err); is && p.Status == http.StatusConflict {
		f.unerasable = p
		return nil
	}
	return err
}

// personFile gives out all that is held about the customer, as one document that
// a person can read, too.
func (r *Room) personFile(c *gin.Context) {
	id, ok := leadID(c)
	if !ok {
		return
	}
	var document []byte
	err := r.Door.Get(c.Request.Context(), "/v1/leads/"+id.String()+"/customer/export", &document)
	var written bytes.Buffer
	if err == nil {
		err = json.Indent(&written, document, "", "  ")
	}
	switch {
	case door.IsNotFound(err):
		frame.NotFound(c)
	case err != nil:
		frame.Refuse(c, err)
	default:
		c.Header("Content-Disposition", fmt.Sprintf(`attachment; filename="customer-%s.json"`, id))
		c.Header("Cache-Control", "no-store")
		c.Data(http.StatusOK, "application/json", written.Bytes())
	}
}

// erase erases the customer for good.
func (r *Room) erase(c *gin.Context) {
	a, ok := r.begin(c, personPart)
	switch {
	case !ok:
	case c.PostForm("sure") == "":
		a.wrong("leads.erase_unsure")
	default:
		keepOut := c.PostForm("keep_out") != ""
		a.answer(a.post("/customer/erase", gen.Erasing{KeepOut: &keepOut}), "lead_erased")
	}
}
