package policy

// readSteps reads one step or a list of them; an empty list means that nobody
// is told. Steps stand in the order in which they happen.
func readSteps(s section, name string, target *[]Step) {
	v := s.get(name)
	if !v.present() {
		return
	}
	entries := v.list()
	if len(entries) > maxSteps {
		v.fault("has %d steps and may have %d", len(entries), maxSteps)
		return
	}
	steps := make([]Step, 0, len(entries))
	for i, one := range entries {
		step, after := readStep(one)
		if i > 0 && after.present() && step.surelyBefore(steps[i-1]) {
			after.fault("is before the step above, which is after %s; put the steps in their order", steps[i-1].After)
		}
		steps = append(steps, step)
	}
	*target = steps
}

// readStep reads a step and returns the value of its after, for checks.
func readStep(v value) (step Step, after value) {
	s := v.section(stepKeys...)
	after = s.get("after")
	read(s, "after", value.duration, &step.After)
	read(s, "clock", oneOf(clockWords...), &step.Clock)
	to := s.require("to", "[sales_manager]")
	step.To = listOf(to, maxRecipients, func(v value) (Recipient, bool) { return v.recipient(escalationRoles...) })
	if to.emptyList() {
		to.fault("is empty; name at least one recipient, for example sales_manager")
	}
	step.Notify = []Channel{Email, Screen}
	if notify := s.get("notify"); notify.present() {
		step.Notify = listOf(notify, maxRecipients, oneOf(notifyWords...))
		if notify.emptyList() {
			notify.fault("is empty; name at least one of email, sms, screen")
		}
	}
	read(s, "reassign", value.flag, &step.Reassign)
	if v := s.get("repeat"); v.present() {
		readRepeat(v, &step)
	}
	return step, after
}

func readRepeat(v value, step *Step) {
	s := v.section(repeatKeys...)
	every := s.require("every", "30m")
	if d, ok := every.duration(); ok {
		if d.IsZero() {
			every.fault("must be longer than nothing, for example 30m")
		}
		step.Every = d
	}
	if times, ok := s.require("times", "3").integer(1, maxRepeats); ok {
		step.Times = times
	}
}

// surelyBefore reports whether s happens before the other step whatever the
// calendar says. The same delay is over sooner on a clock that runs through.
func (s Step) surelyBefore(other Step) bool {
	noSlower := s.Clock == other.Clock || other.Clock != Always
	return noSlower && s.After.surelyBefore(other.After)
}
