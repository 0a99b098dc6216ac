package composerules

import "testing"

func TestDataStorePublished(t *testing.T) {
	db := func(image string, lines string) string {
		return "services:\n  db:\n    image: " + image + "\n" + lines
	}
	table(t, DataStorePublished, []row{
		{src: db("postgres:16", "    ports:\r\n      - \"5432:5432\"   # x\r\n      - 5433:5432/tcp\r\n"), want: "5 db port 5432; 6 db port 5432",
			fixed: db("postgres:16", "    ports:\r\n      - \"127.0.0.1:5432:5432\"   # x\r\n      - 127.0.0.1:5433:5432/tcp\r\n")},
		{src: db("docker.io/library/mysql", "    ports: ['3306']\n"), want: "4 db port 3306", fixed: db("docker.io/library/mysql", "    ports: ['127.0.0.1::3306']\n")},
		{src: db("redis/redis-stack", "    ports:\n    - target: 6379\n      published: 6379\n"), want: "5 db port 6379",
			fixed: db("redis/redis-stack", "    ports:\n    - host_ip: 127.0.0.1\n      target: 6379\n      published: 6379\n")},
		{src: db("mongo", "    ports: [{target: 27017, published: \"27017\", host_ip: 0.0.0.0}]\n"), want: "4 db port 27017",
			fixed: db("mongo", "    ports: [{target: 27017, published: \"27017\", host_ip: 127.0.0.1}]\n")},
		{src: db("x/elasticsearch:8@sha256:abc", "    ports: ['0.0.0.0:9200-9300:9200-9300']\n"), want: "4 db port 9200-9300",
			fixed: db("x/elasticsearch:8@sha256:abc", "    ports: ['127.0.0.1:9200-9300:9200-9300']\n")},
		{src: db("mcr.microsoft.com/mssql/server:2022-latest", "    ports: [ '${P:-1433}:1433' ]\n"), want: "4 db port 1433", fixed: "refused: the port is written in a way that is not edited"},
		{src: db("bitnami/postgresql", "    ports: ['[::]:5432:5432']\n"), want: "4 db port 5432", fixed: db("bitnami/postgresql", "    ports: ['127.0.0.1:5432:5432']\n")},
		{src: db("postgres", "    ports: ['127.0.0.1:5432:5432', '[::1]:5432:5432', 'localhost:5432:5432']\n"), want: ""},
		{src: db("postgres", "    expose: ['5432']\n"), want: ""},
		{src: db("postgres", "    profiles: [dev, test]\n    ports: ['5432:5432']\n"), want: ""},
		{src: db("postgres", "    ports: ['8080:80']\n"), want: ""},
		{src: "-- compose.yaml --\nservices: {db: {image: postgres}}\n-- compose.override.yaml --\nservices: {db: {ports: ['5432:5432']}}\n", want: ""},
		{src: "-- docker-compose.dev.yml --\nservices: {db: {image: postgres, ports: ['5432:5432']}}\n", want: ""},
		{src: db("acme/postgres-dashboard", "    ports: ['5432:5432']\n"), want: ""},
		{src: db("postgres", "    build: .\n    ports: ['5432:5432']\n"), want: ""},
		{src: db("postgres", "    ports: ['${HOST_IP}:5432:5432']\n"), want: ""},
		{src: db("rabbitmq:3-management", "    ports: ['5672:5672']\n"), want: ""},
	})
}
