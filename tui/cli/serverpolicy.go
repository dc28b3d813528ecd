package cli

// This file: `nod server policy` shows and changes what holds at a site.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nod/approve/server"
)

func (a *app) serverPolicyCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "policy", Short: "what the company decides about a site: show, set", Args: noArgs, RunE: parent}
	cmd.AddCommand(a.policyShowCommand(), a.policySetCommand())
	return cmd
}

func (a *app) policyShowCommand() *cobra.Command {
	var p serverPlace
	cmd := &cobra.Command{
		Use: "show [PROFILE]", Short: "show the policy of a site, or of all", Args: maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withServer(cmd.Context(), p, func(ctx context.Context, s *server.Server) error {
				all, err := s.Policies(ctx)
				if err == nil && len(args) == 1 {
					all, err = policyOf(all, args[0])
				}
				if err != nil {
					return err
				}
				return a.printPolicies(all)
			})
		},
	}
	p.register(cmd)
	return cmd
}

// policyOf picks the policy of one site.
func policyOf(all []server.SitePolicy, profile string) ([]server.SitePolicy, error) {
	for _, p := range all {
		if p.Profile == profile {
			return []server.SitePolicy{p}, nil
		}
	}
	return nil, &statusError{
		exit: exitNotFound, name: "not_found", text: fmt.Sprintf("there is no site %q", profile),
		hint: "the sites are " + strings.Join(server.Sites(), ", "),
	}
}

func (a *app) printPolicies(all []server.SitePolicy) error {
	if a.flags.json {
		return a.printJSON(struct {
			Schema   int                 `json:"schema"`
			Policies []server.SitePolicy `json:"policies"`
		}{schema, all})
	}
	for i, p := range all {
		settings, err := policySettings(p.Policy)
		if err != nil {
			return err
		}
		if i > 0 {
			settings = append([][2]string{{}}, settings...)
		}
		if err := a.print("%s", settingsText(p, settings)); err != nil {
			return err
		}
	}
	return nil
}

func settingsText(p server.SitePolicy, settings [][2]string) string {
	var b strings.Builder
	for i, s := range settings {
		if s[0] == "" {
			b.WriteByte('\n')
			continue
		}
		if i == 0 || settings[i-1][0] == "" {
			fmt.Fprintf(&b, "%s  (%s)\n", p.Profile, printable(p.Site))
		}
		fmt.Fprintf(&b, "  %-15s %s\n", s[0], printable(s[1]))
	}
	return b.String()
}

// policySettings are the settings of p as policy set takes them, in its order.
func policySettings(p server.Policy) ([][2]string, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	values := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, err
	}
	var settings [][2]string
	for _, key := range policyKeys {
		value := string(values[key])
		switch {
		case key == "methods":
			value = strings.Join(p.Methods, ",")
		case slices.Contains(policyTexts, key):
			value = ""
			if raw := values[key]; raw != nil {
				if err := json.Unmarshal(raw, &value); err != nil {
					return nil, err
				}
			}
		}
		settings = append(settings, [2]string{key, value})
	}
	return settings, nil
}

// policyKeys are the settings; policyTexts those of them whose value is a text.
var (
	policyKeys = []string{
		"required", "required_from", "methods", "number", "request_ttl", "period", "recovery", "recovery_count",
		"code_tries", "code_pause", "allow_sim", "support_text", "support_url",
	}
	policyTexts = []string{"required_from", "number", "recovery", "support_text", "support_url"}
)

func (a *app) policySetCommand() *cobra.Command {
	var p serverPlace
	cmd := &cobra.Command{
		Use:   "set PROFILE KEY=VALUE...",
		Short: "change the policy of a site",
		Long: `Change settings of a site; the others stay as they are, and nobody is mailed. The
settings are those that policy show prints: times in seconds, methods with commas
between them, required_from as a date (empty: from now on).`,
		Example: `  nod server policy set rms required=true required_from=2026-12-01
  nod server policy set keys methods=totp,email number=new-place 'support_text=Call 1234.'`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usagef("%s needs a site and at least one KEY=VALUE", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withServer(cmd.Context(), p, func(ctx context.Context, s *server.Server) error {
				return a.setPolicy(ctx, s, args[0], args[1:])
			})
		},
	}
	p.register(cmd)
	return cmd
}

func (a *app) setPolicy(ctx context.Context, s *server.Server, profile string, settings []string) error {
	all, err := s.Policies(ctx)
	if err != nil {
		return err
	}
	if all, err = policyOf(all, profile); err != nil {
		return err
	}
	policy := all[0].Policy
	for _, setting := range settings {
		if err := changePolicy(&policy, setting); err != nil {
			return err
		}
	}
	if err := s.SetPolicyOf(ctx, profile, policy); err != nil {
		return err
	}
	if all, err = s.Policies(ctx); err != nil {
		return err
	}
	if all, err = policyOf(all, profile); err != nil {
		return err
	}
	return a.printPolicies(all)
}

// changePolicy applies one KEY=VALUE.
func changePolicy(p *server.Policy, setting string) error {
	key, value, found := strings.Cut(setting, "=")
	if !found || !slices.Contains(policyKeys, key) {
		return &usageError{err: fmt.Errorf("%q is not a setting", setting), hint: "write KEY=VALUE; the keys are " + strings.Join(policyKeys, ", ")}
	}
	raw, err := settingJSON(key, value)
	if err != nil {
		return &usageError{err: fmt.Errorf("%s: %w", key, err)}
	}
	if key == "required_from" {
		p.RequiredFrom = time.Time{}
	}
	if raw == nil {
		return nil
	}
	text, err := json.Marshal(map[string]json.RawMessage{key: raw})
	if err != nil {
		return &usageError{err: fmt.Errorf("%s: %q is not a value", key, value)}
	}
	if key == "methods" {
		p.Methods = nil
	}
	read := json.NewDecoder(bytes.NewReader(text))
	if err := read.Decode(p); err != nil {
		return &usageError{err: fmt.Errorf("%s: %q is not a value that it takes", key, value)}
	}
	return nil
}

// settingJSON is the value of a setting as JSON; nil for a date that is not set.
func settingJSON(key, value string) (json.RawMessage, error) {
	switch {
	case key == "methods":
		return json.Marshal(strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' }))
	case key == "required_from" && value == "":
		return nil, nil
	case key == "required_from":
		at, err := time.Parse(time.DateOnly, value)
		if err != nil {
			at, err = time.Parse(time.RFC3339, value)
		}
		if err != nil {
			return nil, errors.New("write a date such as 2026-12-01")
		}
		return json.Marshal(at)
	case slices.Contains(policyTexts, key):
		return json.Marshal(value)
	}
	return json.RawMessage(value), nil
}
