module identidock.example/helper

go 1.21

require (
	identidock.example/names v1.3.0
	identidock.example/pixels v0.14.0
)
