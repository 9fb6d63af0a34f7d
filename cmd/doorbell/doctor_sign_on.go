package main

import "context"

// lookAtSignOn asks the OpenID provider about itself, where one is set. Leads
// are worked without it, but nobody new gets in.
func (d *doctor) lookAtSignOn(ctx context.Context) {
	on := d.settings.signOn()
	if on == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	if err := on.Check(ctx); err != nil {
		d.say("single sign-on", doubt, "the provider does not answer as it should", "mend OIDC_ISSUER, or let this machine reach it ("+visible(err.Error())+")")
		return
	}
	d.say("single sign-on", fine, "the provider answers", "")
}
