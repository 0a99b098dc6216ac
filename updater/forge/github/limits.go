package github

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A limited is a rate limit that ends later than a call may wait.
type limited struct{ until time.Time }

func (l *limited) Error() string {
	return "GitHub's rate limit is used up until " + l.until.UTC().Format("2006-01-02 15:04:05 MST")
}

// hold waits while the account may not ask. Where that takes too long nothing is sent.
func (t *transport) hold(ctx context.Context, c *call, account string) error {
	now := t.now()
	until := t.limits.ends(ctx, account)
	if !until.After(now) {
		return nil
	}
	end, limits := ctx.Deadline()
	if limits && time.Until(end) < until.Sub(now) || !c.wait(now, until, t.maxWait) {
		return &limited{until: until} // waiting would be in vain
	}
	return t.sleep(ctx, until.Sub(now))
}

// ends returns when an account may ask again, as far as this process or another one knows.
func (l *limits) ends(ctx context.Context, account string) time.Time {
	l.mu.Lock()
	until := l.until[account]
	l.mu.Unlock()
	if l.shared != nil {
		if there := l.shared.Until(ctx, pauseOf(account)); there.After(until) {
			until = there
		}
	}
	return until
}

// pauseOf names the pause of an account among those of other servers.
func pauseOf(account string) string { return "github/" + account }

// seen looks whether an answer is a rate limit, takes the headers away that
// go-github would act upon, and remembers when the limit ends.
//
// See https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately
func (l *limits) seen(ctx context.Context, account string, resp *http.Response, now time.Time, hits int) (time.Time, bool) {
	if resp == nil {
		return time.Time{}, false
	}
	wait, hit := limitOf(resp, now, hits)
	if left, err := strconv.Atoi(resp.Header.Get("X-RateLimit-Remaining")); err == nil && l.left != nil {
		l.left(account, left)
	}
	for _, h := range []string{"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} {
		resp.Header.Del(h)
	}
	if !hit {
		return time.Time{}, false
	}
	until, longer := l.extend(account, now.Add(wait))
	if longer && l.shared != nil {
		l.shared.Pause(ctx, pauseOf(account), until)
	}
	return until, true
}

// extend notes when an account may ask again, and reports whether that is later than what was known.
func (l *limits) extend(account string, until time.Time) (time.Time, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !until.After(l.until[account]) {
		return l.until[account], false
	}
	l.until[account] = until
	return until, true
}

// limitOf returns how long to wait: what Retry-After says; until the reset where
// nothing remains; otherwise a minute, and twice as long each time it is hit again.
func limitOf(resp *http.Response, now time.Time, hits int) (time.Duration, bool) {
	if resp.StatusCode != http.StatusForbidden && resp.StatusCode != http.StatusTooManyRequests {
		return 0, false
	}
	if after := retryAfter(resp.Header, now); after > 0 {
		return after, true
	}
	if resp.Header.Get("X-RateLimit-Remaining") == "0" {
		reset, err := strconv.ParseInt(resp.Header.Get("X-RateLimit-Reset"), 10, 64)
		if err == nil && reset > 0 {
			return max(time.Unix(reset, 0).Sub(now), 0) + time.Second, true
		}
	}
	if resp.StatusCode == http.StatusTooManyRequests || speaksOfLimit(resp) {
		return time.Minute << min(hits, 6), true
	}
	return 0, false
}

// retryAfter reads the header of that name, in seconds or as a date; 0 without one.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if text == "" {
		return 0
	}
	if n, err := strconv.Atoi(text); err == nil {
		return max(time.Duration(min(n, 7*24*3600))*time.Second, time.Second)
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), time.Second)
	}
	return 0
}

// speaksOfLimit reads the message of an answer, which can be read again afterwards.
func speaksOfLimit(resp *http.Response) bool {
	data, _ := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(data))
	text := strings.ToLower(string(data))
	return strings.Contains(text, "rate limit") || strings.Contains(text, "abuse detection")
}
