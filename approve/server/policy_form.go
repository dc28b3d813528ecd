package server

// The form of a policy: its fields, and what was typed into them.

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	choiceRequired = "required"
	choiceOptional = "optional"

	typedTime = "2006-01-02T15:04" // of <input type="datetime-local">
)

// policyForm is the form that says what holds.
func policyForm(p Policy, zone *time.Location) url.Values {
	form := url.Values{
		"required": {choiceOptional}, "methods": p.Methods, "number": {p.Number}, "request_ttl": {strconv.Itoa(p.RequestTTL)},
		"period": {strconv.Itoa(p.Period)}, "recovery": {p.Recovery}, "recovery_count": {strconv.Itoa(p.RecoveryCount)},
		"code_tries": {strconv.Itoa(p.CodeTries)}, "code_pause": {strconv.Itoa(p.CodePause)},
		"support_text": {p.SupportText}, "support_url": {p.SupportURL},
	}
	if p.Required {
		form.Set("required", choiceRequired)
	}
	if !p.RequiredFrom.IsZero() {
		form.Set("required_from", p.RequiredFrom.In(zone).Format(typedTime))
	}
	if p.AllowSim {
		form.Set("allow_sim", "on")
	}
	return form
}

// readPolicy reads a form, and says what is wrong with it.
func readPolicy(form url.Values, zone *time.Location) (Policy, problems) {
	found := problems{}
	number := func(name string) int {
		n, err := strconv.Atoi(strings.TrimSpace(form.Get(name)))
		if err != nil {
			found[name] = "Use a whole number."
		}
		return n
	}
	p := Policy{
		Required: form.Get("required") == choiceRequired, Methods: form["methods"], Number: form.Get("number"), RequestTTL: number("request_ttl"),
		Period: number("period"), Recovery: form.Get("recovery"), RecoveryCount: number("recovery_count"),
		CodeTries: number("code_tries"), CodePause: number("code_pause"), AllowSim: form.Get("allow_sim") != "",
		SupportText: strings.TrimSpace(strings.ReplaceAll(form.Get("support_text"), "\r\n", "\n")), SupportURL: strings.TrimSpace(form.Get("support_url")),
	}
	if !p.Required && form.Get("required") != choiceOptional {
		found["required"] = "Choose Optional or Required."
	}
	if from := strings.TrimSpace(form.Get("required_from")); p.Required && from != "" {
		var ok bool
		if p.RequiredFrom, ok = readTime(from, zone); !ok {
			found["required_from"] = wantTime
		}
	}
	for _, wrong := range p.problems() {
		if found[wrong.Field] == "" {
			found[wrong.Field] = wrong.Problem
		}
	}
	return p, found
}

const wantTime = "Use a date and time such as 2026-03-02 09:00."

// readTime reads a date with or without a time of the clock in zone.
func readTime(text string, zone *time.Location) (time.Time, bool) {
	for _, layout := range []string{typedTime, "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateTime, time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil && t.Year() >= 1970 {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// policyFields are the controls for what form holds.
func policyFields(form url.Values, p profile, zone *time.Location) []field {
	number := func(name, label, hint string) field {
		return field{Name: name, Label: label, Kind: "text", Value: form.Get(name), Hint: hint, Max: 6}
	}
	var methods []option
	for _, kind := range methodKinds {
		methods = append(methods, option{kind, kindName(kind), slices.Contains(form["methods"], kind)})
	}
	simulated := ""
	if form.Get("allow_sim") != "" {
		simulated = "on"
	}
	return []field{
		{Name: "required", Label: "Two-Factor Authentication at Login", Kind: fieldSelect, Options: choose(form.Get("required"), choiceOptional, "Optional", choiceRequired, "Required")},
		{
			Name: "required_from", Label: "Required from (" + zone.String() + ")", Kind: "datetime-local", Value: form.Get("required_from"),
			Hint: "Only for Required, such as 2026-03-02 09:00. Empty: from now on.", Max: 20,
		},
		{Name: "methods", Label: "Allowed methods", Kind: fieldTicks, Options: methods, Hint: "Methods that people have already keep working."},
		{
			Name: "number", Label: "Number matching", Kind: fieldSelect,
			Options: choose(form.Get("number"), numberAlways, "Always", numberNewPlace, "Only where the person has not signed in from before", numberOff, "Off"),
		},
		number("request_ttl", "Life of a request to the devices (seconds)", "30 to 300."),
		number("period", "Period of new codes (seconds)", "15 to 120. Most apps on phones can only do 30."),
		{
			Name: "recovery", Label: "A " + strings.ToLower(p.Words.Recovery), Kind: fieldSelect,
			Options: choose(form.Get("recovery"), recoveryOnce, "Signs in once; two-factor stays on", recoveryReset, "Signs in and resets two-factor"),
		},
		number("recovery_count", "Codes that a person gets", "1 to 20. Holds for codes made from now on."),
		number("code_tries", "Wrong codes until a method is closed", "3 to 100."),
		number("code_pause", "How long it is closed (seconds)", "60 to 86400."),
		{Name: "support_text", Label: "Support text", Kind: fieldArea, Value: form.Get("support_text"), Hint: "Shown wherever someone may be stuck.", Max: 500},
		{Name: "support_url", Label: "Support address", Kind: "text", Value: form.Get("support_url"), Hint: "https: or mailto:, may be empty.", Max: 300},
		{Name: "allow_sim", Label: "Allow simulated devices", Kind: fieldTick, Value: simulated, Hint: "For tests. A simulated device answers by itself."},
	}
}
