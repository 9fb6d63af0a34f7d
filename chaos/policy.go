package main

// shortClocks is a policy whose deadlines fall due within a run: the dealer is
// always open, and what takes hours elsewhere takes seconds here.
const shortClocks = `name: chaos
timezone: Europe/Amsterdam
country: NL
phases: [showroom]
calendar: {open: {mon-sun: ["00:00-24:00"]}}
choose: [{track: standard}]
tracks:
  standard:
    clock: always
    auto_response: {template: thank-you}
    assign: {to: next_salesperson}
    live_response:
      due: 12s
      remind_before: 4s
      escalate:
        - {after: 0s, to: [next_salesperson], notify: [email, screen], reassign: true}
        - {after: 6s, to: [team, sales_manager], notify: [screen]}
        - {after: 12s, to: [general_manager], notify: [screen], repeat: {every: 5s, times: 1}}
    attempts:
      max: 2
      days: 1
      dayparts: 1
      spacing: 1s
      voicemails: 2
      schedule: [0s, 8s]
      overdue: {after: 6s, to: [sales_manager], notify: [screen]}
    contact:
      - {at: 9s, send: email, template: still-interested}
    appointment: {remind: [8s, 3s], outcome_due: 3s}
    closing: {approve: by_reason, by: sales_manager, due: 8s, escalate: [{after: 0s, to: [general_manager], notify: [email, screen]}]}
`
