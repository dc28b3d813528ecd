package server

// The sample sites. Each is a profile: its name, its labels and its rules.

import "slices"

// methodCompanion is the second step by a paired device.
const methodCompanion = "companion"

// profile is one sample site.
type profile struct {
	Name    string // in paths and challenges
	App     string // what people call it
	Site    string // on the list of sites
	Action  string // what a request asks for
	TwoStep string // label of the setting
	Support string
}

var profiles = []profile{{
	Name:    "rms",
	App:     "RMS",
	Site:    "RMS (Teltonika demo)",
	Action:  "sign in",
	TwoStep: "2-STEP VERIFICATION",
	Support: "Contact your administrator or support@demo.test. They will ask for proof that the account is yours.",
}}

// profileNamed returns the profile of that name.
func profileNamed(name string) (profile, bool) {
	i := slices.IndexFunc(profiles, func(p profile) bool { return p.Name == name })
	if i < 0 {
		return profile{}, false
	}
	return profiles[i], true
}

// accountProfile is the site that account settings belong to.
func accountProfile() profile { return profiles[0] }
