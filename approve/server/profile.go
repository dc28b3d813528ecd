package server

// The sample sites. Each is a profile: its names, the words of its guide and the
// policy that it starts with. What the engine does with them is elsewhere.

import "slices"

// The kinds of second factor.
const (
	methodCompanion = "companion" // a paired device
	methodTOTP      = "totp"      // a code of an authenticator app
	methodSMS       = "sms"       // a code by text message
	methodEmail     = "email"     // a code by e-mail
	methodRecovery  = "recovery"  // a recovery code
)

// profile is one sample site.
type profile struct {
	Name   string // in paths and challenges
	App    string // what people call it
	Site   string // on the list of sites
	Action string // what a request asks for
	Words  words
	// Setting says how the second factor is switched on: "select" (a list of
	// kinds), "switch" (on and off) or "none" (it is set up during sign-in).
	Setting string
	// EmailBackup asks for an e-mail address after an authenticator app; it can
	// not be removed then (S7, S20).
	EmailBackup bool
	// RecoveryStep ends every setup with the recovery code (M8, S10).
	RecoveryStep bool
	// Named says that an authenticator app gets a name from the person (G8).
	Named  bool
	Policy Policy
}

// words are what a site calls things.
type words struct {
	Account      string // the entry of the user menu
	AccountTitle string // heading above it, "" for none
	Security     string // the entry of the sidebar
	TwoStep      string // the setting
	Recovery     string // one code that replaces the second factor
	RecoveryLink string // at sign-in, to use it
	Saved        string // tick below it
	SavedAll     string // the same for several
	Done         string // after a setup
	Why          string // what the second factor is for; "" for no such text
	Apps         string // authenticator apps that the guide names
}

const whyTwoFactor = "Two-factor authentication asks for two of three things: something you know (your password), something you have (a device that makes codes) and something you are (a fingerprint). Whoever steals one of them still can not sign in."

var profiles = []profile{{
	Name: "rms", App: "RMS", Site: "RMS (Teltonika demo)", Action: "sign in", Setting: "select",
	Words: words{
		Account: "Account settings", Security: "Security", TwoStep: "2-STEP VERIFICATION",
		Recovery: "Recovery code", RecoveryLink: "Use a recovery code", Saved: "The recovery code has been saved", SavedAll: "The recovery codes have been saved",
		Done: "2-step verification is on.", Apps: "nod, or any authenticator app on a phone",
	},
	Policy: Policy{
		Methods: []string{methodCompanion, methodTOTP, methodSMS, methodEmail}, Recovery: recoveryOnce, RecoveryCount: 10,
		SupportText: "Contact your administrator or support@demo.test. They will ask for proof that the account is yours.",
	},
}, {
	Name: "oneglobal", App: "1Global demo", Site: "1Global demo", Action: "sign in", Setting: "none", Named: true,
	Words: words{
		Account: "Account settings", Security: "Security", TwoStep: "Two-factor authentication",
		Recovery: "Recovery code", RecoveryLink: "Use a recovery code", Saved: "The recovery code has been saved", SavedAll: "The recovery codes have been saved",
		Done: "Two-factor authentication is set up.", Apps: "nod, Microsoft Authenticator or Google Authenticator",
	},
	Policy: Policy{
		Required: true, Methods: []string{methodTOTP}, Recovery: recoveryOnce, RecoveryCount: 10,
		SupportText: "Questions? Contact the support team at support@demo.test.",
	},
}, {
	Name: "helpdesk", App: "HelpDesk", Site: "HelpDesk", Action: "sign in", Setting: "none",
	Words: words{
		Account: "Account settings", Security: "Security", TwoStep: "Two-factor authentication",
		Recovery: "Recovery code", RecoveryLink: "Use a recovery code", Saved: "The recovery code has been saved", SavedAll: "The recovery codes have been saved",
		Done: "Two-factor authentication is set up.", Why: whyTwoFactor,
		Apps: "nod (a terminal is enough), or an authenticator app on a phone: Google Authenticator, Microsoft Authenticator",
	},
	Policy: Policy{
		Required: true, Methods: []string{methodTOTP}, Period: 60, Recovery: recoveryOnce, RecoveryCount: 10,
		SupportText: "Contact the help desk: support@demo.test.",
	},
}, {
	Name: "rmscloud", App: "RMS (Buffalo)", Site: "Remote Management Service (Buffalo demo)", Action: "sign in", Setting: "switch", RecoveryStep: true,
	Words: words{
		Account: "Account settings", Security: "Security", TwoStep: "Two-Factor Authentication",
		Recovery: "Backup code", RecoveryLink: "Don't know the code", Saved: "The backup code has been saved", SavedAll: "The backup codes have been saved",
		Done: "Two-Factor Authentication is on.", Apps: "nod, Google Authenticator, Microsoft Authenticator, Duo Mobile or Authy",
	},
	Policy: Policy{
		Methods: []string{methodTOTP}, Recovery: recoveryReset, RecoveryCount: 1,
		SupportText: "Ask an administrator of your company to reset your two-factor authentication.",
	},
}, {
	Name: "keys", App: "Keys", Site: "Keys (SALTO KS demo)", Action: "sign in", Setting: "switch", EmailBackup: true, RecoveryStep: true,
	Words: words{
		Account: "Manage Profile and Settings", AccountTitle: "Profile Information", Security: "Security & services", TwoStep: "Two-factor authentication",
		Recovery: "Recovery code", RecoveryLink: "Log in with a recovery code", Saved: "The recovery code has been saved", SavedAll: "The recovery codes have been saved",
		Done: "You have registered a two-factor authentication method. Well done.", Apps: "nod, or any authenticator app",
	},
	Policy: Policy{
		Methods: []string{methodTOTP, methodSMS, methodEmail}, Recovery: recoveryReset, RecoveryCount: 1,
		SupportText: "Contact support@demo.test.",
	},
}}

// profileNamed returns the profile of that name.
func profileNamed(name string) (profile, bool) {
	i := slices.IndexFunc(profiles, func(p profile) bool { return p.Name == name })
	if i < 0 {
		return profile{}, false
	}
	return profiles[i], true
}

// firstProfile is the site of a browser that has named none.
func firstProfile() profile { return profiles[0] }

// Sites are the names of the sites.
func Sites() []string {
	names := make([]string, len(profiles))
	for i, p := range profiles {
		names[i] = p.Name
	}
	return names
}
