package composerules

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/composerules/composetest"
)

func TestSharedNetwork(t *testing.T) {
	proxied := func(proxy string) string {
		return "services:\n  proxy:\n    image: nginx\n    ports: ['80:80']\n" + proxy + "  app:\n    build: app\n    depends_on: [db]\n  db:\n    image: postgres\n"
	}
	composetest.Table(t, SharedNetwork, []composetest.Row{
		{Src: proxied("    depends_on: [app]\n"), Want: "2 proxy network with db"},
		{Src: proxied(""), Want: "2 proxy network with db"},
		{Src: proxied("    networks: [default]\n"), Want: "2 proxy network with db"},
		{Src: proxied("    env_file: [{required: false}]\n"), Want: "2 proxy network with db"}, // crashed
		{Src: "-- compose.yaml --\n" + proxied("    volumes: ['./nginx.conf:/etc/nginx/nginx.conf:ro']\n") + "-- nginx.conf --\nproxy_pass http://app:8000;\n# the dbx is not the word\n", Want: "2 proxy network with db"},
		{Src: "-- compose.yaml --\nservices:\n  web: {build: web, ports: ['80:80'], depends_on: [api]}\n  api: {build: api, environment: {HOST: cache, DSN: 'mysql://sql/x'}}\n  cache: {image: redis}\n  sql: {image: mysql}\n-- web/Dockerfile --\nFROM nginx\n-- api/Dockerfile --\nFROM x\n", Want: "2 web network with cache, sql"},
		{Src: "-- compose.yaml --\n" + proxied("") + "-- compose.override.yaml --\nservices: {proxy: {labels: [x=y]}}\n", Want: "2 proxy network with db"},
		{Src: proxied("    depends_on: {db: {condition: service_started}}\n"), Want: ""},
		{Src: proxied("    environment: ['UPSTREAM=tcp://db:5432']\n"), Want: ""},
		{Src: proxied("    environment: ['UPSTREAM=${UP}']\n"), Want: ""},
		{Src: "-- compose.yaml --\n" + proxied("    volumes: ['./nginx.conf:/etc/nginx/nginx.conf:ro']\n") + "-- nginx.conf --\nserver db:5432;\n", Want: ""},
		{Src: proxied("    volumes: ['./gone.conf:/etc/nginx/nginx.conf:ro']\n"), Want: ""},
		{Src: "-- compose.yaml --\nservices:\n  web: {build: web, ports: ['80:80'], depends_on: [api]}\n  api: {build: api, environment: {HOST: cache}}\n  cache: {image: redis}\n-- web/app.py --\nr = Redis(host='cache')\n", Want: ""},
		{Src: "services:\n  proxy: {image: nginx, ports: ['80:80'], networks: [front]}\n  app: {build: app, depends_on: [db], networks: [front, back]}\n  db: {image: postgres, networks: [back, front]}\n", Want: ""},
		{Src: "services:\n  proxy: {image: nginx, ports: ['80:80']}\n  db: {image: postgres}\n", Want: ""},
		{Src: "services:\n  cms: {image: acme/cms, ports: ['80:80']}\n  app: {build: app, depends_on: [db]}\n  db: {image: postgres}\n", Want: ""},
		{Src: "services:\n  adminer: {image: adminer, ports: ['80:80'], depends_on: [app]}\n  app: {build: app, depends_on: [db]}\n  db: {image: postgres}\n", Want: ""},
		{Src: "services:\n  proxy: {image: nginx, ports: ['80:80'], network_mode: host}\n  app: {build: app, depends_on: [db]}\n  db: {image: postgres}\n", Want: ""},
		{Src: "services:\n  proxy: {image: nginx}\n  app: {build: app, depends_on: [db]}\n  db: {image: postgres}\n", Want: ""},
		{Src: proxied("    env_file: gone.env\n"), Want: ""},
	})
}
