package judged

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/compose/merged"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// stores maps the last part of the image name of a data store to its ports.
var stores = map[string][]string{
	"postgres": {"5432"}, "postgresql": {"5432"}, "postgis": {"5432"}, "pgvector": {"5432"}, "timescaledb": {"5432"}, "timescaledb-ha": {"5432"}, "pgbouncer": {"5432", "6432"},
	"postgresql-repmgr": {"5432"}, "supabase-postgres": {"5432"}, "spilo": {"5432"}, "pgvecto-rs": {"5432"},
	"mysql": {"3306"}, "mysql-server": {"3306"}, "mariadb": {"3306"}, "mariadb-galera": {"3306"}, "percona": {"3306"}, "percona-server": {"3306"},
	"mongo": {"27017"}, "mongodb": {"27017"}, "mongodb-community-server": {"27017"}, "ferretdb": {"27017"},
	"redis": {"6379"}, "redis-stack": {"6379"}, "redis-stack-server": {"6379"}, "valkey": {"6379"}, "keydb": {"6379"}, "dragonfly": {"6379"}, "memcached": {"11211"},
	"elasticsearch": {"9200", "9300"}, "elasticsearch-oss": {"9200", "9300"}, "opensearch": {"9200", "9300", "9600"}, "solr": {"8983"}, "meilisearch": {"7700"},
	"cassandra": {"9042", "9160"}, "scylla": {"9042"}, "couchdb": {"5984"}, "couchbase": {"8091"}, "neo4j": {"7474", "7687"}, "arangodb": {"8529"}, "rethinkdb": {"28015", "29015"},
	"influxdb": {"8086"}, "clickhouse": {"8123", "9000"}, "clickhouse-server": {"8123", "9000"}, "cockroach": {"26257"}, "questdb": {"9000", "8812"}, "crate": {"4200", "5432"},
	"azure-sql-edge": {"1433"}, "oracle-free": {"1521"}, "oracle-xe": {"1521"}, "db2": {"50000"}, "etcd": {"2379", "2380"}, "qdrant": {"6333", "6334"}, "weaviate": {"8080"},
	"milvus": {"19530"}, "yugabyte": {"5433", "9042"}, "tidb": {"4000"}, "victoria-metrics": {"8428"}, "surrealdb": {"8000"},
}

// sqlServer matches an image whose last part is too general for stores.
var sqlServer = lazyregexp.New(`^mssql/server$|(?:^|/)mssql(?:-server)?(?:-linux)?$`)

// StorePorts returns the ports of the data store that a service runs, and whether it runs one.
func StorePorts(s *merged.Service) ([]string, bool) {
	if Builds(s) { // then the name is that of the result, and says nothing about what runs
		return nil, false
	}
	name := ImageName(s)
	if sqlServer.MatchString(name) {
		return []string{"1433"}, true
	}
	ports, ok := stores[Word(name)]
	return ports, ok
}

// Consoles are images for administering or reading data stores.
var Consoles = lazyregexp.New(`(?:^|/)(?:pgadmin4?|adminer|phpmyadmin|mongo-express|redis-?commander|redisinsight|pgweb|dbeaver|cloudbeaver|metabase|superset|grafana|kibana|opensearch-dashboards|chronograf|hasura|graphql-engine|postgrest|nocodb|directus|elasticvue|cerebro|dejavu|phpredisadmin|phpredmin|rediscommander|mongoku|adminmongo|backup|pgbackups?|.*-backup|.*-exporter|exporter)(?:$|[-_])`)

// Fronts are reverse proxies.
var Fronts = lazyregexp.New(`(?:^|/)(?:nginx|nginx-unprivileged|traefik|caddy|haproxy|httpd|apache2?|envoy|varnish|nginx-proxy|nginx-proxy-manager|openresty|kong|swag|oauth2-proxy|cloudflared|lighttpd|angie)$`)

// Dropping are images whose entry points start as root, prepare files, and switch
// to another user, for example with gosu.
var Dropping = lazyregexp.New(`^(?:bitnami/.*|linuxserver/.*|(?:[^/]+/)?(?:postgres|postgis|timescaledb(?:-ha)?|pgvector|redis|redis-stack(?:-server)?|valkey|keydb|dragonfly|mysql|mysql-server|mariadb|percona|mongo|mongo-express|rabbitmq|cassandra|couchdb|influxdb|telegraf|ghost|zookeeper|vault|consul|elasticsearch|kibana|logstash|memcached|nginx|httpd|php|wordpress|nextcloud|drupal|joomla|matomo|mediawiki|redmine|gitea|forgejo|neo4j|arangodb|rethinkdb|crate|clickhouse-server|eclipse-mosquitto|haproxy|caddy|sonarqube|solr|pgadmin4|phpmyadmin|mailpit|vaultwarden|n8n|immich-server|paperless-ngx|etherpad|teamspeak|unifi|mattermost.*|minecraft-server|pihole|home-assistant))$`)

// DropsRights reports whether the program of an image is known to switch from root to another user.
func DropsRights(s *merged.Service, entrypoint []string) bool {
	if Dropping.MatchString(ImageName(s)) {
		return true
	}
	first := strings.Join(entrypoint, " ")
	// Images with s6-overlay begin with its /init as root, and switch later.
	return strings.HasPrefix(first, "/init") || strings.Contains(first, "s6-") || dropper.MatchString(first) || dropper.MatchString(command(s))
}

var dropper = lazyregexp.New(`\b(?:gosu|su-exec|setpriv|runuser|s6-setuidgid|chpst)\b`)
