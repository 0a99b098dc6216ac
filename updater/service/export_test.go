package service

import "net/http"

// Server is what answers over HTTP, for its limits.
func (s *Service) Server() *http.Server { return s.server }

// Yield lets passes make room for others, as the clock does.
var Yield = (*Service).yield

// YieldAfter is how long a pass is left alone.
const YieldAfter = yieldAfter
