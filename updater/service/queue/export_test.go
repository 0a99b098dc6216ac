package queue

// Close gives back what a queue holds that was never run.
func (q *Queue) Close() error { return q.close() }

// ID returns the ID of the process among the workers.
func (q *Queue) ID() string { return q.id }
