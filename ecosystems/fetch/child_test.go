package fetch

// child is what a second process of the test does; see TestTwoProcesses.
func child() bool { return false }
