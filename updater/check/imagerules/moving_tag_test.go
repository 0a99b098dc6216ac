package imagerules

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestMovingTag(t *testing.T) {
	checktest.Docker(t, MovingTag, []checktest.Row{
		{Src: "ARG V=slim\nFROM python:$V\n", Want: "1 python:slim"},
		{Src: "FROM debian:stable-slim\nFROM x:${V:-edge}", Want: "1 debian:stable-slim; 2 x:edge"},
		{Src: "FROM node:lts-alpine", Want: "1 node:lts-alpine"},
		{Src: "FROM a:1\nCOPY --from=b:main / /", Want: "2 b:main"},
		{Src: "FROM quay.io/centos/centos:stream", Want: "1 quay.io/centos/centos:stream"},
		{Src: "FROM debian:bookworm-slim\nFROM ubuntu:jammy\nFROM x:trixie", Want: ""},
		{Src: "FROM gcr.io/distroless/static:nonroot", Want: ""},
		{Src: "FROM python:slim@" + sha, Want: ""},
		{Src: "FROM python:latest\nFROM python", Want: ""},
		{Src: "FROM quay.io/centos/centos:stream9", Want: ""},
		{Src: "FROM x:$V", Want: ""},
	})
}
