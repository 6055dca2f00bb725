#include "storage/mongodb/uri.hpp"

#include "base/program_name.hpp"
#include "config/mask_url.hpp"
#include "storage/mongodb/uri_check.hpp"

#include <sundown/time.hpp>

#include <algorithm>
#include <limits>

#include <sys/socket.h>

namespace sundown::mongodb {

namespace {

/// How soon a server that is back is noticed: the least that the driver takes. Its question costs a server nothing.
constexpr milliseconds heartbeat{500};

milliseconds default_to(mongoc_uri_t* uri, const char* option, milliseconds value) {
  const auto capped = static_cast<std::int32_t>(
      std::clamp<milliseconds::rep>(value.count(), 1, std::numeric_limits<std::int32_t>::max()));
  if (!mongoc_uri_has_option(uri, option)) mongoc_uri_set_option_as_int32(uri, option, capped);
  return milliseconds(mongoc_uri_get_option_as_int32(uri, option, capped));
}

void default_to_majority(mongoc_uri_t* uri, milliseconds wait) {
  const handle<mongoc_write_concern_t, mongoc_write_concern_destroy> concern(
      mongoc_write_concern_copy(mongoc_uri_get_write_concern(uri)));
  if (mongoc_write_concern_is_default(concern.get()) ||
      mongoc_write_concern_get_w(concern.get()) == MONGOC_WRITE_CONCERN_W_DEFAULT)
    mongoc_write_concern_set_w(concern.get(), MONGOC_WRITE_CONCERN_W_MAJORITY);
  if (!mongoc_uri_has_option(uri, MONGOC_URI_WTIMEOUTMS))
    mongoc_write_concern_set_wtimeout_int64(concern.get(), wait.count());
  mongoc_uri_set_write_concern(uri, concern.get());
}

trace::database_address address_of(const mongoc_uri_t* uri, const std::string& database) {
  trace::database_address made("mongodb", database);
  const auto* const host = mongoc_uri_get_hosts(uri);  // none where DNS says which (mongodb+srv)
  if (!host || host->next) return made;
  made.server = host->host;
  if (host->family != AF_UNIX) made.port = host->port;
  return made;
}

}  // namespace

deployment_uri read_uri(const options& configured) {
  const auto& text = configured.uri;
  if (const auto fault = check_uri(text); !fault.empty()) {
    throw startup_error(configured.uri_key + ' ' + fault +
                        "; it looks like mongodb://user:password@host:27017/database?replicaSet=name");
  }
  deployment_uri out;
  out.shown = configuration::mask_url(text);
  const captured_log quoted;
  out.native.reset(mongoc_uri_new(text.c_str()));
  auto* const uri = out.native.get();
  const std::string name(base::program_name());

  const milliseconds half = configured.timeout / 2;
  out.connecting = default_to(uri, MONGOC_URI_CONNECTTIMEOUTMS, half);
  default_to(uri, MONGOC_URI_WAITQUEUETIMEOUTMS, half);
  out.heartbeat = default_to(uri, MONGOC_URI_HEARTBEATFREQUENCYMS, heartbeat);
  out.attempt = default_to(uri, MONGOC_URI_SOCKETTIMEOUTMS, half);
  out.selection = default_to(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, half);
  default_to_majority(uri, half);
  if (!mongoc_uri_get_appname(uri)) mongoc_uri_set_appname(uri, name.c_str());
  const char* const database = mongoc_uri_get_database(uri);
  out.database = database && *database ? database : name;
  out.tls = mongoc_uri_get_tls(uri);
  out.traced_as = address_of(uri, out.database);
  return out;
}

}  // namespace sundown::mongodb
