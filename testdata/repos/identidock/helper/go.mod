module identidock.example/helper

go 1.21

require (
	github.com/google/uuid v1.3.0
	golang.org/x/text v0.14.0
)
