package main

import (
	"context"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/lull"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/web/signin"
)

// setup is how the first dealer and administrator are made, while there are
// none.
type setup struct{ page, code string }

// setup returns it; without a secret there is none.
func (s *settings) setup() setup {
	if s.Secret == "" || s.PublicURL == "" {
		return setup{}
	}
	return setup{page: s.PublicURL + "/setup", code: signin.SetupCode([]byte(s.Secret))}
}

// lookAgain is how long a database that does not answer is left alone.
const lookAgain = 5 * time.Second

// showSetup tells whoever reads the log how to make the first dealer, as long
// as there is none. The database may be away yet, or without its tables.
func (d *door) showSetup(ctx context.Context) {
	for {
		there, err := d.store.AnyDealer(store.Across(ctx))
		switch {
		case err == nil && !there:
			d.log.Warn("there is no dealer yet: open the page and enter the code, or use `doorbell dealer add`", "page", d.setup.page, "code", d.setup.code)
			return
		case err == nil:
			return
		}
		if err := lull.For(ctx, lookAgain); err != nil {
			return
		}
	}
}
