package queue

// Close gives back what a queue holds that was never run.
func (q *Queue) Close() error { return q.close() }
