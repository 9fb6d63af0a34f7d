package workflows

// Asked are the signals that a lead hears.
func Asked() []string {
	var names []string
	for _, a := range asks {
		names = append(names, a.name)
	}
	return names
}

// Updates are the updates that a lead answers.
func Updates() []string {
	var names []string
	for _, a := range asks {
		if a.register != nil {
			names = append(names, a.name)
		}
	}
	return names
}
