// Package frame is what the pages have around and in common: who looks, the
// layout, its small parts, and how a page is answered, refused or redirected.
package frame

import (
	"context"
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// Viewer is who looks at a page.
type Viewer struct {
	Staff  db.Staff
	Dealer db.Dealer
	Now    time.Time      // the database's clock when the page was asked for, UTC
	Zone   *time.Location // the dealer's
}

// Role is what he does here.
func (v *Viewer) Role() lead.Role { return lead.Role(v.Staff.Role) }

// Manages reports whether he decides on closings.
func (v *Viewer) Manages() bool { return v.Role().Manages() }

// Arranges reports whether he may change staff and policy.
func (v *Viewer) Arranges() bool { return v.Manages() || v.Role() == lead.RoleAdmin }

// Is reports whether he has one of the roles.
func (v *Viewer) Is(roles ...lead.Role) bool { return slices.Contains(roles, v.Role()) }

type viewerKey struct{}

// WithViewer returns a context for a page that v looks at.
func WithViewer(ctx context.Context, v *Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

// ViewerOf returns who looks, nil when nobody has signed in.
func ViewerOf(ctx context.Context) *Viewer {
	v, _ := ctx.Value(viewerKey{}).(*Viewer)
	return v
}
