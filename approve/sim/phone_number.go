package sim

// Where a phone gets the number from that a person reads off the sign-in page.

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"nod/approve"
)

// NumberFunc returns the two digits that the sign-in page of a request shows.
// app is the site's name for programs.
type NumberFunc func(ctx context.Context, requestID, app, account string) (string, error)

// DevNumber is the NumberFunc of a demo server at that origin: it looks at its
// page /dev/requests. A nil client is http.DefaultClient.
func DevNumber(origin string, client *http.Client) NumberFunc {
	return func(ctx context.Context, requestID, _, _ string) (string, error) {
		var waiting []struct{ ID, Number string }
		if err := getJSON(ctx, client, strings.TrimSuffix(origin, "/")+"/dev/requests", &waiting); err != nil {
			return "", fmt.Errorf("look up the number: %w", err)
		}
		for _, r := range waiting {
			if r.ID == requestID {
				return r.Number, nil
			}
		}
		return "", fmt.Errorf("look up the number: %w", approve.ErrNoRequest)
	}
}

// getJSON reads a JSON page.
func getJSON(ctx context.Context, client *http.Client, address string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "application/json")
	return send(client, r, into)
}
