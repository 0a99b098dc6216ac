package composerules

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/composerules/composetest"
)

func TestDataStorePublished(t *testing.T) {
	db := func(image string, lines string) string {
		return "services:\n  db:\n    image: " + image + "\n" + lines
	}
	composetest.Table(t, DataStorePublished, []composetest.Row{
		{Src: db("postgres:16", "    ports:\r\n      - \"5432:5432\"   # x\r\n      - 5433:5432/tcp\r\n"), Want: "5 db port 5432; 6 db port 5432",
			Fixed: db("postgres:16", "    ports:\r\n      - \"127.0.0.1:5432:5432\"   # x\r\n      - 127.0.0.1:5433:5432/tcp\r\n")},
		{Src: db("docker.io/library/mysql", "    ports: ['3306']\n"), Want: "4 db port 3306", Fixed: db("docker.io/library/mysql", "    ports: ['127.0.0.1::3306']\n")},
		{Src: db("redis/redis-stack", "    ports:\n    - target: 6379\n      published: 6379\n"), Want: "5 db port 6379",
			Fixed: db("redis/redis-stack", "    ports:\n    - host_ip: 127.0.0.1\n      target: 6379\n      published: 6379\n")},
		{Src: db("mongo", "    ports: [{target: 27017, published: \"27017\", host_ip: 0.0.0.0}]\n"), Want: "4 db port 27017",
			Fixed: db("mongo", "    ports: [{target: 27017, published: \"27017\", host_ip: 127.0.0.1}]\n")},
		{Src: db("x/elasticsearch:8@sha256:abc", "    ports: ['0.0.0.0:9200-9300:9200-9300']\n"), Want: "4 db port 9200-9300",
			Fixed: db("x/elasticsearch:8@sha256:abc", "    ports: ['127.0.0.1:9200-9300:9200-9300']\n")},
		{Src: db("mcr.microsoft.com/mssql/server:2022-latest", "    ports: [ '${P:-1433}:1433' ]\n"), Want: "4 db port 1433", Fixed: "refused: the port is written in a way that is not edited"},
		{Src: db("bitnami/postgresql", "    ports: ['[::]:5432:5432']\n"), Want: "4 db port 5432", Fixed: db("bitnami/postgresql", "    ports: ['127.0.0.1:5432:5432']\n")},
		{Src: db("postgres", "    ports: ['127.0.0.1:5432:5432', '[::1]:5432:5432', 'localhost:5432:5432']\n"), Want: ""},
		{Src: db("postgres", "    expose: ['5432']\n"), Want: ""},
		{Src: db("postgres", "    profiles: [dev, test]\n    ports: ['5432:5432']\n"), Want: ""},
		{Src: db("postgres", "    ports: ['8080:80']\n"), Want: ""},
		{Src: "-- compose.yaml --\nservices: {db: {image: postgres}}\n-- compose.override.yaml --\nservices: {db: {ports: ['5432:5432']}}\n", Want: ""},
		{Src: "-- docker-compose.dev.yml --\nservices: {db: {image: postgres, ports: ['5432:5432']}}\n", Want: ""},
		{Src: db("acme/postgres-dashboard", "    ports: ['5432:5432']\n"), Want: ""},
		{Src: db("postgres", "    build: .\n    ports: ['5432:5432']\n"), Want: ""},
		{Src: db("postgres", "    ports: ['${HOST_IP}:5432:5432']\n"), Want: ""},
		{Src: db("rabbitmq:3-management", "    ports: ['5672:5672']\n"), Want: ""},
	})
}
